/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What administrators can know of requests: one entry for each that ended, in the journal, with
 * fields that stay the same. Never in them: challenges, the account's name or handle, credential
 * ids, the code, PRF inputs and outputs, keys. docs/audit.md is for who reads them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hybrid.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

enum {
        AUDIT_ENTRY_SIZE_MAX = 8192,
        AUDIT_REFUSALS_MAX = 60, /* a minute */
};

/** A request that has ended. Texts are "" where something is not known. */
typedef struct AuditEvent {
        HybridOperation operation;
        const char *cause; /* NULL: it succeeded */
        const char *dom_exception;
        const char *rp_id;
        const char *origin;
        const char *caller_name;
        const char *caller_exe;
        const char *caller_unit;
        const char *aaguid;
        const char *tunnel_domain;
        const char *rssi; /* decimal, dBm */
        bool linked;
        unsigned n_left_out; /* refusals before this one that have no entry */
} AuditEvent;

/** How many refusals were written lately; zeros in the beginning. */
typedef struct AuditLimit {
        uint64_t minute_usec; /* its beginning */
        unsigned n, n_left_out;
} AuditLimit;

/**
 * Writes the entry in the journal's native protocol: lines NAME=VALUE, in printable ASCII. Returns
 * its size, or 0 if it would not fit.
 */
size_t audit_format(const AuditEvent *event, char ret[static AUDIT_ENTRY_SIZE_MAX]);

/** The same in one line, for where there is no journal. */
size_t audit_format_line(const AuditEvent *event, char ret[static AUDIT_ENTRY_SIZE_MAX]);

/**
 * Whether this one is to be written, and fills in how many before it were not. A refusal costs a program
 * nothing: who is refused again and again would fill the journal, so of each minute only the first
 * AUDIT_REFUSALS_MAX count. All else is always written. @now_usec of any clock that does not go back.
 */
bool audit_limit_allows(AuditLimit *limit, AuditEvent *event, uint64_t now_usec);

/** Hands the entry to the journal, or else to the log. Does not wait. */
void audit_write(const AuditEvent *event, const char *journal_socket);
