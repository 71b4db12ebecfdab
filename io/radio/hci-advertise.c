/* SPDX-License-Identifier: MIT */

#include <assert.h>
#include <string.h>

#include "io/radio/hci-advertise.h"

/* The way to an advert on the air, from step to step; both ways end with START. */
static const HciAdvertStep next_step[2][HCI_ADVERT_REMOVE + 1] = {
        [HCI_LEGACY] = {
                [HCI_ADVERT_REST] = HCI_ADVERT_ADDRESS,
                [HCI_ADVERT_ADDRESS] = HCI_ADVERT_PARAMETERS,
                [HCI_ADVERT_PARAMETERS] = HCI_ADVERT_DATA,
                [HCI_ADVERT_DATA] = HCI_ADVERT_START,
        },
        /* Here the parameters make the set that has an address. */
        [HCI_EXTENDED] = {
                [HCI_ADVERT_REST] = HCI_ADVERT_PARAMETERS,
                [HCI_ADVERT_PARAMETERS] = HCI_ADVERT_ADDRESS,
                [HCI_ADVERT_ADDRESS] = HCI_ADVERT_DATA,
                [HCI_ADVERT_DATA] = HCI_ADVERT_START,
        },
};

static bool is_attached(const HciAdvertise *advertise) {
        return advertise->can[HCI_LEGACY] || advertise->can[HCI_EXTENDED];
}

static HciForm preferred_form(const HciAdvertise *advertise) {
        return advertise->can[HCI_EXTENDED] ? HCI_EXTENDED : HCI_LEGACY;
}

static HciForm other_form(const HciAdvertise *advertise) {
        return advertise->form == HCI_EXTENDED ? HCI_LEGACY : HCI_EXTENDED;
}

static void rest(HciAdvertise *advertise, uint64_t until_usec) {
        advertise->step = HCI_ADVERT_REST;
        advertise->due_usec = until_usec;
}

static void go_on(HciAdvertise *advertise, HciAdvertStep step, uint64_t now_usec) {
        advertise->step = step;
        advertise->due_usec = now_usec;
}

/* ---- what is wanted, and what there is ------------------------------------------------------ */

void hci_advertise_want(HciAdvertise *advertise, const uint8_t address[static HCI_ADDRESS_SIZE],
                        const uint8_t *data, size_t n, uint64_t now_usec) {
        assert(n <= sizeof(advertise->data));

        advertise->wanted = true;
        advertise->changed = true;
        advertise->n_stops = 0;
        memcpy(advertise->address, address, sizeof(advertise->address));
        memcpy(advertise->data, data, n);
        advertise->n_data = n;
        if (!advertise->sent)
                rest(advertise, now_usec);
}

void hci_advertise_unwant(HciAdvertise *advertise, uint64_t now_usec) {
        if (!advertise->wanted)
                return;

        advertise->wanted = false;
        advertise->n_stops = 0;
        if (!advertise->sent)
                rest(advertise, now_usec);
}

void hci_advertise_attach(HciAdvertise *advertise, const HciAbilities *abilities,
                          uint64_t now_usec) {
        hci_advertise_detach(advertise);
        advertise->can[HCI_LEGACY] = abilities->legacy_advertising;
        advertise->can[HCI_EXTENDED] = abilities->extended_advertising;
        advertise->form = preferred_form(advertise);
        advertise->due_usec = now_usec;
}

void hci_advertise_detach(HciAdvertise *advertise) {
        advertise->can[HCI_LEGACY] = advertise->can[HCI_EXTENDED] = false;
        advertise->on = advertise->has_set = false;
        advertise->step = HCI_ADVERT_REST;
        advertise->sent = false;
        advertise->tried_other = advertise->forever = false;
        advertise->n_stops = 0;
}

bool hci_advertise_is_over(const HciAdvertise *advertise) {
        return !advertise->wanted && !advertise->sent && !advertise->on && !advertise->has_set;
}

/* Of a legacy advert that is on there is nothing to renew. */
uint64_t hci_advertise_due(const HciAdvertise *advertise) {
        if (advertise->sent || !is_attached(advertise) || hci_advertise_is_over(advertise))
                return HCI_NEVER;
        if (advertise->wanted && advertise->on && !advertise->changed &&
            (advertise->form == HCI_LEGACY || advertise->forever))
                return HCI_NEVER;
        return advertise->due_usec;
}

/* ---- commands ------------------------------------------------------------------------------- */

/* Where a step is not already decided upon. */
static HciAdvertStep first_step(const HciAdvertise *advertise) {
        if (advertise->on && advertise->wanted && !advertise->changed)
                return HCI_ADVERT_START;
        if (advertise->on)
                return HCI_ADVERT_STOP;
        if (!advertise->wanted)
                return HCI_ADVERT_REMOVE;
        return next_step[advertise->form][HCI_ADVERT_REST];
}

static HciCommand command_of(const HciAdvertise *advertise) {
        uint16_t lease = advertise->forever ? HCI_DURATION_FOREVER
                                            : HCI_SCAN_LEASE_SEC * HCI_DURATIONS_PER_SEC;
        HciForm form = advertise->form;
        uint8_t set = advertise->set;

        switch (advertise->step) {
        case HCI_ADVERT_PARAMETERS:
                return hci_command_advert_parameters(form, set);
        case HCI_ADVERT_ADDRESS:
                return hci_command_advert_address(form, set, advertise->address);
        case HCI_ADVERT_DATA:
                return hci_command_advert_data(form, set, advertise->data, advertise->n_data);
        case HCI_ADVERT_START:
                return hci_command_advert_on(form, set, lease);
        case HCI_ADVERT_STOP:
                return hci_command_advert_off(form, set);
        case HCI_ADVERT_REST:
        case HCI_ADVERT_REMOVE:
                break;
        }
        return hci_command_advert_remove(set);
}

bool hci_advertise_next(HciAdvertise *advertise, uint64_t now_usec, HciCommand *ret) {
        if (hci_advertise_due(advertise) > now_usec)
                return false;

        if (advertise->step == HCI_ADVERT_REST) {
                advertise->step = first_step(advertise);
                if (!advertise->on)
                        advertise->changed = false;
        }
        *ret = command_of(advertise);
        advertise->sent = true;
        return true;
}

bool hci_advertise_farewell(const HciAdvertise *advertise, unsigned n, HciCommand *ret) {
        bool starts = advertise->sent && advertise->step == HCI_ADVERT_START;
        bool stops = advertise->sent && advertise->step == HCI_ADVERT_STOP;
        HciCommand commands[2];
        unsigned n_commands = 0;

        if (!is_attached(advertise))
                return false;
        if ((advertise->on || starts) && !stops)
                commands[n_commands++] = hci_command_advert_off(advertise->form, advertise->set);
        if (advertise->form == HCI_EXTENDED && (advertise->has_set || advertise->sent))
                commands[n_commands++] = hci_command_advert_remove(advertise->set);
        if (n >= n_commands)
                return false;

        *ret = commands[n];
        return true;
}

/* ---- answers -------------------------------------------------------------------------------- */

static void retry(HciAdvertise *advertise, uint64_t now_usec) {
        advertise->tried_other = false;
        if (!advertise->on && !advertise->has_set)
                advertise->form = preferred_form(advertise);
        rest(advertise, now_usec + HCI_SCAN_RETRY_USEC);
}

static void begin_anew(HciAdvertise *advertise, HciForm form, uint64_t now_usec) {
        advertise->form = form;
        rest(advertise, now_usec);
}

/* On the way to an advert on the air. */
static void on_refusal(HciAdvertise *advertise, HciStatus status, uint64_t now_usec) {
        bool is_form = status == HCI_STATUS_DISALLOWED || status == HCI_STATUS_UNKNOWN_COMMAND;

        if (is_form && !advertise->tried_other && !advertise->has_set &&
            advertise->can[other_form(advertise)]) {
                advertise->tried_other = true;
                begin_anew(advertise, other_form(advertise), now_usec);
        } else
                retry(advertise, now_usec);
}

static void on_preparation(HciAdvertise *advertise, HciStatus status, uint64_t now_usec) {
        bool is_extended = advertise->form == HCI_EXTENDED;

        /* While somebody scans the address stays what it is: a random one all the same. */
        if (advertise->step == HCI_ADVERT_ADDRESS && !is_extended &&
            status == HCI_STATUS_DISALLOWED)
                status = HCI_STATUS_SUCCESS;
        if (status != HCI_STATUS_SUCCESS) {
                on_refusal(advertise, status, now_usec);
                return;
        }

        if (advertise->step == HCI_ADVERT_PARAMETERS && is_extended)
                advertise->has_set = true;
        go_on(advertise, next_step[advertise->form][advertise->step], now_usec);
}

static void on_start(HciAdvertise *advertise, HciStatus status, uint64_t now_usec) {
        bool renewed = advertise->on;

        if (status == HCI_STATUS_SUCCESS) {
                advertise->on = true;
                advertise->tried_other = false;
                rest(advertise, now_usec + HCI_SCAN_CHECK_USEC);
        } else if (renewed && status == HCI_STATUS_DISALLOWED) {
                advertise->forever = true; /* off, and on again without an end */
                advertise->changed = true;
        } else if (status == HCI_STATUS_NO_ANSWER) {
                advertise->on = advertise->changed = true; /* perhaps; off and on again */
                rest(advertise, now_usec + HCI_SCAN_RETRY_USEC);
        } else if (renewed) {
                advertise->on = false; /* it has ended, and with it perhaps the set */
                advertise->has_set = false;
                rest(advertise, now_usec);
        } else if (advertise->form == HCI_EXTENDED && !advertise->forever) {
                advertise->forever = true; /* perhaps it is the duration */
                go_on(advertise, HCI_ADVERT_START, now_usec);
        } else
                on_refusal(advertise, status, now_usec);
}

static void on_stop(HciAdvertise *advertise, HciStatus status, uint64_t now_usec) {
        if (status == HCI_STATUS_NO_ANSWER && ++advertise->n_stops < HCI_SCAN_STOPS_MAX) {
                rest(advertise, now_usec + HCI_SCAN_RETRY_USEC);
                return;
        }
        advertise->on = false;
        rest(advertise, now_usec);
}

void hci_advertise_done(HciAdvertise *advertise, HciStatus status, uint64_t now_usec) {
        advertise->sent = false;

        switch (advertise->step) {
        case HCI_ADVERT_PARAMETERS:
        case HCI_ADVERT_ADDRESS:
        case HCI_ADVERT_DATA:
                on_preparation(advertise, status, now_usec);
                break;
        case HCI_ADVERT_START:
                on_start(advertise, status, now_usec);
                break;
        case HCI_ADVERT_STOP:
                on_stop(advertise, status, now_usec);
                return;
        case HCI_ADVERT_REMOVE:
                advertise->has_set = false;
                begin_anew(advertise, preferred_form(advertise), now_usec);
                break;
        case HCI_ADVERT_REST:
                break;
        }
        if (!advertise->wanted || advertise->changed)
                rest(advertise, now_usec); /* something else is wanted by now */
}

/* ---- others --------------------------------------------------------------------------------- */

/* On or off, a number of sets, and for each its number, a duration and a number of adverts. */
static bool switches_set_off(const HciPacket *command, uint8_t set) {
        enum {
                HEADER_SIZE = 2,
                ENTRY_SIZE = 4,
        };

        if (command->n < HEADER_SIZE || command->data[0] != 0)
                return false;
        if (command->data[1] == 0)
                return true; /* all of them */
        for (size_t i = HEADER_SIZE; i < command->n; i += ENTRY_SIZE)
                if (command->data[i] == set)
                        return true;
        return false;
}

void hci_advertise_overhear(HciAdvertise *advertise, const HciPacket *command, uint64_t now_usec) {
        bool is_legacy = advertise->form == HCI_LEGACY, is_off = false;

        if (!is_attached(advertise))
                return;

        switch (command->opcode) {
        case HCI_LE_SET_ADVERTISING_ENABLE:
                is_off = is_legacy && command->n > 0 && command->data[0] == 0;
                break;
        case HCI_LE_SET_EXTENDED_ADVERTISING_ENABLE:
                is_off = !is_legacy && switches_set_off(command, advertise->set);
                break;
        case HCI_LE_CLEAR_ADVERTISING_SETS:
                is_off = !is_legacy;
                advertise->has_set = advertise->has_set && is_legacy;
                break;
        }
        if (!is_off || !advertise->on)
                return;

        advertise->on = false;
        if (!advertise->sent)
                rest(advertise, now_usec + HCI_SCAN_QUIET_USEC);
}
