/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One scan of a code, from the tunnel to the answer: joins the session of libhybrid to a channel, a
 * radio, the authenticator and its person.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <systemd/sd-event.h>

#include "base/macro.h"
#include "consent.h"
#include "credential-store.h"
#include "fault.h"
#include "io/radio/ble.h"
#include "io/channel.h"
#include "link-file.h"
#include "profile.h"
#include "report.h"

/** All is borrowed for the life of the scan, but for the code's text, which is needed for new(). */
typedef struct ScanSettings {
        const char *qr_text;   /* NULL: waits to be contacted */
        const PhoneLink *link; /* that desktops are given or, without a code, contact; or NULL */
        HybridPhoneLinking linking;
        uint64_t link_delay_usec; /* after the answer, where it links late */
        const Profile *profile;
        uint16_t tunnel_server_id;
        const ChannelBackend *channel;
        const NetworkOptions *network;
        const BleBackend *radio;
        const char *radio_where;
        uint16_t uuid;
        ConsentPolicy consent;
        const char *name; /* of the phone, for its person */
        CredentialStore *store;
        bool self_attestation;
        const FaultSet *faults;
        uint64_t timeout_usec;
        FILE *key_log; /* or NULL */
        Report report;
} ScanSettings;

typedef struct Scan Scan;

/**
 * Starts. The loop is asked to exit when all is over, with 0 if a command was answered with
 * success, else with 1. Says what is wrong on stderr if it fails. 0 or a negative errno.
 */
int scan_new(Scan **ret, sd_event *event, const ScanSettings *settings);

/** Drops everything at once. */
Scan *scan_free(Scan *scan);

DEFINE_CLEANUP(Scan *, scan_free);

/** Hangs up in order; the loop exits when that is done. */
void scan_hang_up(Scan *scan);
