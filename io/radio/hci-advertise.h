/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Broadcasting one advert, as a state machine like that of hci-scan.h. It uses the extended form
 * where the controller has it: after a legacy command a controller refuses the extended ones until
 * it is reset, and these are what the kernel uses there. The legacy form has one advert for all
 * programs; while somebody else broadcasts it is tried again and again.
 *
 * The extended form too is switched on for HCI_SCAN_LEASE_SEC only, and renewed by then.
 */

#include "io/radio/hci-scan.h"

typedef enum HciAdvertStep {
        HCI_ADVERT_REST,
        HCI_ADVERT_PARAMETERS,
        HCI_ADVERT_ADDRESS,
        HCI_ADVERT_DATA,
        HCI_ADVERT_START, /* or renew */
        HCI_ADVERT_STOP,
        HCI_ADVERT_REMOVE,
} HciAdvertStep;

typedef struct HciAdvertise {
        bool wanted;
        uint8_t set; /* of the extended form: ours alone */
        uint8_t address[HCI_ADDRESS_SIZE];
        uint8_t data[HCI_ADVERTISING_DATA_SIZE];
        size_t n_data;
        bool changed; /* address and data, since the last beginning */

        bool can[2]; /* by form */
        HciForm form;
        bool on;      /* or it may be: we switch it off */
        bool has_set; /* the controller keeps our set */

        HciAdvertStep step; /* to be sent, or not answered yet */
        bool sent;
        uint64_t due_usec;

        bool tried_other, forever;
        unsigned n_stops;
} HciAdvertise;

/**
 * From now on this is broadcast under this random address. At most HCI_ADVERTISING_DATA_SIZE bytes;
 * copied.
 */
void hci_advertise_want(HciAdvertise *advertise, const uint8_t address[static HCI_ADDRESS_SIZE],
                        const uint8_t *data, size_t n, uint64_t now_usec);
void hci_advertise_unwant(HciAdvertise *advertise, uint64_t now_usec);

void hci_advertise_attach(HciAdvertise *advertise, const HciAbilities *abilities,
                          uint64_t now_usec);
void hci_advertise_detach(HciAdvertise *advertise);

bool hci_advertise_next(HciAdvertise *advertise, uint64_t now_usec, HciCommand *ret);
void hci_advertise_done(HciAdvertise *advertise, HciStatus status, uint64_t now_usec);
void hci_advertise_overhear(HciAdvertise *advertise, const HciPacket *command, uint64_t now_usec);
uint64_t hci_advertise_due(const HciAdvertise *advertise);
bool hci_advertise_is_over(const HciAdvertise *advertise);

/** The n-th command of those to be sent at the very end; false if there is none any more. */
bool hci_advertise_farewell(const HciAdvertise *advertise, unsigned n, HciCommand *ret);
