/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Advertising reports: what a controller has heard. Its event brings one or several, in the legacy
 * or the extended form (Core Specification, Vol 4, Part E, sections 7.7.65.2 and 7.7.65.13). Bytes
 * in, reports out.
 *
 * Extended reports may bring an advert in pieces. They are put together by address and advertising
 * set, for HCI_PIECES_MAX adverts at a time, of HCI_PIECED_SIZE_MAX bytes each: enough for the
 * largest service data beside other structures. Who needs more is not one of ours: an advert that
 * grows too long is dropped as a whole, and one too many at a time pushes out the oldest. One that
 * the controller has cut off is handed out as far as it came.
 */

#include "io/radio/hci-packet.h"

enum {
        HCI_PIECES_MAX = 4,
        HCI_PIECED_SIZE_MAX = 512,
        HCI_RSSI_UNKNOWN = 127,
};

typedef struct HciReport {
        int8_t rssi;         /* dBm; HCI_RSSI_UNKNOWN */
        const uint8_t *data; /* AD structures; borrowed until the next call */
        size_t n;
} HciReport;

/* Whose advert a piece belongs to. */
typedef struct HciAdvertiser {
        uint8_t kind; /* advert or scan response, and its properties */
        uint8_t address_type;
        uint8_t address[HCI_ADDRESS_SIZE];
        uint8_t set;
} HciAdvertiser;

typedef struct HciPieces {
        bool used;
        bool too_long;
        uint64_t age; /* the smaller, the older */
        HciAdvertiser advertiser;
        uint8_t data[HCI_PIECED_SIZE_MAX];
        size_t n;
} HciPieces;

/** Reads reports, event after event. Zeroed in the beginning, and when another radio is listened to. */
typedef struct HciReports {
        const uint8_t *data; /* of the event: what is left; borrowed */
        size_t n;
        unsigned n_reports; /* still to come in it */
        bool extended;

        HciPieces pieces[HCI_PIECES_MAX];
        uint64_t n_pieces; /* begun so far */
} HciReports;

/**
 * The data of an LE meta event, from its subevent on. Without effect if it is no report. Borrows
 * until the last report has been taken.
 */
void hci_reports_begin(HciReports *reports, const uint8_t *data, size_t n);

/**
 * The next report that is complete. False at the end of the event, or at a report that is cut
 * short: what follows it cannot be told.
 */
bool hci_reports_next(HciReports *reports, HciReport *ret);
