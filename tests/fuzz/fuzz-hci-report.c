/* SPDX-License-Identifier: MIT */

/* Input: packets of an HCI socket, one after the other. */

#include "fuzz.h"
#include "io/radio/ad-structure.h"
#include "io/radio/hci-report.h"

/* Read, so that a sanitizer sees where it lies. */
static void check_report(const HciReport *report) {
        AdReader reader = { .data = report->data, .n = report->n };
        BleAdvert advert;
        volatile uint8_t sum = 0;

        check(report->n <= HCI_PIECED_SIZE_MAX);
        for (size_t i = 0; i < report->n; i++)
                sum = (uint8_t)(sum + report->data[i]);
        while (ad_reader_next_fido(&reader, &advert))
                check(advert.n_service_data <= BLE_SERVICE_DATA_SIZE_MAX);
}

static void take_packet(HciReports *reports, const uint8_t *data, size_t n) {
        HciAbilities abilities;
        HciPacket packet;
        HciReport report;
        unsigned n_reports = 0;

        if (hci_packet_decode(data, n, &packet) < 0) {
                check(packet.kind == HCI_OTHER);
                return;
        }
        check(packet.n <= n);
        if (packet.kind == HCI_COMPLETE)
                (void)hci_abilities_decode(packet.data, packet.n, &abilities);
        if (packet.kind != HCI_LE_META)
                return;

        hci_reports_begin(reports, packet.data, packet.n);
        while (hci_reports_next(reports, &report)) {
                check_report(&report);
                check(++n_reports <= UINT8_MAX);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        FuzzInput input = { .data = data, .n = n };
        HciReports reports = {};

        while (input.n > 0) {
                size_t n_packet;
                const uint8_t *packet = fuzz_bytes(&input, HCI_PACKET_SIZE_MAX, &n_packet);
                uint8_t *copy = malloc(n_packet > 0 ? n_packet : 1); /* which ends where it ends */

                check(copy);
                if (n_packet > 0)
                        memcpy(copy, packet, n_packet);
                take_packet(&reports, copy, n_packet);
                free(copy);
        }
        return 0;
}
