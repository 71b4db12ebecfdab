/* SPDX-License-Identifier: MIT */

/*
 * One advert by a controller that others use too, with a made-up clock.
 */

#include <string.h>

#include "base/macro.h"
#include "io/radio/hci-advertise.h"
#include "unit.h"

#define SECOND 1000000ULL

#define SUCCESS   HCI_STATUS_SUCCESS
#define REFUSED   HCI_STATUS_DISALLOWED
#define UNKNOWN   HCI_STATUS_UNKNOWN_COMMAND
#define NO_ANSWER HCI_STATUS_NO_ANSWER
#define NO_SET    0x42 /* unknown advertising identifier */
#define FULL      0x07 /* memory capacity exceeded */

#define L_ADDRESS    HCI_LE_SET_RANDOM_ADDRESS
#define L_PARAMETERS HCI_LE_SET_ADVERTISING_PARAMETERS
#define L_DATA       HCI_LE_SET_ADVERTISING_DATA
#define L_ENABLE     HCI_LE_SET_ADVERTISING_ENABLE
#define X_ADDRESS    HCI_LE_SET_ADVERTISING_SET_RANDOM_ADDRESS
#define X_PARAMETERS HCI_LE_SET_EXTENDED_ADVERTISING_PARAMETERS
#define X_DATA       HCI_LE_SET_EXTENDED_ADVERTISING_DATA
#define X_ENABLE     HCI_LE_SET_EXTENDED_ADVERTISING_ENABLE
#define X_REMOVE     HCI_LE_REMOVE_ADVERTISING_SET

enum {
        SET = 0xa5,
};

static HciAdvertise advertise;
static uint64_t now;
static HciCommand last; /* that was sent */

static const HciAbilities legacy = { .legacy_advertising = true };
static const HciAbilities extended = { .extended_advertising = true };
static const HciAbilities both = { .legacy_advertising = true, .extended_advertising = true };
static const uint8_t address[HCI_ADDRESS_SIZE] = { 1, 2, 3, 4, 5, 6 };

static void setup(void) {
        advertise = (HciAdvertise){ .set = SET };
        now = 1000 * SECOND;
}

static void want(uint8_t first) {
        const uint8_t data[] = { first, 2, 3 };

        hci_advertise_want(&advertise, address, data, sizeof(data), now);
}

static void begin(const HciAbilities *abilities) {
        hci_advertise_attach(&advertise, abilities, now);
        want(1);
}

static void expect_silence(void) {
        HciCommand command;

        ck_assert_msg(!hci_advertise_next(&advertise, now, &command), "0x%04x", command.opcode);
}

static void expect_silence_for(uint64_t usec) {
        now += usec - 1;
        expect_silence();
        now++;
        ck_assert_uint_eq(hci_advertise_due(&advertise), now);
}

static void expect_never(void) {
        ck_assert_uint_eq(hci_advertise_due(&advertise), HCI_NEVER);
        now += 3600 * SECOND;
        expect_silence();
}

static void expect_sent(HciOpcode opcode) {
        ck_assert_msg(hci_advertise_next(&advertise, now, &last), "not 0x%04x", opcode);
        ck_assert_msg(last.opcode == opcode, "0x%04x, not 0x%04x", last.opcode, opcode);
        ck_assert_uint_eq(hci_advertise_due(&advertise), HCI_NEVER);
        ck_assert(!hci_advertise_is_over(&advertise));
        expect_silence();
}

static void expect(HciOpcode opcode, unsigned status) {
        expect_sent(opcode);
        hci_advertise_done(&advertise, status, now);
}

static void expect_on(HciOpcode opcode, unsigned status) {
        expect(opcode, status);
        ck_assert_uint_eq(last.data[4], 1);
}

static void expect_off(HciOpcode opcode, unsigned status) {
        expect(opcode, status);
        ck_assert_uint_eq(last.data[4], 0);
}

static void expect_legacy_start(void) {
        expect(L_ADDRESS, SUCCESS);
        expect(L_PARAMETERS, SUCCESS);
        expect(L_DATA, SUCCESS);
        expect_on(L_ENABLE, SUCCESS);
        ck_assert(advertise.on);
}

static void expect_extended_start(void) {
        expect(X_PARAMETERS, SUCCESS);
        expect(X_ADDRESS, SUCCESS);
        expect(X_DATA, SUCCESS);
        expect_on(X_ENABLE, SUCCESS);
        ck_assert(advertise.on && advertise.has_set);
}

static void expect_extended_end(void) {
        expect_off(X_ENABLE, SUCCESS);
        expect(X_REMOVE, SUCCESS);
        ck_assert(hci_advertise_is_over(&advertise));
        expect_never();
}

static void overhear(HciOpcode opcode, const char *hex) {
        _bytes_ bytes = bytes_from_hex(hex);
        const HciPacket command = {
                .kind = HCI_COMMAND_SENT,
                .opcode = (uint16_t)opcode,
                .data = bytes.data,
                .n = bytes.n,
        };

        hci_advertise_overhear(&advertise, &command, now);
}

/* ---- alone ----------------------------------------------------------------------------------- */

START_TEST(test_legacy) {
        begin(&legacy);
        expect(L_ADDRESS, SUCCESS);
        assert_bytes_eq(last.data + 4, last.n - 4, address, sizeof(address));
        expect(L_PARAMETERS, SUCCESS);
        expect(L_DATA, SUCCESS);
        ck_assert_uint_eq(last.data[4], 3);
        ck_assert_uint_eq(last.data[5], 1);
        expect_on(L_ENABLE, SUCCESS);
        expect_never();
        hci_advertise_unwant(&advertise, now);
        expect_off(L_ENABLE, SUCCESS);
        ck_assert(hci_advertise_is_over(&advertise));
        expect_never();
}
END_TEST

/* The extended form comes first: the kernel uses it where it can. */
START_TEST(test_extended) {
        static const uint8_t lease[] = { 1, 1, SET, 3000 & 0xff, 3000 >> 8, 0 };
        static const HciAbilities *const abilities[] = { &extended, &both };

        for (size_t i = 0; i < ELEMENTSOF(abilities); i++) {
                setup();
                begin(abilities[i]);
                expect_extended_start();
                assert_bytes_eq(last.data + 4, last.n - 4, lease, sizeof(lease));
                for (unsigned k = 0; k < 4; k++) {
                        expect_silence_for(HCI_SCAN_CHECK_USEC);
                        expect_on(X_ENABLE, SUCCESS);
                        assert_bytes_eq(last.data + 4, last.n - 4, lease, sizeof(lease));
                }
                hci_advertise_unwant(&advertise, now);
                expect_extended_end();
        }
}
END_TEST

START_TEST(test_change) {
        begin(&legacy);
        expect_legacy_start();
        want(2);
        expect_off(L_ENABLE, SUCCESS);
        expect(L_ADDRESS, SUCCESS);
        expect(L_PARAMETERS, SUCCESS);
        expect(L_DATA, SUCCESS);
        ck_assert_uint_eq(last.data[5], 2);
        expect_on(L_ENABLE, SUCCESS);
        expect_never();

        setup();
        begin(&extended);
        expect_extended_start();
        want(2);
        expect_off(X_ENABLE, SUCCESS);
        expect_extended_start(); /* with the set that it has */
        hci_advertise_unwant(&advertise, now);
        expect_extended_end();
}
END_TEST

/* Changed, or not wanted any more, while each of the commands is under way. */
START_TEST(test_change_under_way) {
        static const HciOpcode steps[] = { X_PARAMETERS, X_ADDRESS, X_DATA, X_ENABLE };

        for (unsigned n = 0; n < ELEMENTSOF(steps); n++)
                for (unsigned unwanted = 0; unwanted < 2; unwanted++) {
                        setup();
                        begin(&extended);
                        for (unsigned i = 0; i < n; i++)
                                expect(steps[i], SUCCESS);
                        expect_sent(steps[n]);
                        if (unwanted)
                                hci_advertise_unwant(&advertise, now);
                        else
                                want(2);
                        hci_advertise_done(&advertise, SUCCESS, now);
                        if (steps[n] == X_ENABLE)
                                expect_off(X_ENABLE, SUCCESS);
                        if (unwanted)
                                expect(X_REMOVE, SUCCESS);
                        else
                                expect_extended_start();
                        ck_assert(hci_advertise_is_over(&advertise) == unwanted);
                }

        /* Changed while it is switched off, for good or for another. */
        setup();
        begin(&extended);
        expect_extended_start();
        hci_advertise_unwant(&advertise, now);
        expect_sent(X_ENABLE);
        want(3);
        hci_advertise_done(&advertise, SUCCESS, now);
        expect_extended_start();
        hci_advertise_unwant(&advertise, now);
        expect_off(X_ENABLE, SUCCESS);
        expect_sent(X_REMOVE);
        want(4);
        hci_advertise_done(&advertise, SUCCESS, now);
        expect_extended_start();
}
END_TEST

START_TEST(test_wanted_and_not) {
        want(1);
        expect_never(); /* no controller */
        hci_advertise_attach(&advertise, &(HciAbilities){ .legacy_scan = true }, now);
        expect_never();
        hci_advertise_attach(&advertise, &legacy, now);
        hci_advertise_unwant(&advertise, now);
        hci_advertise_unwant(&advertise, now);
        expect_never();
        ck_assert(hci_advertise_is_over(&advertise));
}
END_TEST

/* ---- errors ---------------------------------------------------------------------------------- */

START_TEST(test_errors) {
        static const HciOpcode l_steps[] = { L_ADDRESS, L_PARAMETERS, L_DATA, L_ENABLE };
        static const HciOpcode x_steps[] = { X_PARAMETERS, X_ADDRESS, X_DATA };
        static const unsigned errors[] = { 0x03, FULL, 0x12, UNKNOWN };

        for (size_t e = 0; e < ELEMENTSOF(errors); e++) {
                for (size_t n = 0; n < ELEMENTSOF(l_steps); n++) {
                        setup();
                        begin(&legacy);
                        for (size_t i = 0; i < n; i++)
                                expect(l_steps[i], SUCCESS);
                        expect(l_steps[n], errors[e]);
                        expect_silence_for(HCI_SCAN_RETRY_USEC);
                        expect_legacy_start();
                }
                for (size_t n = 0; n < ELEMENTSOF(x_steps); n++) {
                        setup();
                        begin(&extended);
                        for (size_t i = 0; i < n; i++)
                                expect(x_steps[i], SUCCESS);
                        expect(x_steps[n], errors[e]);
                        expect_silence_for(HCI_SCAN_RETRY_USEC);
                        expect_extended_start();
                        hci_advertise_unwant(&advertise, now);
                        expect_extended_end();
                }
        }
}
END_TEST

START_TEST(test_no_answers) {
        begin(&legacy);
        expect(L_ADDRESS, NO_ANSWER);
        expect_silence_for(HCI_SCAN_RETRY_USEC);
        expect(L_ADDRESS, SUCCESS);
        expect(L_PARAMETERS, SUCCESS);
        expect(L_DATA, SUCCESS);
        expect_on(L_ENABLE, NO_ANSWER); /* on or not: off, and on again */
        expect_off(L_ENABLE, REFUSED);
        expect_legacy_start();
        expect_never();

        hci_advertise_unwant(&advertise, now);
        for (unsigned i = 1; i < HCI_SCAN_STOPS_MAX; i++) {
                expect_off(L_ENABLE, NO_ANSWER);
                expect_silence_for(HCI_SCAN_RETRY_USEC);
        }
        expect_off(L_ENABLE, NO_ANSWER);
        ck_assert(hci_advertise_is_over(&advertise)); /* given up */
        expect_never();
}
END_TEST

START_TEST(test_lease_ended) {
        begin(&extended);
        expect_extended_start();
        expect_silence_for(HCI_SCAN_CHECK_USEC);
        expect_on(X_ENABLE, NO_SET); /* such as btvirt, which forgets the set with it */
        expect_extended_start();
        expect_silence_for(HCI_SCAN_CHECK_USEC);
        expect_on(X_ENABLE, NO_ANSWER);
        expect_off(X_ENABLE, SUCCESS);
        expect_extended_start();
}
END_TEST

/* Such as btvirt. */
START_TEST(test_no_renewal) {
        static const uint8_t forever[] = { 1, 1, SET, 0, 0, 0 };

        begin(&extended);
        expect_extended_start();
        expect_silence_for(HCI_SCAN_CHECK_USEC);
        expect_on(X_ENABLE, REFUSED);
        expect_off(X_ENABLE, SUCCESS);
        expect_extended_start();
        assert_bytes_eq(last.data + 4, last.n - 4, forever, sizeof(forever));
        expect_never();
        hci_advertise_unwant(&advertise, now);
        expect_extended_end();
}
END_TEST

START_TEST(test_no_durations) {
        static const uint8_t forever[] = { 1, 1, SET, 0, 0, 0 };

        begin(&extended);
        expect(X_PARAMETERS, SUCCESS);
        expect(X_ADDRESS, SUCCESS);
        expect(X_DATA, SUCCESS);
        expect_on(X_ENABLE, 0x12);
        expect_on(X_ENABLE, SUCCESS);
        assert_bytes_eq(last.data + 4, last.n - 4, forever, sizeof(forever));
        expect_never(); /* nothing to renew */

        setup();
        begin(&extended);
        expect(X_PARAMETERS, SUCCESS);
        expect(X_ADDRESS, SUCCESS);
        expect(X_DATA, SUCCESS);
        expect_on(X_ENABLE, 0x12);
        expect_on(X_ENABLE, 0x12); /* something else was wrong */
        expect_silence_for(HCI_SCAN_RETRY_USEC);
        expect(X_PARAMETERS, SUCCESS);
}
END_TEST

/* ---- others ---------------------------------------------------------------------------------- */

START_TEST(test_other_form) {
        static const unsigned refusals[] = { REFUSED, UNKNOWN };

        for (size_t i = 0; i < ELEMENTSOF(refusals); i++) {
                setup();
                begin(&both);
                expect(X_PARAMETERS, refusals[i]);
                expect_legacy_start();
                expect_never();
                hci_advertise_unwant(&advertise, now);
                expect_off(L_ENABLE, SUCCESS);
                ck_assert(hci_advertise_is_over(&advertise));

                /* Next time, the preferred one first again. */
                setup();
                begin(&both);
                expect(X_PARAMETERS, refusals[i]);
                expect(L_ADDRESS, SUCCESS);
                expect(L_PARAMETERS, refusals[i]);
                expect_silence_for(HCI_SCAN_RETRY_USEC);
                expect_extended_start();
        }
}
END_TEST

/* While somebody scans the random address cannot be changed. */
START_TEST(test_address_is_in_use) {
        begin(&legacy);
        expect(L_ADDRESS, REFUSED);
        expect(L_PARAMETERS, SUCCESS);
        expect(L_DATA, SUCCESS);
        expect_on(L_ENABLE, SUCCESS);

        /* And if none was ever set: */
        setup();
        begin(&legacy);
        expect(L_ADDRESS, REFUSED);
        expect(L_PARAMETERS, SUCCESS);
        expect(L_DATA, SUCCESS);
        expect_on(L_ENABLE, 0x12);
        expect_silence_for(HCI_SCAN_RETRY_USEC);
        expect_legacy_start();
}
END_TEST

START_TEST(test_they_broadcast_already) {
        begin(&legacy);
        for (unsigned i = 0; i < 3; i++) {
                expect(L_ADDRESS, REFUSED);
                expect(L_PARAMETERS, REFUSED);
                expect_silence_for(HCI_SCAN_RETRY_USEC);
        }
        hci_advertise_unwant(&advertise, now);
        expect_never(); /* theirs is left alone */
}
END_TEST

START_TEST(test_they_switch_ours_off) {
        static const char *const all[] = { "0000", "0001a5000000", "000201000000a5000000" };

        begin(&legacy);
        expect_legacy_start();
        overhear(L_ENABLE, "00");
        expect_silence_for(HCI_SCAN_QUIET_USEC);
        expect_legacy_start();
        overhear(L_ENABLE, "00");
        hci_advertise_unwant(&advertise, now);
        expect_never();

        for (size_t i = 0; i < ELEMENTSOF(all); i++) {
                setup();
                begin(&extended);
                expect_extended_start();
                overhear(X_ENABLE, all[i]);
                expect_silence_for(HCI_SCAN_QUIET_USEC);
                expect_extended_start();
        }
        overhear(HCI_LE_CLEAR_ADVERTISING_SETS, "");
        ck_assert(!advertise.has_set);
        hci_advertise_unwant(&advertise, now);
        ck_assert(hci_advertise_is_over(&advertise));
}
END_TEST

START_TEST(test_other_commands_are_nothing) {
        static const char *const others[] = { "",   "00",     "0100",        "0001", "000101000000",
                                              "01", "0001a4", "0101a5000000" };

        begin(&extended);
        expect_extended_start();
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                overhear(X_ENABLE, others[i]);
        overhear(L_ENABLE, "00");
        overhear(HCI_LE_SET_SCAN_ENABLE, "00");
        expect_silence_for(HCI_SCAN_CHECK_USEC);
        ck_assert(advertise.on && advertise.has_set);

        setup();
        begin(&legacy);
        expect_legacy_start();
        overhear(L_ENABLE, "");
        overhear(L_ENABLE, "01");
        overhear(X_ENABLE, "0000");
        overhear(HCI_LE_CLEAR_ADVERTISING_SETS, "");
        ck_assert(advertise.on);
        hci_advertise_detach(&advertise);
        overhear(L_ENABLE, "00");
        expect_never();
}
END_TEST

/* ---- the end --------------------------------------------------------------------------------- */

static void expect_farewell(HciOpcode first, HciOpcode second) {
        const HciOpcode expected[] = { first, second };
        unsigned n = 0;

        for (size_t i = 0; i < ELEMENTSOF(expected); i++)
                if (expected[i]) {
                        ck_assert(hci_advertise_farewell(&advertise, n++, &last));
                        ck_assert_uint_eq(last.opcode, expected[i]);
                }
        ck_assert(!hci_advertise_farewell(&advertise, n, &last));
}

START_TEST(test_farewell) {
        expect_farewell(0, 0);
        begin(&legacy);
        expect_farewell(0, 0);
        expect_sent(L_ADDRESS);
        expect_farewell(0, 0);
        hci_advertise_done(&advertise, SUCCESS, now);
        expect(L_PARAMETERS, SUCCESS);
        expect(L_DATA, SUCCESS);
        expect_farewell(0, 0);
        expect_sent(L_ENABLE);
        expect_farewell(L_ENABLE, 0);
        ck_assert(hci_advertise_farewell(&advertise, 0, &last));
        ck_assert_uint_eq(last.data[4], 0);
        hci_advertise_done(&advertise, SUCCESS, now);
        expect_farewell(L_ENABLE, 0);
        hci_advertise_unwant(&advertise, now);
        expect_farewell(L_ENABLE, 0);
        expect_sent(L_ENABLE);
        expect_farewell(0, 0);

        setup();
        begin(&extended);
        expect_sent(X_PARAMETERS);
        expect_farewell(X_REMOVE, 0);
        hci_advertise_done(&advertise, SUCCESS, now);
        expect_farewell(X_REMOVE, 0);
        expect(X_ADDRESS, SUCCESS);
        expect(X_DATA, SUCCESS);
        expect_on(X_ENABLE, SUCCESS);
        expect_farewell(X_ENABLE, X_REMOVE);
        hci_advertise_unwant(&advertise, now);
        expect_sent(X_ENABLE);
        expect_farewell(X_REMOVE, 0);
}
END_TEST

START_TEST(test_the_controller_goes) {
        begin(&both);
        expect_extended_start();
        hci_advertise_detach(&advertise);
        expect_never();
        expect_farewell(0, 0);
        ck_assert(!hci_advertise_is_over(&advertise));
        hci_advertise_attach(&advertise, &legacy, now);
        expect_legacy_start();
        ck_assert_uint_eq(advertise.set, SET);

        hci_advertise_detach(&advertise);
        hci_advertise_unwant(&advertise, now);
        ck_assert(hci_advertise_is_over(&advertise));
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("hci-advertise", &tcase);

        tcase_add_checked_fixture(tcase, setup, NULL);
        tcase_add_test(tcase, test_legacy);
        tcase_add_test(tcase, test_extended);
        tcase_add_test(tcase, test_change);
        tcase_add_test(tcase, test_change_under_way);
        tcase_add_test(tcase, test_wanted_and_not);
        tcase_add_test(tcase, test_errors);
        tcase_add_test(tcase, test_no_answers);
        tcase_add_test(tcase, test_lease_ended);
        tcase_add_test(tcase, test_no_renewal);
        tcase_add_test(tcase, test_no_durations);
        tcase_add_test(tcase, test_other_form);
        tcase_add_test(tcase, test_address_is_in_use);
        tcase_add_test(tcase, test_they_broadcast_already);
        tcase_add_test(tcase, test_they_switch_ours_off);
        tcase_add_test(tcase, test_other_commands_are_nothing);
        tcase_add_test(tcase, test_farewell);
        tcase_add_test(tcase, test_the_controller_goes);
        return unit_run(suite);
}
