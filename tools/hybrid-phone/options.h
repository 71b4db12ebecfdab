/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "consent.h"
#include "fault.h"
#include "io/radio/ble.h"
#include "profile.h"
#include "report.h"

/** What the command line says. Its strings are borrowed. */
typedef struct Options {
        bool wait; /* for a desktop that it is linked with; else it scans a code */
        bool link; /* let the desktop remember it */
        HybridPhoneLinking linking;
        uint64_t link_delay_usec; /* after the answer, where it links late */
        const char *qr_file;      /* "-": stdin */
        const char *qr_png;       /* or NULL */
        const Profile *profile;
        bool has_tunnel; /* else it is the profile's */
        uint16_t tunnel_server_id;
        const char *connect; /* or NULL */
        const char *ca_file; /* or NULL */
        const BleBackend *radio;
        const char *radio_where;
        uint16_t uuid;
        ConsentPolicy consent;
        const char *name;
        const char *store; /* or NULL */
        bool self_attestation;
        FaultSet faults;
        uint64_t timeout_usec;
        const char *key_log; /* or NULL */
        Report report;
} Options;

/**
 * Returns 1 to go on, 0 if it was only a question that has been answered, -EINVAL after having said
 * what is wrong with it.
 */
int options_parse(int argc, char *argv[], Options *ret);
