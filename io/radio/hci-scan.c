/* SPDX-License-Identifier: MIT */

#include "io/radio/hci-scan.h"

static bool is_attached(const HciScan *scan) {
        return scan->can[HCI_LEGACY] || scan->can[HCI_EXTENDED];
}

static HciForm preferred_form(const HciScan *scan) {
        return scan->can[HCI_EXTENDED] ? HCI_EXTENDED : HCI_LEGACY;
}

static HciForm other_form(const HciScan *scan) {
        return scan->form == HCI_EXTENDED ? HCI_LEGACY : HCI_EXTENDED;
}

static void rest(HciScan *scan, uint64_t until_usec) {
        scan->step = HCI_SCAN_REST;
        scan->due_usec = until_usec;
}

static void go_on(HciScan *scan, HciScanStep step, uint64_t now_usec) {
        scan->step = step;
        scan->due_usec = now_usec;
}

/* ---- what is wanted, and what there is ------------------------------------------------------ */

void hci_scan_want(HciScan *scan, bool wanted, uint64_t now_usec) {
        if (scan->wanted == wanted)
                return;

        scan->wanted = wanted;
        scan->n_stops = 0;
        if (!scan->sent)
                go_on(scan, HCI_SCAN_REST, now_usec);
}

void hci_scan_attach(HciScan *scan, const HciAbilities *abilities, uint64_t now_usec) {
        *scan = (HciScan){
                .wanted = scan->wanted,
                .active = scan->active,
                .can[HCI_LEGACY] = abilities->legacy_scan,
                .can[HCI_EXTENDED] = abilities->extended_scan,
                .due_usec = now_usec,
        };
        scan->form = preferred_form(scan);
}

void hci_scan_detach(HciScan *scan) {
        *scan = (HciScan){ .wanted = scan->wanted, .active = scan->active };
}

bool hci_scan_is_over(const HciScan *scan) {
        return !scan->wanted && !scan->sent && scan->owner != HCI_SCAN_OURS;
}

uint64_t hci_scan_due(const HciScan *scan) {
        if (scan->sent || !is_attached(scan) || hci_scan_is_over(scan))
                return HCI_NEVER;
        return scan->due_usec;
}

/* ---- commands ------------------------------------------------------------------------------- */

static HciCommand command_of(const HciScan *scan) {
        uint16_t lease =
                scan->forever ? HCI_DURATION_FOREVER : HCI_SCAN_LEASE_SEC * HCI_DURATIONS_PER_SEC;

        if (scan->step == HCI_SCAN_SET)
                return hci_command_scan_parameters(scan->form, scan->active);
        if (scan->step == HCI_SCAN_START)
                return hci_command_scan_on(scan->form, lease);
        return hci_command_scan_off(scan->form);
}

bool hci_scan_next(HciScan *scan, uint64_t now_usec, HciCommand *ret) {
        if (hci_scan_due(scan) > now_usec)
                return false;

        if (!scan->wanted)
                scan->step = HCI_SCAN_STOP;
        else if (scan->step == HCI_SCAN_REST)
                scan->step = HCI_SCAN_SET;
        *ret = command_of(scan);
        scan->sent = true;
        scan->overtaken = false;
        scan->disturbed = false;
        return true;
}

bool hci_scan_farewell(const HciScan *scan, HciCommand *ret) {
        bool may_be_on = scan->owner == HCI_SCAN_OURS ||
                         (scan->sent && scan->step == HCI_SCAN_START && !scan->overtaken);

        if (!is_attached(scan) || !may_be_on || (scan->sent && scan->step == HCI_SCAN_STOP))
                return false;

        *ret = hci_command_scan_off(scan->form);
        return true;
}

/* ---- answers -------------------------------------------------------------------------------- */

static void look_again(HciScan *scan, uint64_t now_usec) {
        scan->tried_other = false;
        if (scan->owner == HCI_SCAN_OURS)
                rest(scan,
                     now_usec + (scan->disturbed ? HCI_SCAN_QUIET_USEC : HCI_SCAN_CHECK_USEC));
        else {
                scan->form = preferred_form(scan);
                rest(scan, now_usec + HCI_SCAN_SHARE_USEC);
        }
}

static void retry(HciScan *scan, uint64_t now_usec) {
        scan->tried_other = false;
        if (scan->owner != HCI_SCAN_OURS)
                scan->form = preferred_form(scan);
        rest(scan, now_usec + HCI_SCAN_RETRY_USEC);
}

/* Of two forms one may be disallowed because others use the other one. */
static bool try_other_form(HciScan *scan, uint64_t now_usec) {
        if (scan->tried_other || !scan->can[other_form(scan)])
                return false;

        scan->tried_other = true;
        scan->form = other_form(scan);
        go_on(scan, HCI_SCAN_SET, now_usec);
        return true;
}

static void on_set(HciScan *scan, HciStatus status, uint64_t now_usec) {
        bool is_ours = scan->owner == HCI_SCAN_OURS;

        switch (status) {
        case HCI_STATUS_SUCCESS: /* so none was on */
                if (scan->overtaken)
                        look_again(scan, now_usec);
                else
                        go_on(scan, HCI_SCAN_START,
                              now_usec + (scan->disturbed ? HCI_SCAN_QUIET_USEC : 0));
                if (is_ours)
                        scan->owner = HCI_SCAN_NOBODY;
                return;
        case HCI_STATUS_DISALLOWED:
                if (is_ours && scan->form == HCI_EXTENDED && !scan->forever)
                        go_on(scan, HCI_SCAN_START, now_usec); /* renews it */
                else if (is_ours || !try_other_form(scan, now_usec)) {
                        scan->owner = is_ours ? HCI_SCAN_OURS : HCI_SCAN_THEIRS;
                        look_again(scan, now_usec);
                }
                return;
        case HCI_STATUS_UNKNOWN_COMMAND:
                if (!is_ours && try_other_form(scan, now_usec))
                        return;
                break;
        case HCI_STATUS_NO_ANSWER:
                break;
        }
        retry(scan, now_usec);
}

static void on_start(HciScan *scan, HciStatus status, uint64_t now_usec) {
        switch (status) {
        case HCI_STATUS_SUCCESS:
                scan->owner = scan->overtaken ? HCI_SCAN_THEIRS : HCI_SCAN_OURS;
                look_again(scan, now_usec);
                return;
        case HCI_STATUS_DISALLOWED: /* there is one already */
                if (scan->owner == HCI_SCAN_OURS) {
                        scan->forever = true; /* it cannot be renewed: begun anew, without an end */
                        go_on(scan, HCI_SCAN_STOP, now_usec);
                        return;
                }
                scan->owner = HCI_SCAN_THEIRS;
                look_again(scan, now_usec);
                return;
        case HCI_STATUS_NO_ANSWER:
                scan->owner = scan->overtaken ? HCI_SCAN_THEIRS : HCI_SCAN_OURS;
                break;
        case HCI_STATUS_UNKNOWN_COMMAND:
                break;
        default: /* some other error: perhaps it is the duration */
                if (scan->form == HCI_EXTENDED && !scan->forever) {
                        scan->forever = true;
                        go_on(scan, HCI_SCAN_START, now_usec);
                        return;
                }
        }
        retry(scan, now_usec);
}

static void on_stop(HciScan *scan, HciStatus status, uint64_t now_usec) {
        if (status == HCI_STATUS_NO_ANSWER && ++scan->n_stops < HCI_SCAN_STOPS_MAX) {
                rest(scan, now_usec + HCI_SCAN_RETRY_USEC);
                return;
        }

        if (scan->owner == HCI_SCAN_OURS)
                scan->owner = HCI_SCAN_NOBODY;
        scan->form = preferred_form(scan);
        rest(scan, now_usec);
}

void hci_scan_done(HciScan *scan, HciStatus status, uint64_t now_usec) {
        bool is_stop = scan->step == HCI_SCAN_STOP;

        scan->sent = false;
        switch (scan->step) {
        case HCI_SCAN_SET:
                on_set(scan, status, now_usec);
                break;
        case HCI_SCAN_START:
                on_start(scan, status, now_usec);
                break;
        case HCI_SCAN_STOP:
                on_stop(scan, status, now_usec);
                break;
        case HCI_SCAN_REST:
                break;
        }
        if (!scan->wanted && !is_stop)
                rest(scan, now_usec); /* what is to be switched off is switched off at once */
}

/* ---- others --------------------------------------------------------------------------------- */

static void on_their_switch(HciScan *scan, bool on, uint64_t now_usec) {
        scan->owner = on ? HCI_SCAN_THEIRS : HCI_SCAN_NOBODY;
        if (scan->sent) {
                scan->overtaken = on;
                scan->disturbed = !on;
                return;
        }
        rest(scan, now_usec + (on ? HCI_SCAN_SHARE_USEC : HCI_SCAN_QUIET_USEC));
        scan->form = preferred_form(scan);
        scan->tried_other = false;
}

void hci_scan_overhear(HciScan *scan, const HciPacket *command, uint64_t now_usec) {
        if (!is_attached(scan))
                return;

        switch (command->opcode) {
        case HCI_LE_SET_SCAN_ENABLE:
        case HCI_LE_SET_EXTENDED_SCAN_ENABLE:
                if (command->n > 0)
                        on_their_switch(scan, command->data[0] != 0, now_usec);
                break;
        case HCI_LE_SET_SCAN_PARAMETERS:
        case HCI_LE_SET_EXTENDED_SCAN_PARAMETERS:
                /* They are about to begin. */
                if (!scan->sent && scan->owner == HCI_SCAN_NOBODY)
                        rest(scan, now_usec + HCI_SCAN_QUIET_USEC);
                break;
        }
}
