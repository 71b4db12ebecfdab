/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the phone tells on stdout: one line for each thing that happens, as words or as JSON; and on
 * stderr why it failed. There is never a secret in it, nor a name of a user, nor a credential's id.
 */

#include <stdbool.h>
#include <stdint.h>

#include "hybrid.h"
#include "wire/ctap2.h"

typedef struct Report {
        bool json;
        bool quiet;        /* only how it ends */
        bool print_advert; /* the bytes of the advert, for other radios */
} Report;

void report_scanned(const Report *report, const char *profile, HybridOperation operation);

/** A linked phone can be contacted; and a desktop does that. */
void report_waiting(const Report *report);
void report_contacted(const Report *report, HybridOperation operation);

void report_tunnel_open(const Report *report, const char *host);

/** The advert is what everybody nearby hears. `radio` is the backend's name. */
void report_advertising(const Report *report, const char *radio, uint16_t uuid,
                        const uint8_t *advert, size_t n);
void report_connected(const Report *report);

/** `rp_id` is absent if it could not be read. */
void report_command(const Report *report, uint8_t command, Ctap2Text rp_id);

/** `why` says more than the status does, or is "". */
void report_answered(const Report *report, uint8_t status, const char *why);
void report_done(const Report *report);
void report_failed(const Report *report, const HybridFailure *failure);
