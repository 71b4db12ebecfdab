/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "base/bytes.h"
#include "io/radio/hci-report.h"

enum {
        /* Event type, address type, address, data length; after the data, the RSSI. */
        LEGACY_HEADER_SIZE = 9,
        LEGACY_LENGTH_OFFSET = 8,
        LEGACY_DATA_SIZE_MAX = 31,

        EXTENDED_HEADER_SIZE = 24,
        EXTENDED_ADDRESS_TYPE_OFFSET = 2,
        EXTENDED_ADDRESS_OFFSET = 3,
        EXTENDED_SET_OFFSET = 11,
        EXTENDED_RSSI_OFFSET = 13,
        EXTENDED_LENGTH_OFFSET = 23,

        /* Event type of extended reports. */
        KIND = 0x1f,
        DATA_STATUS = 0x60,
        DATA_COMPLETE = 0x00,
        DATA_MORE_TO_COME = 0x20,
        DATA_CUT_OFF = 0x40,
};

void hci_reports_begin(HciReports *reports, const uint8_t *data, size_t n) {
        reports->n_reports = 0;
        if (n < 2 ||
            (data[0] != HCI_LE_ADVERTISING_REPORT && data[0] != HCI_LE_EXTENDED_ADVERTISING_REPORT))
                return;

        reports->extended = data[0] == HCI_LE_EXTENDED_ADVERTISING_REPORT;
        reports->n_reports = data[1];
        reports->data = data + 2;
        reports->n = n - 2;
}

static void take(HciReports *reports, size_t n) {
        reports->data += n;
        reports->n -= n;
}

static bool next_legacy(HciReports *reports, HciReport *ret) {
        const uint8_t *report = reports->data;
        size_t length;

        if (reports->n < LEGACY_HEADER_SIZE + 1)
                return false;
        length = report[LEGACY_LENGTH_OFFSET];
        if (length > LEGACY_DATA_SIZE_MAX || reports->n - LEGACY_HEADER_SIZE - 1 < length)
                return false;

        *ret = (HciReport){
                .rssi = (int8_t)report[LEGACY_HEADER_SIZE + length],
                .data = report + LEGACY_HEADER_SIZE,
                .n = length,
        };
        take(reports, LEGACY_HEADER_SIZE + length + 1);
        return true;
}

/* ---- pieces --------------------------------------------------------------------------------- */

static bool is_same(const HciAdvertiser *a, const HciAdvertiser *b) {
        return a->kind == b->kind && a->address_type == b->address_type && a->set == b->set &&
               memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

static HciPieces *find_pieces(HciReports *reports, const HciAdvertiser *advertiser) {
        for (size_t i = 0; i < HCI_PIECES_MAX; i++)
                if (reports->pieces[i].used && is_same(&reports->pieces[i].advertiser, advertiser))
                        return &reports->pieces[i];
        return NULL;
}

/* A free place, or that of the oldest. */
static HciPieces *new_pieces(HciReports *reports, const HciAdvertiser *advertiser) {
        HciPieces *found = &reports->pieces[0];

        for (size_t i = 1; i < HCI_PIECES_MAX && found->used; i++)
                if (!reports->pieces[i].used || reports->pieces[i].age < found->age)
                        found = &reports->pieces[i];

        found->used = true;
        found->too_long = false;
        found->age = reports->n_pieces++;
        found->advertiser = *advertiser;
        found->n = 0;
        return found;
}

static void append(HciPieces *pieces, const HciReport *report) {
        if (pieces->too_long || report->n > sizeof(pieces->data) - pieces->n) {
                pieces->too_long = true;
                return;
        }
        if (report->n > 0)
                memcpy(pieces->data + pieces->n, report->data, report->n);
        pieces->n += report->n;
}

/* True if the report is complete; of an advert in pieces, with all of them. */
static bool complete(HciReports *reports, const HciAdvertiser *advertiser, uint8_t data_status,
                     HciReport *report) {
        HciPieces *pieces = find_pieces(reports, advertiser);

        if (!pieces) {
                if (data_status != DATA_MORE_TO_COME)
                        return true;
                pieces = new_pieces(reports, advertiser);
        }
        append(pieces, report);
        if (data_status == DATA_MORE_TO_COME)
                return false;

        pieces->used = false;
        report->data = pieces->data;
        report->n = pieces->n;
        return !pieces->too_long;
}

/* ---- extended reports ----------------------------------------------------------------------- */

/* False if it is cut short. */
static bool next_extended(HciReports *reports, HciReport *ret, bool *ret_complete) {
        const uint8_t *report = reports->data;
        HciAdvertiser advertiser;
        uint8_t data_status;

        if (reports->n < EXTENDED_HEADER_SIZE ||
            reports->n - EXTENDED_HEADER_SIZE < report[EXTENDED_LENGTH_OFFSET])
                return false;

        advertiser = (HciAdvertiser){
                .kind = report[0] & KIND,
                .address_type = report[EXTENDED_ADDRESS_TYPE_OFFSET],
                .set = report[EXTENDED_SET_OFFSET],
        };
        memcpy(advertiser.address, report + EXTENDED_ADDRESS_OFFSET, HCI_ADDRESS_SIZE);
        *ret = (HciReport){
                .rssi = (int8_t)report[EXTENDED_RSSI_OFFSET],
                .data = report + EXTENDED_HEADER_SIZE,
                .n = report[EXTENDED_LENGTH_OFFSET],
        };
        take(reports, EXTENDED_HEADER_SIZE + ret->n);

        data_status = report[0] & DATA_STATUS;
        *ret_complete = (data_status == DATA_COMPLETE || data_status == DATA_MORE_TO_COME ||
                         data_status == DATA_CUT_OFF) &&
                        complete(reports, &advertiser, data_status, ret);
        return true;
}

bool hci_reports_next(HciReports *reports, HciReport *ret) {
        while (reports->n_reports > 0) {
                bool is_complete = true, is_whole;

                reports->n_reports--;
                is_whole = reports->extended ? next_extended(reports, ret, &is_complete)
                                             : next_legacy(reports, ret);
                if (!is_whole)
                        reports->n_reports = 0;
                else if (is_complete)
                        return true;
        }
        return false;
}
