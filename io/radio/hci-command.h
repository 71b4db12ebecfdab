/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The commands to a controller that scanning and broadcasting need, each in the form of Bluetooth
 * 4 ("legacy") and that of Bluetooth 5 ("extended"), which a controller does not like mixed (Core
 * Specification, Vol 4, Part E, section 7.8).
 */

#include "io/radio/hci-packet.h"

enum {
        HCI_COMMAND_SIZE_MAX = 48, /* of those that are made here */
        HCI_DURATION_FOREVER = 0,
        HCI_DURATIONS_PER_SEC = 100,
        HCI_ADVERTISING_DATA_SIZE = 31,
};

typedef enum HciForm {
        HCI_LEGACY,
        HCI_EXTENDED,
} HciForm;

/** A packet, ready to be sent. */
typedef struct HciCommand {
        HciOpcode opcode;
        uint8_t data[HCI_COMMAND_SIZE_MAX];
        size_t n;
} HciCommand;

/** What the controller can do; see hci_abilities_decode(). */
HciCommand hci_command_read_supported(void);

/**
 * All the time, under any address; passive: only listens, active: asks for scan responses as well,
 * which shows this radio's own address.
 */
HciCommand hci_command_scan_parameters(HciForm form, bool active);

/**
 * Each advert is reported each time it is heard. The extended form ends by itself after the
 * duration, in units of 10 ms.
 */
HciCommand hci_command_scan_on(HciForm form, uint16_t duration);
HciCommand hci_command_scan_off(HciForm form);

/** `set` is the advertising set of the extended form; the legacy form has only one. */
HciCommand hci_command_advert_address(HciForm form, uint8_t set,
                                      const uint8_t address[static HCI_ADDRESS_SIZE]);

/** Not connectable, each 100 ms, on all channels, under the random address. */
HciCommand hci_command_advert_parameters(HciForm form, uint8_t set);

/** At most HCI_ADVERTISING_DATA_SIZE bytes. */
HciCommand hci_command_advert_data(HciForm form, uint8_t set, const uint8_t *data, size_t n);

HciCommand hci_command_advert_on(HciForm form, uint8_t set, uint16_t duration);
HciCommand hci_command_advert_off(HciForm form, uint8_t set);

/** Gives the set back; of the extended form only. */
HciCommand hci_command_advert_remove(uint8_t set);
