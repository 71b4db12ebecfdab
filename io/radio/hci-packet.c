/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/bytes.h"
#include "io/radio/hci-packet.h"

enum {
        COMMAND_HEADER_SIZE = 4, /* packet type, opcode, length */
        EVENT_HEADER_SIZE = 3,   /* packet type, event, length */

        N_SUPPORTED_COMMANDS = 64, /* octets */
};

/* Number of commands, opcode, return parameters that begin with the status. */
static int decode_complete(const uint8_t *data, size_t n, HciPacket *ret) {
        if (n < 3)
                return -EBADMSG;
        if (get_le16(data + 1) == 0)
                return 0; /* no command: the controller takes more of them */
        if (n < 4)
                return -EBADMSG;

        *ret = (HciPacket){
                .kind = HCI_COMPLETE,
                .opcode = get_le16(data + 1),
                .status = data[3],
                .data = data + 4,
                .n = n - 4,
        };
        return 0;
}

/* Status, number of commands, opcode. A status of success only says that the command has begun. */
static int decode_status(const uint8_t *data, size_t n, HciPacket *ret) {
        if (n < 4)
                return -EBADMSG;
        if (data[0] == HCI_STATUS_SUCCESS || get_le16(data + 2) == 0)
                return 0;

        *ret = (HciPacket){
                .kind = HCI_COMPLETE,
                .opcode = get_le16(data + 2),
                .status = data[0],
        };
        return 0;
}

static int decode_event(const uint8_t *packet, size_t n, HciPacket *ret) {
        const uint8_t *data = packet + EVENT_HEADER_SIZE;

        if (n < EVENT_HEADER_SIZE || n - EVENT_HEADER_SIZE < packet[2])
                return -EBADMSG;
        n = packet[2];

        switch (packet[1]) {
        case HCI_EVENT_COMMAND_COMPLETE:
                return decode_complete(data, n, ret);
        case HCI_EVENT_COMMAND_STATUS:
                return decode_status(data, n, ret);
        case HCI_EVENT_LE_META:
                if (n < 1)
                        return -EBADMSG;
                *ret = (HciPacket){ .kind = HCI_LE_META, .data = data, .n = n };
                return 0;
        case HCI_EVENT_STACK_INTERNAL:
                *ret = (HciPacket){ .kind = HCI_ADAPTER };
                return 0;
        default:
                return 0;
        }
}

static int decode_command(const uint8_t *packet, size_t n, HciPacket *ret) {
        if (n < COMMAND_HEADER_SIZE || n - COMMAND_HEADER_SIZE < packet[3])
                return -EBADMSG;

        *ret = (HciPacket){
                .kind = HCI_COMMAND_SENT,
                .opcode = get_le16(packet + 1),
                .data = packet + COMMAND_HEADER_SIZE,
                .n = packet[3],
        };
        return 0;
}

int hci_packet_decode(const uint8_t *packet, size_t n, HciPacket *ret) {
        *ret = (HciPacket){ .kind = HCI_OTHER };

        if (n < 1)
                return -EBADMSG;
        if (packet[0] == HCI_PACKET_EVENT)
                return decode_event(packet, n, ret);
        if (packet[0] == HCI_PACKET_COMMAND)
                return decode_command(packet, n, ret);
        return 0;
}

/* Bits of Supported Commands (section 6.27), such as octet 26, bit 2. */
static bool has_bits(const uint8_t *data, unsigned octet, uint8_t bits) {
        return (data[octet] & bits) == bits;
}

int hci_abilities_decode(const uint8_t *data, size_t n, HciAbilities *ret) {
        if (n < N_SUPPORTED_COMMANDS)
                return -EBADMSG;

        *ret = (HciAbilities){
                /* Parameters, enable. */
                .legacy_scan = has_bits(data, 26, 0x0c),
                .extended_scan = has_bits(data, 37, 0x60),
                /* Random address, parameters, data, enable; remove. */
                .legacy_advertising = has_bits(data, 25, 0xb0) && has_bits(data, 26, 0x02),
                .extended_advertising = has_bits(data, 36, 0x2e) && has_bits(data, 37, 0x01),
        };
        return 0;
}
