/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A Bluetooth controller, and the kernel before it, as far as a raw HCI radio sees them: on the
 * test's own loop, at the other end of socket pairs. There is one in each test.
 */

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "io/radio/hci-command.h"
#include "io/radio/hci-system.h"

enum {
        CONTROLLER_COMMANDS_MAX = 128,
};

typedef struct Controller {
        sd_event *event;

        /* The kernel. */
        int control_error; /* -errno for who opens the control socket */
        int list_error, adapter_error;
        bool permitted;
        int blocked_id; /* adapter that rfkill blocks; -1: all; -2: none */
        HciAdapter adapters[HCI_ADAPTERS_MAX];
        int n_adapters;
        int control_fd; /* our end; -1: nobody has opened it */

        /* The adapter that is open. */
        unsigned n_opened;
        uint16_t opened_id;
        int fd; /* our end; -1: none */
        sd_event_source *source;

        /* What it can do. */
        bool legacy, extended;

        /* What it does. */
        bool scanning, scans_actively, advertising;
        uint16_t scan_duration;
        uint8_t address[HCI_ADDRESS_SIZE];
        uint8_t advert[HCI_ADVERTISING_DATA_SIZE];
        size_t n_advert;
        bool has_set;

        /* What goes wrong. */
        bool silent;          /* gives no answers */
        uint16_t refused;     /* this command... */
        uint8_t refused_with; /* ...is answered with this status */

        unsigned n_commands; /* so far */
        HciOpcode commands[CONTROLLER_COMMANDS_MAX];
} Controller;

/** The one and only; what `controller_system` leads to. */
extern Controller controller;
extern const HciSystem controller_system;

/** One adapter, hci0, that is up and knows both forms; all permitted. */
void controller_init(sd_event *event);
void controller_done(void);

/** Adds hciN, or takes it out; or switches it on or off. The control socket tells. */
void controller_plug(uint16_t id, bool up);
void controller_unplug(uint16_t id);
void controller_switch(uint16_t id, bool up);

/** The control socket says something. */
void controller_tell(void);

/** What the adapter's socket gives. False if there is no room for it. */
bool controller_send(const uint8_t *packet, size_t n);
void controller_send_hex(const char *hex);

/** Reports an advert, in an extended or a legacy report. */
void controller_report(HciForm form, int8_t rssi, const uint8_t *data, size_t n);

/** Somebody else sends a command: it is carried out, and seen by us. */
void controller_others(HciCommand command);

/** How often a command has come. */
unsigned controller_count(HciOpcode opcode);
