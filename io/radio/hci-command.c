/* SPDX-License-Identifier: MIT */

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "io/radio/hci-command.h"

enum {
        HEADER_SIZE = 4, /* packet type, opcode, length */

        SCAN_INTERVAL = 96, /* of 0.625 ms: 60 ms; the window is as long */
        SCAN_PASSIVE = 0,
        SCAN_ACTIVE = 1,

        ADVERT_INTERVAL = 160, /* of 0.625 ms: 100 ms */
        ADVERT_NOT_CONNECTABLE = 0x03,
        ADVERT_LEGACY_NOT_CONNECTABLE = 0x10, /* as an event property of the extended form */
        ADVERT_ALL_CHANNELS = 0x07,
        ADVERT_POWER_ANY = 0x7f,
        ADVERT_DATA_WHOLE = 0x03,
        ADVERT_DATA_NEED_NOT_SPLIT = 0x01,

        ADDRESS_PUBLIC = 0,
        ADDRESS_RANDOM = 1,
        ACCEPT_ALL = 0,
        PHY_1M = 1,
};

static void append_u8(HciCommand *command, uint8_t value) {
        assert(command->n < sizeof(command->data));
        command->data[command->n++] = value;
        command->data[HEADER_SIZE - 1] = (uint8_t)(command->n - HEADER_SIZE);
}

static void append_le16(HciCommand *command, uint16_t value) {
        append_u8(command, (uint8_t)value);
        append_u8(command, (uint8_t)(value >> 8));
}

static void append_le24(HciCommand *command, uint32_t value) {
        append_le16(command, (uint16_t)value);
        append_u8(command, (uint8_t)(value >> 16));
}

static void append_bytes(HciCommand *command, const uint8_t *data, size_t n) {
        for (size_t i = 0; i < n; i++)
                append_u8(command, data[i]);
}

static void append_no_address(HciCommand *command) {
        static const uint8_t none[HCI_ADDRESS_SIZE] = {};

        append_u8(command, ADDRESS_PUBLIC);
        append_bytes(command, none, sizeof(none));
}

static HciCommand begin(HciOpcode opcode) {
        HciCommand command = { .opcode = opcode, .n = HEADER_SIZE };

        command.data[0] = HCI_PACKET_COMMAND;
        put_le16(command.data + 1, (uint16_t)opcode);
        return command;
}

HciCommand hci_command_read_supported(void) {
        return begin(HCI_READ_SUPPORTED_COMMANDS);
}

/* ---- scanning ------------------------------------------------------------------------------- */

HciCommand hci_command_scan_parameters(HciForm form, bool active) {
        HciCommand command = begin(form == HCI_EXTENDED ? HCI_LE_SET_EXTENDED_SCAN_PARAMETERS
                                                        : HCI_LE_SET_SCAN_PARAMETERS);

        if (form == HCI_EXTENDED) {
                append_u8(&command, ADDRESS_PUBLIC);
                append_u8(&command, ACCEPT_ALL);
                append_u8(&command, PHY_1M);
        }
        append_u8(&command, active ? SCAN_ACTIVE : SCAN_PASSIVE);
        append_le16(&command, SCAN_INTERVAL);
        append_le16(&command, SCAN_INTERVAL);
        if (form == HCI_LEGACY) {
                append_u8(&command, ADDRESS_PUBLIC);
                append_u8(&command, ACCEPT_ALL);
        }
        return command;
}

static HciCommand scan_enable(HciForm form, bool on, uint16_t duration) {
        HciCommand command = begin(form == HCI_EXTENDED ? HCI_LE_SET_EXTENDED_SCAN_ENABLE
                                                        : HCI_LE_SET_SCAN_ENABLE);

        append_u8(&command, on);
        append_u8(&command, 0); /* duplicates are not filtered */
        if (form == HCI_EXTENDED) {
                append_le16(&command, duration);
                append_le16(&command, 0); /* once */
        }
        return command;
}

HciCommand hci_command_scan_on(HciForm form, uint16_t duration) {
        return scan_enable(form, true, duration);
}

HciCommand hci_command_scan_off(HciForm form) {
        return scan_enable(form, false, HCI_DURATION_FOREVER);
}

/* ---- broadcasting --------------------------------------------------------------------------- */

HciCommand hci_command_advert_address(HciForm form, uint8_t set,
                                      const uint8_t address[static HCI_ADDRESS_SIZE]) {
        HciCommand command = begin(form == HCI_EXTENDED ? HCI_LE_SET_ADVERTISING_SET_RANDOM_ADDRESS
                                                        : HCI_LE_SET_RANDOM_ADDRESS);

        if (form == HCI_EXTENDED)
                append_u8(&command, set);
        append_bytes(&command, address, HCI_ADDRESS_SIZE);
        return command;
}

static HciCommand legacy_advert_parameters(void) {
        HciCommand command = begin(HCI_LE_SET_ADVERTISING_PARAMETERS);

        append_le16(&command, ADVERT_INTERVAL);
        append_le16(&command, ADVERT_INTERVAL);
        append_u8(&command, ADVERT_NOT_CONNECTABLE);
        append_u8(&command, ADDRESS_RANDOM);
        append_no_address(&command);
        append_u8(&command, ADVERT_ALL_CHANNELS);
        append_u8(&command, ACCEPT_ALL);
        return command;
}

static HciCommand extended_advert_parameters(uint8_t set) {
        HciCommand command = begin(HCI_LE_SET_EXTENDED_ADVERTISING_PARAMETERS);

        append_u8(&command, set);
        append_le16(&command, ADVERT_LEGACY_NOT_CONNECTABLE);
        append_le24(&command, ADVERT_INTERVAL);
        append_le24(&command, ADVERT_INTERVAL);
        append_u8(&command, ADVERT_ALL_CHANNELS);
        append_u8(&command, ADDRESS_RANDOM);
        append_no_address(&command);
        append_u8(&command, ACCEPT_ALL);
        append_u8(&command, ADVERT_POWER_ANY);
        append_u8(&command, PHY_1M);
        append_u8(&command, 0); /* no secondary events are skipped */
        append_u8(&command, PHY_1M);
        append_u8(&command, 0); /* set id on the air; not of legacy adverts */
        append_u8(&command, 0); /* scan requests are not reported */
        return command;
}

HciCommand hci_command_advert_parameters(HciForm form, uint8_t set) {
        return form == HCI_EXTENDED ? extended_advert_parameters(set) : legacy_advert_parameters();
}

HciCommand hci_command_advert_data(HciForm form, uint8_t set, const uint8_t *data, size_t n) {
        HciCommand command = begin(form == HCI_EXTENDED ? HCI_LE_SET_EXTENDED_ADVERTISING_DATA
                                                        : HCI_LE_SET_ADVERTISING_DATA);

        assert(n <= HCI_ADVERTISING_DATA_SIZE);
        if (form == HCI_EXTENDED) {
                append_u8(&command, set);
                append_u8(&command, ADVERT_DATA_WHOLE);
                append_u8(&command, ADVERT_DATA_NEED_NOT_SPLIT);
        }
        append_u8(&command, (uint8_t)n);
        append_bytes(&command, data, n);
        if (form == HCI_LEGACY) /* of one size */
                for (size_t i = n; i < HCI_ADVERTISING_DATA_SIZE; i++)
                        append_u8(&command, 0);
        return command;
}

static HciCommand advert_enable(HciForm form, uint8_t set, bool on, uint16_t duration) {
        HciCommand command = begin(form == HCI_EXTENDED ? HCI_LE_SET_EXTENDED_ADVERTISING_ENABLE
                                                        : HCI_LE_SET_ADVERTISING_ENABLE);

        append_u8(&command, on);
        if (form == HCI_EXTENDED) {
                append_u8(&command, 1); /* set */
                append_u8(&command, set);
                append_le16(&command, duration);
                append_u8(&command, 0); /* as many adverts as there is time for */
        }
        return command;
}

HciCommand hci_command_advert_on(HciForm form, uint8_t set, uint16_t duration) {
        return advert_enable(form, set, true, duration);
}

HciCommand hci_command_advert_off(HciForm form, uint8_t set) {
        return advert_enable(form, set, false, HCI_DURATION_FOREVER);
}

HciCommand hci_command_advert_remove(uint8_t set) {
        HciCommand command = begin(HCI_LE_REMOVE_ADVERTISING_SET);

        append_u8(&command, set);
        return command;
}
