/* SPDX-License-Identifier: MIT */

/*
 * Advertising reports, legacy and extended, whole and in pieces.
 */

#include <string.h>

#include "base/bytes.h"
#include "exact.h"
#include "io/radio/hci-report.h"
#include "unit.h"

/* As a controller of bluez's test tools reported it, with service data of 20 bytes. */
#define DATA "1716f9ffa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3"
#define LEGACY_REPORT                                                                              \
        "0301665544332211"                                                                         \
        "18" DATA "c4"
#define EXTENDED_REPORT "1000016655443322110100ff7fc400000000000000000018" DATA

enum {
        MORE = 0x20,
        CUT_OFF = 0x40,
        RESERVED = 0x60,
        SCAN_RESPONSE = 0x08,
        EXTENDED_HEADER_SIZE = 24,
};

/* An event under construction, and the one reader of a test. */
typedef struct Rig {
        uint8_t event[4096];
        size_t n;
        Bytes bytes; /* the event that is read */
        HciReports reports;
} Rig;

static Rig rig;

static void setup(void) {
        memset(&rig, 0, sizeof(rig));
}

static void teardown(void) {
        bytes_done(&rig.bytes);
}

static void begin(uint8_t subevent, uint8_t n_reports) {
        rig.event[0] = subevent;
        rig.event[1] = n_reports;
        rig.n = 2;
}

static void add_legacy(uint8_t first, uint8_t n_data, int8_t rssi) {
        uint8_t *p = rig.event + rig.n;

        memset(p, 0, 9);
        p[0] = 0x03;
        p[8] = n_data;
        memset(p + 9, first, n_data);
        p[9 + n_data] = (uint8_t)rssi;
        rig.n += 10U + n_data;
}

static void add_extended(uint8_t kind, uint8_t address, uint8_t set, uint8_t first,
                         uint8_t n_data) {
        uint8_t *p = rig.event + rig.n;

        memset(p, 0, EXTENDED_HEADER_SIZE);
        p[0] = kind;
        p[3] = address;
        p[11] = set;
        p[13] = (uint8_t)-60;
        p[23] = n_data;
        memset(p + EXTENDED_HEADER_SIZE, first, n_data);
        rig.n += (size_t)EXTENDED_HEADER_SIZE + n_data;
}

static void read_event(void) {
        bytes_done(&rig.bytes);
        rig.bytes = exact(rig.event, rig.n);
        hci_reports_begin(&rig.reports, rig.bytes.data, rig.bytes.n);
}

static void read_hex(const char *hex) {
        _bytes_ bytes = bytes_from_hex(hex);

        memcpy(rig.event, bytes.data, bytes.n);
        rig.n = bytes.n;
        read_event();
}

/* The next one has n bytes, the first and last of which are these. */
static void expect(size_t n, uint8_t first, uint8_t last) {
        HciReport report;

        ck_assert(hci_reports_next(&rig.reports, &report));
        ck_assert_uint_eq(report.n, n);
        if (n > 0) {
                ck_assert_uint_eq(report.data[0], first);
                ck_assert_uint_eq(report.data[n - 1], last);
        }
}

static void expect_end(void) {
        HciReport report;

        ck_assert(!hci_reports_next(&rig.reports, &report));
        ck_assert(!hci_reports_next(&rig.reports, &report));
}

/* One piece in an event of its own. */
static void feed(uint8_t kind, uint8_t address, uint8_t set, uint8_t first, uint8_t n_data) {
        begin(HCI_LE_EXTENDED_ADVERTISING_REPORT, 1);
        add_extended(kind, address, set, first, n_data);
        read_event();
}

static void feed_quietly(uint8_t kind, uint8_t address, uint8_t set, uint8_t first,
                         uint8_t n_data) {
        feed(kind, address, set, first, n_data);
        expect_end();
}

/* ---- whole reports --------------------------------------------------------------------------- */

START_TEST(test_whole) {
        static const char *const events[] = { "0201" LEGACY_REPORT, "0d01" EXTENDED_REPORT };

        for (size_t i = 0; i < ELEMENTSOF(events); i++) {
                _bytes_ data = bytes_from_hex(DATA);
                HciReport report;

                read_hex(events[i]);
                ck_assert(hci_reports_next(&rig.reports, &report));
                ck_assert_int_eq(report.rssi, -60);
                assert_bytes_eq(report.data, report.n, data.data, data.n);
                expect_end();
        }
}
END_TEST

START_TEST(test_several_legacy) {
        HciReport report;

        begin(HCI_LE_ADVERTISING_REPORT, 4);
        add_legacy(1, 5, -30);
        add_legacy(2, 0, 127);
        add_legacy(3, 31, -127);
        add_legacy(4, 1, 20);
        read_event();
        ck_assert(hci_reports_next(&rig.reports, &report));
        ck_assert_int_eq(report.rssi, -30);
        ck_assert(hci_reports_next(&rig.reports, &report));
        ck_assert_int_eq(report.rssi, HCI_RSSI_UNKNOWN);
        ck_assert_uint_eq(report.n, 0);
        ck_assert(hci_reports_next(&rig.reports, &report));
        ck_assert_int_eq(report.rssi, -127);
        ck_assert_uint_eq(report.n, 31);
        ck_assert_uint_eq(report.data[30], 3);
        ck_assert(hci_reports_next(&rig.reports, &report));
        ck_assert_int_eq(report.rssi, 20);
        expect_end();
}
END_TEST

START_TEST(test_several_extended) {
        begin(HCI_LE_EXTENDED_ADVERTISING_REPORT, 3);
        add_extended(0x10, 1, 0xff, 1, 31);
        add_extended(0x00, 2, 0, 2, 229);
        add_extended(0x13, 3, 0xff, 3, 0);
        read_event();
        expect(31, 1, 1);
        expect(229, 2, 2);
        expect(0, 0, 0);
        expect_end();
}
END_TEST

/* ---- malformed ------------------------------------------------------------------------------- */

/* Reports before the one that is wrong count; those behind it cannot be found. */
static const struct {
        const char *what, *hex;
        unsigned n_good;
} malformed[] = {
        { "nothing", "", 0 },
        { "a subevent alone", "02", 0 },
        { "an extended one alone", "0d", 0 },
        { "no reports", "0200", 0 },
        { "no reports, but data", "0200" LEGACY_REPORT, 0 },
        { "no extended reports, but data", "0d00" EXTENDED_REPORT, 0 },
        { "one report, no data", "0201", 0 },
        { "255 reports, no data", "02ff", 0 },
        { "255 extended reports, no data", "0dff", 0 },
        { "two announced, one there", "0202" LEGACY_REPORT, 1 },
        { "255 announced, one there", "02ff" LEGACY_REPORT, 1 },
        { "two extended announced, one there", "0d02" EXTENDED_REPORT, 1 },
        { "one announced, two there", "0201" LEGACY_REPORT LEGACY_REPORT, 1 },
        { "header cut", "02010301665544332211", 0 },
        { "no RSSI", "0201030166554433221100", 0 },
        { "RSSI alone", "020103016655443322110000", 1 },
        { "length beyond the end", "020103016655443322110200c4", 0 },
        { "length over 31",
          "0201030166554433221120"
          "0000000000000000000000000000000000000000000000000000000000000000c4",
          0 },
        { "length 255", "02010301665544332211ffc4", 0 },
        { "a bad one behind a good one", "0202" LEGACY_REPORT "0301665544332211ffc4", 1 },
        { "extended header cut",
          "0d01"
          "1000016655443322110100ff7fc4000000000000000000",
          0 },
        { "extended length beyond the end",
          "0d01"
          "1000016655443322110100ff7fc400000000000000000002"
          "00",
          0 },
        { "extended length 255",
          "0d01"
          "1000016655443322110100ff7fc4000000000000000000ff",
          0 },
        { "a legacy report as an extended one", "0d01" LEGACY_REPORT, 0 },
        { "connection complete", "0100" LEGACY_REPORT, 0 },
        { "another subevent", "0b01" LEGACY_REPORT, 0 },
        { "the last subevent", "ff01" LEGACY_REPORT, 0 },
};

START_TEST(test_malformed) {
        for (size_t i = 0; i < ELEMENTSOF(malformed); i++) {
                HciReport report;
                unsigned n = 0;

                read_hex(malformed[i].hex);
                while (hci_reports_next(&rig.reports, &report))
                        n++;
                ck_assert_msg(n == malformed[i].n_good, "%s: %u", malformed[i].what, n);
                expect_end();
        }
}
END_TEST

START_TEST(test_every_cut) {
        static const char *const events[] = { "0202" LEGACY_REPORT LEGACY_REPORT,
                                              "0d02" EXTENDED_REPORT EXTENDED_REPORT };

        for (size_t i = 0; i < ELEMENTSOF(events); i++) {
                _bytes_ whole = bytes_from_hex(events[i]);
                size_t n_report = (whole.n - 2) / 2;

                for (size_t n = 0; n <= whole.n; n++) {
                        HciReport report;
                        unsigned n_good = 0;

                        memcpy(rig.event, whole.data, n);
                        rig.n = n;
                        read_event();
                        while (hci_reports_next(&rig.reports, &report))
                                n_good++;
                        ck_assert_uint_eq(n_good, n < 2 ? 0 : (n - 2) / n_report);
                }
        }
}
END_TEST

/* An event that is left in the middle has no effect on the next one. */
START_TEST(test_left_in_the_middle) {
        begin(HCI_LE_ADVERTISING_REPORT, 2);
        add_legacy(1, 1, 0);
        add_legacy(2, 2, 0);
        read_event();
        expect(1, 1, 1);
        read_hex("3e");
        expect_end();
        begin(HCI_LE_ADVERTISING_REPORT, 1);
        add_legacy(3, 3, 0);
        read_event();
        expect(3, 3, 3);
        expect_end();
}
END_TEST

/* ---- pieces ---------------------------------------------------------------------------------- */

START_TEST(test_pieces) {
        feed_quietly(MORE, 1, 0, 1, 200);
        feed_quietly(MORE, 1, 0, 2, 100);
        feed(0, 1, 0, 3, 50);
        expect(350, 1, 3);
        expect_end();

        /* Nothing is left of it. */
        feed(0, 1, 0, 4, 5);
        expect(5, 4, 4);
}
END_TEST

START_TEST(test_pieces_in_one_event) {
        begin(HCI_LE_EXTENDED_ADVERTISING_REPORT, 4);
        add_extended(MORE, 1, 0, 1, 10);
        add_extended(0, 2, 0, 2, 20);
        add_extended(0, 1, 0, 3, 30);
        add_extended(MORE, 1, 0, 4, 40);
        read_event();
        expect(20, 2, 2);
        expect(40, 1, 3);
        expect_end();
        feed(0, 1, 0, 5, 1);
        expect(41, 4, 5);
}
END_TEST

/* Whose pieces they are is said by address, set and kind together. */
START_TEST(test_pieces_of_several) {
        feed_quietly(MORE, 1, 0, 0x10, 10);
        feed_quietly(MORE, 2, 0, 0x20, 20);
        feed_quietly(MORE, 1, 1, 0x30, 30);
        feed_quietly(MORE | SCAN_RESPONSE, 1, 0, 0x40, 40);
        feed(0, 2, 0, 0x21, 1);
        expect(21, 0x20, 0x21);
        feed(SCAN_RESPONSE, 1, 0, 0x41, 1);
        expect(41, 0x40, 0x41);
        feed(0, 1, 0, 0x11, 1);
        expect(11, 0x10, 0x11);
        feed(0, 1, 1, 0x31, 1);
        expect(31, 0x30, 0x31);
}
END_TEST

START_TEST(test_empty_pieces) {
        feed_quietly(MORE, 1, 0, 0, 0);
        feed_quietly(MORE, 1, 0, 1, 1);
        feed_quietly(MORE, 1, 0, 0, 0);
        feed(0, 1, 0, 0, 0);
        expect(1, 1, 1);
        feed_quietly(MORE, 2, 0, 0, 0);
        feed(0, 2, 0, 0, 0);
        expect(0, 0, 0);
}
END_TEST

/* What the controller has cut off is handed out as far as it came: whole, or the pieces so far. */
START_TEST(test_cut_off) {
        feed(CUT_OFF, 1, 0, 1, 10);
        expect(10, 1, 1);
        feed_quietly(MORE, 1, 0, 2, 10);
        feed(CUT_OFF, 1, 0, 3, 0);
        expect(10, 2, 2);
        feed(0, 1, 0, 4, 4);
        expect(4, 4, 4);
}
END_TEST

START_TEST(test_reserved_data_status) {
        feed_quietly(RESERVED, 1, 0, 1, 10);
        feed_quietly(MORE, 1, 0, 2, 10);
        feed_quietly(RESERVED, 1, 0, 1, 10);
        feed(0, 1, 0, 3, 1);
        expect(11, 2, 3);

        begin(HCI_LE_EXTENDED_ADVERTISING_REPORT, 2);
        add_extended(RESERVED, 1, 0, 1, 10);
        add_extended(0, 2, 0, 2, 20);
        read_event();
        expect(20, 2, 2);
}
END_TEST

/* Too long: dropped until its end, whatever else comes; then the next one is heard. */
START_TEST(test_too_long) {
        feed_quietly(MORE, 1, 0, 1, 229);
        feed_quietly(MORE, 1, 0, 2, 229);
        feed_quietly(MORE, 1, 0, 3, 54);
        feed(0, 1, 0, 4, 0);
        expect(HCI_PIECED_SIZE_MAX, 1, 3);

        feed_quietly(MORE, 1, 0, 1, 229);
        feed_quietly(MORE, 1, 0, 2, 229);
        feed_quietly(MORE, 1, 0, 3, 55);
        feed_quietly(MORE, 1, 0, 4, 1);
        for (unsigned i = 0; i < 1000; i++)
                feed_quietly(MORE, 1, 0, 5, 229);
        feed_quietly(0, 1, 0, 6, 1);
        feed(0, 1, 0, 7, 7);
        expect(7, 7, 7);

        /* Too long with the last piece only. */
        feed_quietly(MORE, 1, 0, 1, 229);
        feed_quietly(MORE, 1, 0, 2, 229);
        feed_quietly(0, 1, 0, 3, 55);
        feed(0, 1, 0, 8, 8);
        expect(8, 8, 8);
}
END_TEST

/* Of too many at a time the oldest gives way: its end looks like a short advert. */
START_TEST(test_too_many) {
        for (unsigned i = 0; i < HCI_PIECES_MAX; i++)
                feed_quietly(MORE, (uint8_t)i, 0, (uint8_t)i, 10);
        feed_quietly(MORE, 0, 0, 0x80, 1); /* is there already */
        feed_quietly(MORE, 100, 0, 100, 10);
        feed(0, 0, 0, 0x81, 1);
        expect(1, 0x81, 0x81);
        for (unsigned i = 1; i < HCI_PIECES_MAX; i++) {
                feed(0, (uint8_t)i, 0, 0x90, 1);
                expect(11, (uint8_t)i, 0x90);
        }
        feed(0, 100, 0, 0x91, 1);
        expect(11, 100, 0x91);
}
END_TEST

START_TEST(test_flood_of_pieces) {
        for (unsigned i = 0; i < 100000; i++) {
                begin(HCI_LE_EXTENDED_ADVERTISING_REPORT, 1);
                add_extended(MORE, (uint8_t)i, (uint8_t)(i >> 8), (uint8_t)i, 229);
                read_event();
                expect_end();
        }
        feed(0x10, 7, 0xff, 1, 31);
        expect(31, 1, 1);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("hci-report", &tcase);

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, test_whole);
        tcase_add_test(tcase, test_several_legacy);
        tcase_add_test(tcase, test_several_extended);
        tcase_add_test(tcase, test_malformed);
        tcase_add_test(tcase, test_every_cut);
        tcase_add_test(tcase, test_left_in_the_middle);
        tcase_add_test(tcase, test_pieces);
        tcase_add_test(tcase, test_pieces_in_one_event);
        tcase_add_test(tcase, test_pieces_of_several);
        tcase_add_test(tcase, test_empty_pieces);
        tcase_add_test(tcase, test_cut_off);
        tcase_add_test(tcase, test_reserved_data_status);
        tcase_add_test(tcase, test_too_long);
        tcase_add_test(tcase, test_too_many);
        tcase_add_test(tcase, test_flood_of_pieces);
        return unit_run(suite);
}
