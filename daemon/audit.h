/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What administrators can know of requests: one entry for each that ended, in the journal, with
 * fields that stay the same. Never in them: challenges, the account's name or handle, credential
 * ids, the code, PRF inputs and outputs, keys. docs/audit.md is for who reads them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "hybrid.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

enum {
        AUDIT_ENTRY_SIZE_MAX = 8192,
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
} AuditEvent;

/**
 * Writes the entry in the journal's native protocol: lines NAME=VALUE, in printable ASCII. Returns
 * its size, or 0 if it would not fit.
 */
size_t audit_format(const AuditEvent *event, char ret[static AUDIT_ENTRY_SIZE_MAX]);

/** The same in one line, for where there is no journal. */
size_t audit_format_line(const AuditEvent *event, char ret[static AUDIT_ENTRY_SIZE_MAX]);

/** Hands the entry to the journal, or else to the log. Does not wait. */
void audit_write(const AuditEvent *event, const char *journal_socket);
