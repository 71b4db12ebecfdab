/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Packets of the Bluetooth host controller interface, as a raw HCI socket of Linux gives them: what
 * a controller answers, what it hears, what other programs tell it, and what the kernel says of
 * adapters. Bytes in, facts out (Core Specification, Vol 4, Part E, section 5.4).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        HCI_PACKET_COMMAND = 0x01,
        HCI_PACKET_EVENT = 0x04,

        HCI_PACKET_SIZE_MAX = 259, /* type, opcode, length, parameters */
        HCI_ADDRESS_SIZE = 6,

        HCI_EVENT_COMMAND_COMPLETE = 0x0e,
        HCI_EVENT_COMMAND_STATUS = 0x0f,
        HCI_EVENT_LE_META = 0x3e,
        HCI_EVENT_STACK_INTERNAL = 0xfd, /* of the kernel; on sockets bound to no adapter */

        HCI_LE_ADVERTISING_REPORT = 0x02,
        HCI_LE_EXTENDED_ADVERTISING_REPORT = 0x0d,
};

typedef enum HciOpcode {
        HCI_RESET = 0x0c03,
        HCI_READ_SUPPORTED_COMMANDS = 0x1002,
        HCI_LE_SET_RANDOM_ADDRESS = 0x2005,
        HCI_LE_SET_ADVERTISING_PARAMETERS = 0x2006,
        HCI_LE_SET_ADVERTISING_DATA = 0x2008,
        HCI_LE_SET_ADVERTISING_ENABLE = 0x200a,
        HCI_LE_SET_SCAN_PARAMETERS = 0x200b,
        HCI_LE_SET_SCAN_ENABLE = 0x200c,
        HCI_LE_SET_ADVERTISING_SET_RANDOM_ADDRESS = 0x2035,
        HCI_LE_SET_EXTENDED_ADVERTISING_PARAMETERS = 0x2036,
        HCI_LE_SET_EXTENDED_ADVERTISING_DATA = 0x2037,
        HCI_LE_SET_EXTENDED_ADVERTISING_ENABLE = 0x2039,
        HCI_LE_REMOVE_ADVERTISING_SET = 0x203c,
        HCI_LE_CLEAR_ADVERTISING_SETS = 0x203d,
        HCI_LE_SET_EXTENDED_SCAN_PARAMETERS = 0x2041,
        HCI_LE_SET_EXTENDED_SCAN_ENABLE = 0x2042,
} HciOpcode;

/* How a command went: a controller's error code, or that there was no answer. */
typedef enum HciStatus {
        HCI_STATUS_SUCCESS = 0x00,
        HCI_STATUS_UNKNOWN_COMMAND = 0x01,
        HCI_STATUS_DISALLOWED = 0x0c, /* not now; of scanning: a scan is on */
        HCI_STATUS_NO_ANSWER = 0x100,
} HciStatus;

typedef enum HciPacketKind {
        HCI_OTHER,        /* nothing for us */
        HCI_COMPLETE,     /* a command has been carried out or refused */
        HCI_COMMAND_SENT, /* by another program, or the kernel */
        HCI_LE_META,      /* data begins with the subevent */
        HCI_ADAPTER,      /* one came, went, was switched on or off */
} HciPacketKind;

typedef struct HciPacket {
        HciPacketKind kind;
        uint16_t opcode;     /* COMPLETE, COMMAND_SENT */
        HciStatus status;    /* COMPLETE */
        const uint8_t *data; /* COMPLETE: what follows the status; COMMAND_SENT, LE_META: all */
        size_t n;
} HciPacket;

/**
 * Reads one packet; `ret` borrows from it. Bytes after the packet's own length are left alone.
 * Returns 0, or -EBADMSG if it is cut short.
 */
int hci_packet_decode(const uint8_t *packet, size_t n, HciPacket *ret);

/** What a controller can do. */
typedef struct HciAbilities {
        bool legacy_scan, extended_scan;
        bool legacy_advertising, extended_advertising;
} HciAbilities;

/** Reads the answer to HCI_READ_SUPPORTED_COMMANDS. Returns 0, or -EBADMSG if it is cut short. */
int hci_abilities_decode(const uint8_t *data, size_t n, HciAbilities *ret);
