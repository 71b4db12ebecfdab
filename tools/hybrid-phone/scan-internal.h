/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The inside of a scan, shared by scan-start.c (how it begins), scan.c (the pump) and
 * scan-command.c (what is done with the command).
 */

#include "authenticator.h"
#include "broadcast.h"
#include "scan.h"
#include "spoiler.h"
#include "waiter.h"

struct Scan {
        sd_event *event;
        ScanSettings settings;
        HybridEnv session_env;
        Spoiler spoiler;
        Authenticator authenticator;

        HybridPhone *phone;
        Waiter *waiter; /* until it is contacted; or NULL */
        Channel *channel;
        Broadcast *broadcast;
        Consent *consent;
        sd_event_source *timer;
        sd_event_source *link_timer; /* until its person agrees to be remembered; or NULL */

        bool heard;    /* message 1 has come */
        bool over;     /* the session has ended */
        bool told;     /* how it ended */
        bool answered; /* with this status */
        uint8_t status;
        bool hung_up; /* and why is in the failure already */
        HybridFailure failure;
};

static inline bool scan_has_fault(const Scan *scan, FaultKind kind) {
        return fault_is_set(scan->settings.faults, kind);
}

/** Waits to be contacted. 0 or a negative errno. */
int scan_wait(Scan *scan);

/** The time of the session's clock. */
uint64_t scan_now_usec(const Scan *scan);

/** After each input: carries out what the session wants, and sets the one timer. */
void scan_pump(Scan *scan);

/** Ends the session in order, for a reason of ours. The pump does the rest. */
void scan_stop(Scan *scan, HybridCause cause, const char *why);

/** The same because of a fault: in order, or with the connection cut off. */
void scan_stop_by_fault(Scan *scan);
void scan_cut_by_fault(Scan *scan);

/** Ends it because of an error that should not happen. */
void scan_stop_internally(Scan *scan, int r);

/** A command has come. 0 or a negative errno. */
int scan_take_command(Scan *scan, const uint8_t *command, size_t n);

/** The person has decided; userdata is the scan. */
void scan_on_decided(void *userdata, bool approved);
