/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A controller's scan, as a state machine: says which command to send next, is told how it went and
 * what other programs do, and is given the time. It sends nothing itself.
 *
 * A controller has one scan only, and every raw socket hears its reports. So where somebody else
 * scans (bluetoothd, another program, or one that was killed), theirs is shared and left alone; when
 * it ends, ours begins. Theirs shows in that parameters cannot be set, and in the commands that
 * others send, which a raw socket hears as well. Ours may be switched off by others in the same
 * way; they are given HCI_SCAN_QUIET_USEC to begin one of their own before ours comes back.
 *
 * Each HCI_SCAN_CHECK_USEC ours is looked after. The extended form is switched on for
 * HCI_SCAN_LEASE_SEC only, and renewed by then: a controller that was left alone, because we were
 * killed, stops by itself. Where the controller knows no durations, or does not renew them, it does
 * without, as with the legacy form; see ble-hci.c.
 */

#include "io/radio/hci-command.h"

#define HCI_NEVER UINT64_MAX

enum {
        HCI_SCAN_LEASE_SEC = 30,
        HCI_SCAN_CHECK_USEC = 10 * 1000 * 1000,
        HCI_SCAN_SHARE_USEC = 2 * 1000 * 1000, /* between looks whether theirs is still on */
        HCI_SCAN_QUIET_USEC = 1000 * 1000,
        HCI_SCAN_RETRY_USEC = 1000 * 1000,
        HCI_SCAN_STOPS_MAX = 3, /* tries, where there is no answer */
};

typedef enum HciScanOwner {
        HCI_SCAN_NOBODY,
        HCI_SCAN_OURS, /* on, or it may be: we switch it off */
        HCI_SCAN_THEIRS,
} HciScanOwner;

typedef enum HciScanStep {
        HCI_SCAN_REST,
        HCI_SCAN_SET, /* parameters */
        HCI_SCAN_START,
        HCI_SCAN_STOP,
} HciScanStep;

typedef struct HciScan {
        bool wanted;
        bool active;
        bool can[2]; /* by form; both false without a controller */
        HciForm form;

        HciScanOwner owner;
        HciScanStep step; /* to be sent, or not answered yet */
        bool sent;
        uint64_t due_usec; /* not before then */

        bool tried_other; /* form, since we last knew who scans */
        bool forever;     /* the controller knows no durations, or does not renew them */
        bool overtaken;   /* others switched on, while ours was under way */
        bool disturbed;   /* others switched off, while ours was under way */
        unsigned n_stops;
} HciScan;

/** Zeroed but for `active`, a scan that is not wanted and has no controller. */
void hci_scan_want(HciScan *scan, bool wanted, uint64_t now_usec);

/** A controller is there, whose scan is nobody's as far as we know. */
void hci_scan_attach(HciScan *scan, const HciAbilities *abilities, uint64_t now_usec);

/** It has gone or was switched off: nothing is on, nothing will be answered. */
void hci_scan_detach(HciScan *scan);

/** True if a command is to be sent now; hci_scan_done() has to follow before the next one. */
bool hci_scan_next(HciScan *scan, uint64_t now_usec, HciCommand *ret);
void hci_scan_done(HciScan *scan, HciStatus status, uint64_t now_usec);

/** Another program has sent a command. */
void hci_scan_overhear(HciScan *scan, const HciPacket *command, uint64_t now_usec);

/** When hci_scan_next() is to be asked, or HCI_NEVER. */
uint64_t hci_scan_due(const HciScan *scan);

/** True if there is nothing to wait for or to switch off. */
bool hci_scan_is_over(const HciScan *scan);

/** True if a command is to be sent at the very end, for which nobody will wait. */
bool hci_scan_farewell(const HciScan *scan, HciCommand *ret);
