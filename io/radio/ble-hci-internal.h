/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The inside of the raw HCI radio, shared by ble-hci.c (its life, and what drives it),
 * ble-hci-condition.c (what adapters there are) and ble-hci-adapter.c (the talk with one).
 */

#include "base/macro.h"
#include "io/radio/ble.h"
#include "io/radio/hci-advertise.h"
#include "io/radio/hci-report.h"
#include "io/radio/hci-scan.h"
#include "io/radio/hci-system.h"

enum {
        BLE_HCI_ANSWER_USEC = 2 * 1000 * 1000, /* how long a command may take */
        BLE_HCI_POLL_USEC = 1000 * 1000,       /* while a radio is wanted and there is none */
        BLE_HCI_REOPEN_USEC = 1000 * 1000,
        BLE_HCI_PACKETS_MAX = 64, /* read at a time */
        BLE_HCI_NO_ADAPTER = -1,
};

/* Whose command is not answered yet. */
typedef enum HciAsker {
        HCI_ASKER_NOBODY,
        HCI_ASKER_ABILITIES,
        HCI_ASKER_SCAN,
        HCI_ASKER_ADVERTISE,
} HciAsker;

typedef struct Hci {
        Ble ble;        /* first */
        unsigned n_ref; /* the user's, and one while callbacks run */
        bool freed;     /* by the user */
        sd_event *event;
        BleEvents events;
        void *userdata;
        const HciSystem *system;
        int only_id; /* of the adapter to use, or BLE_HCI_NO_ADAPTER: any */

        int control_fd; /* -1: none yet */
        sd_event_source *control;
        sd_event_source *timer; /* always there */
        bool permitted;
        uint64_t incapable; /* adapters that turned out not to know LE, as bits */
        BleStatus status;   /* when last looked */
        BleStatus told;

        int adapter_id; /* BLE_HCI_NO_ADAPTER: not open */
        int adapter_fd;
        sd_event_source *adapter;
        bool changed;           /* something that hci_update() has to see */
        bool identified;        /* its abilities are known */
        uint64_t identify_usec; /* not before then */
        uint64_t reopen_usec;   /* likewise */
        HciAsker asker;
        HciOpcode awaited;
        uint64_t answer_usec; /* deadline */

        HciScan scan;
        HciAdvertise advertise;
        HciReports reports;
} Hci;

/** ble_hci.open() on another system than Linux: for tests. */
int ble_hci_open_on(const HciSystem *system, Ble **ret, sd_event *event, const char *where,
                    const BleEvents *events, void *userdata);

uint64_t hci_now(void);

/** Keeps the memory while callbacks of the user run, which may free the radio. */
static inline Hci *hci_ref(Hci *hci) {
        hci->n_ref++;
        return hci;
}

void hci_unref(Hci *hci);
DEFINE_CLEANUP(Hci *, hci_unref);

/**
 * After anything has changed: opens or closes the adapter, sends what is due, arms the timer. The
 * status is told from the timer, soon.
 */
void hci_update(Hci *hci);

/** Only the last of these. */
void hci_arm_timer(Hci *hci);

static inline bool hci_is_wanted(const Hci *hci) {
        return hci->scan.wanted || hci->advertise.wanted;
}

/** Opens the control socket, if it is not. Where there is none there may be one later. */
void hci_open_control(Hci *hci);

/** The radio's condition now; sets which adapter to use if it is BLE_ON. */
BleStatus hci_look(const Hci *hci, uint16_t *ret_id);

/** 0 or a negative errno. */
int hci_adapter_open(Hci *hci, uint16_t id);

/** At once, with nothing said to the controller. */
void hci_adapter_close(Hci *hci);

/** The same, after the controller has been told to stop; nobody waits for its answers. */
void hci_adapter_farewell(Hci *hci);

/** Sends what is due, and gives up answers that are overdue. */
void hci_adapter_pump(Hci *hci, uint64_t now_usec);

/** True if nothing is wanted of it any more, and nothing is on. */
bool hci_adapter_is_over(const Hci *hci);

/** When hci_adapter_pump() has something to do, or HCI_NEVER. */
uint64_t hci_adapter_due(const Hci *hci);
