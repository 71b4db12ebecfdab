/* SPDX-License-Identifier: MIT */

/*
 * The scan of a controller that others use too, with a made-up clock.
 */

#include <string.h>

#include "base/macro.h"
#include "io/radio/hci-scan.h"
#include "unit.h"

#define SECOND 1000000ULL

#define SUCCESS   HCI_STATUS_SUCCESS
#define REFUSED   HCI_STATUS_DISALLOWED
#define UNKNOWN   HCI_STATUS_UNKNOWN_COMMAND
#define NO_ANSWER HCI_STATUS_NO_ANSWER
#define INVALID   0x12

#define LEGACY_SET      HCI_LE_SET_SCAN_PARAMETERS
#define LEGACY_ENABLE   HCI_LE_SET_SCAN_ENABLE
#define EXTENDED_SET    HCI_LE_SET_EXTENDED_SCAN_PARAMETERS
#define EXTENDED_ENABLE HCI_LE_SET_EXTENDED_SCAN_ENABLE

static HciScan scan;
static uint64_t now;
static HciCommand last; /* that was sent */

static const HciAbilities legacy = { .legacy_scan = true };
static const HciAbilities both = { .legacy_scan = true, .extended_scan = true };

static void setup(void) {
        scan = (HciScan){};
        now = 1000 * SECOND;
}

static void begin(const HciAbilities *abilities) {
        hci_scan_attach(&scan, abilities, now);
        hci_scan_want(&scan, true, now);
}

static void expect_silence(void) {
        HciCommand command;

        ck_assert_msg(!hci_scan_next(&scan, now, &command), "0x%04x", command.opcode);
}

/* Nothing before then, something at that time. */
static void expect_silence_for(uint64_t usec) {
        now += usec - 1;
        expect_silence();
        now++;
        ck_assert_uint_eq(hci_scan_due(&scan), now);
}

static bool enables(const HciCommand *command) {
        return command->data[4] != 0;
}

static void expect_sent(HciOpcode opcode) {
        ck_assert(hci_scan_due(&scan) <= now);
        ck_assert(hci_scan_next(&scan, now, &last));
        ck_assert_msg(last.opcode == opcode, "0x%04x", last.opcode);
        ck_assert_uint_eq(hci_scan_due(&scan), HCI_NEVER);
        expect_silence(); /* one at a time */
}

/* A command is sent, and answered. */
static void expect(HciOpcode opcode, unsigned status) {
        expect_sent(opcode);
        hci_scan_done(&scan, status, now);
}

static void expect_on(HciOpcode opcode, unsigned status) {
        expect(opcode, status);
        ck_assert(enables(&last));
}

static void expect_off(HciOpcode opcode, unsigned status) {
        expect(opcode, status);
        ck_assert(!enables(&last));
        ck_assert(hci_scan_is_over(&scan) == (status != NO_ANSWER));
}

static void overhear(HciOpcode opcode, uint8_t first) {
        const HciPacket command = {
                .kind = HCI_COMMAND_SENT,
                .opcode = (uint16_t)opcode,
                .data = &first,
                .n = 1,
        };

        hci_scan_overhear(&scan, &command, now);
}

static void start_ours(const HciAbilities *abilities) {
        bool is_extended = abilities->extended_scan;

        begin(abilities);
        expect(is_extended ? EXTENDED_SET : LEGACY_SET, SUCCESS);
        expect_on(is_extended ? EXTENDED_ENABLE : LEGACY_ENABLE, SUCCESS);
        ck_assert_int_eq(scan.owner, HCI_SCAN_OURS);
}

/* ---- alone ----------------------------------------------------------------------------------- */

START_TEST(test_legacy) {
        start_ours(&legacy);
        expect_silence_for(HCI_SCAN_CHECK_USEC);
        expect(LEGACY_SET, REFUSED); /* so it is still on */
        expect_silence_for(HCI_SCAN_CHECK_USEC);
        hci_scan_want(&scan, false, now);
        expect_off(LEGACY_ENABLE, SUCCESS);
        expect_silence();
        ck_assert_uint_eq(hci_scan_due(&scan), HCI_NEVER);
}
END_TEST

START_TEST(test_extended) {
        static const uint8_t lease[] = { 1, 0, 3000 & 0xff, 3000 >> 8, 0, 0 };

        start_ours(&both);
        assert_bytes_eq(last.data + 4, last.n - 4, lease, sizeof(lease));
        for (unsigned i = 0; i < 5; i++) {
                expect_silence_for(HCI_SCAN_CHECK_USEC);
                expect(EXTENDED_SET, REFUSED); /* so it is still on */
                expect_on(EXTENDED_ENABLE, SUCCESS);
                assert_bytes_eq(last.data + 4, last.n - 4, lease, sizeof(lease));
                ck_assert_int_eq(scan.owner, HCI_SCAN_OURS);
        }
        hci_scan_want(&scan, false, now);
        expect_off(EXTENDED_ENABLE, SUCCESS);
        ck_assert_uint_lt(HCI_SCAN_CHECK_USEC, HCI_SCAN_LEASE_SEC * SECOND / 2);
}
END_TEST

/* Such as btvirt. */
START_TEST(test_no_renewal) {
        static const uint8_t forever[] = { 1, 0, 0, 0, 0, 0 };

        start_ours(&both);
        expect_silence_for(HCI_SCAN_CHECK_USEC);
        expect(EXTENDED_SET, REFUSED);
        expect_on(EXTENDED_ENABLE, REFUSED);
        expect(EXTENDED_ENABLE, SUCCESS);
        ck_assert(!enables(&last));
        expect(EXTENDED_SET, SUCCESS);
        expect_on(EXTENDED_ENABLE, SUCCESS);
        assert_bytes_eq(last.data + 4, last.n - 4, forever, sizeof(forever));
        expect_silence_for(HCI_SCAN_CHECK_USEC);
        expect(EXTENDED_SET, REFUSED);
        expect_silence_for(HCI_SCAN_CHECK_USEC);

        /* Not wanted any more, or theirs, before it was begun anew. */
        for (unsigned theirs = 0; theirs < 2; theirs++) {
                setup();
                start_ours(&both);
                now += HCI_SCAN_CHECK_USEC;
                expect(EXTENDED_SET, REFUSED);
                expect_on(EXTENDED_ENABLE, REFUSED);
                if (theirs) {
                        overhear(EXTENDED_ENABLE, 1);
                        expect_silence_for(HCI_SCAN_SHARE_USEC);
                } else {
                        hci_scan_want(&scan, false, now);
                        expect_off(EXTENDED_ENABLE, SUCCESS);
                }
        }
}
END_TEST

START_TEST(test_passive_or_active) {
        scan.active = true;
        begin(&both);
        expect_sent(EXTENDED_SET);
        ck_assert_uint_eq(last.data[7], 1);
        hci_scan_detach(&scan);
        ck_assert(scan.active);
        begin(&legacy);
        expect_sent(LEGACY_SET);
        ck_assert_uint_eq(last.data[4], 1);
        setup();
        begin(&legacy);
        expect_sent(LEGACY_SET);
        ck_assert_uint_eq(last.data[4], 0);
}
END_TEST

/* Ours has ended without a word. */
START_TEST(test_found_off) {
        static const HciAbilities *const abilities[] = { &legacy, &both };

        for (size_t i = 0; i < ELEMENTSOF(abilities); i++) {
                bool is_extended = abilities[i]->extended_scan;

                setup();
                start_ours(abilities[i]);
                expect_silence_for(HCI_SCAN_CHECK_USEC);
                expect(is_extended ? EXTENDED_SET : LEGACY_SET, SUCCESS);
                ck_assert_int_eq(scan.owner, HCI_SCAN_NOBODY);
                expect_on(is_extended ? EXTENDED_ENABLE : LEGACY_ENABLE, SUCCESS);
                ck_assert_int_eq(scan.owner, HCI_SCAN_OURS);
        }
}
END_TEST

START_TEST(test_wanted_and_not) {
        hci_scan_want(&scan, true, now);
        hci_scan_want(&scan, false, now);
        expect_silence();
        ck_assert(hci_scan_is_over(&scan));
        hci_scan_want(&scan, true, now);
        expect_silence(); /* no controller */
        ck_assert_uint_eq(hci_scan_due(&scan), HCI_NEVER);
        hci_scan_attach(&scan, &(HciAbilities){ .legacy_advertising = true }, now);
        expect_silence();
        ck_assert_uint_eq(hci_scan_due(&scan), HCI_NEVER);

        start_ours(&legacy);
        hci_scan_want(&scan, true, now);
        expect_silence(); /* as before */
        hci_scan_want(&scan, false, now);
        hci_scan_want(&scan, true, now);
        expect(LEGACY_SET, REFUSED);
        ck_assert_int_eq(scan.owner, HCI_SCAN_OURS);
}
END_TEST

/* Not wanted any more while each of the commands is under way. */
START_TEST(test_stopped_under_way) {
        begin(&both);
        expect_sent(EXTENDED_SET);
        hci_scan_want(&scan, false, now);
        ck_assert(!hci_scan_is_over(&scan));
        hci_scan_done(&scan, SUCCESS, now);
        ck_assert(hci_scan_is_over(&scan));
        expect_silence();

        hci_scan_want(&scan, true, now);
        expect(EXTENDED_SET, SUCCESS);
        expect_sent(EXTENDED_ENABLE);
        hci_scan_want(&scan, false, now);
        ck_assert(!hci_scan_is_over(&scan));
        hci_scan_done(&scan, SUCCESS, now);
        expect_off(EXTENDED_ENABLE, SUCCESS);
        expect_silence();

        /* Between two commands. */
        hci_scan_want(&scan, true, now);
        expect(EXTENDED_SET, SUCCESS);
        hci_scan_want(&scan, false, now);
        ck_assert(hci_scan_is_over(&scan));
        expect_silence();

        /* While it is looked after. */
        setup();
        start_ours(&both);
        expect_silence_for(HCI_SCAN_CHECK_USEC);
        expect_sent(EXTENDED_SET);
        hci_scan_want(&scan, false, now);
        hci_scan_done(&scan, REFUSED, now);
        expect_off(EXTENDED_ENABLE, SUCCESS);

        /* Wanted again, while it is switched off. */
        setup();
        start_ours(&both);
        hci_scan_want(&scan, false, now);
        expect_sent(EXTENDED_ENABLE);
        hci_scan_want(&scan, true, now);
        hci_scan_done(&scan, SUCCESS, now);
        expect(EXTENDED_SET, SUCCESS);
        expect_on(EXTENDED_ENABLE, SUCCESS);
}
END_TEST

/* ---- errors ---------------------------------------------------------------------------------- */

START_TEST(test_errors) {
        static const unsigned errors[] = { 0x03, INVALID, 0x1f, 0xff, NO_ANSWER };

        for (size_t i = 0; i < ELEMENTSOF(errors); i++) {
                setup();
                begin(&legacy);
                expect(LEGACY_SET, errors[i]);
                ck_assert_int_eq(scan.owner, HCI_SCAN_NOBODY);
                expect_silence_for(HCI_SCAN_RETRY_USEC);
                expect(LEGACY_SET, SUCCESS);
                expect(LEGACY_ENABLE, errors[i]);
                expect_silence_for(HCI_SCAN_RETRY_USEC);
                expect(LEGACY_SET, SUCCESS);
                expect(LEGACY_ENABLE, SUCCESS);
                ck_assert_int_eq(scan.owner, HCI_SCAN_OURS);
        }
}
END_TEST

/* Nobody knows whether it is on, so it is switched off in the end. */
START_TEST(test_start_without_an_answer) {
        begin(&both);
        expect(EXTENDED_SET, SUCCESS);
        expect_on(EXTENDED_ENABLE, NO_ANSWER);
        ck_assert_int_eq(scan.owner, HCI_SCAN_OURS);
        hci_scan_want(&scan, false, now);
        expect_off(EXTENDED_ENABLE, REFUSED); /* it was not */
        expect_silence();

        hci_scan_want(&scan, true, now);
        expect(EXTENDED_SET, SUCCESS);
        expect_on(EXTENDED_ENABLE, NO_ANSWER);
        expect_silence_for(HCI_SCAN_RETRY_USEC);
        expect(EXTENDED_SET, REFUSED); /* it was */
        expect_on(EXTENDED_ENABLE, SUCCESS);
}
END_TEST

START_TEST(test_stop_without_an_answer) {
        start_ours(&legacy);
        hci_scan_want(&scan, false, now);
        for (unsigned i = 1; i < HCI_SCAN_STOPS_MAX; i++) {
                expect_off(LEGACY_ENABLE, NO_ANSWER);
                expect_silence_for(HCI_SCAN_RETRY_USEC);
        }
        expect(LEGACY_ENABLE, NO_ANSWER); /* given up */
        ck_assert(hci_scan_is_over(&scan));
        expect_silence();

        /* Wanted again before it was given up. */
        setup();
        start_ours(&legacy);
        hci_scan_want(&scan, false, now);
        expect_off(LEGACY_ENABLE, NO_ANSWER);
        hci_scan_want(&scan, true, now);
        expect(LEGACY_SET, REFUSED);
        ck_assert_int_eq(scan.owner, HCI_SCAN_OURS);
}
END_TEST

START_TEST(test_no_durations) {
        static const uint8_t forever[] = { 1, 0, 0, 0, 0, 0 };

        begin(&both);
        expect(EXTENDED_SET, SUCCESS);
        expect_on(EXTENDED_ENABLE, INVALID);
        expect_on(EXTENDED_ENABLE, SUCCESS);
        assert_bytes_eq(last.data + 4, last.n - 4, forever, sizeof(forever));
        ck_assert_int_eq(scan.owner, HCI_SCAN_OURS);
        expect_silence_for(HCI_SCAN_CHECK_USEC);
        expect(EXTENDED_SET, REFUSED); /* there is nothing to renew */
        expect_silence_for(HCI_SCAN_CHECK_USEC);

        /* And if it was not the duration: */
        setup();
        begin(&both);
        expect(EXTENDED_SET, SUCCESS);
        expect_on(EXTENDED_ENABLE, INVALID);
        expect_on(EXTENDED_ENABLE, INVALID);
        expect_silence_for(HCI_SCAN_RETRY_USEC);
        expect(EXTENDED_SET, SUCCESS);
}
END_TEST

/* The kernel uses the legacy form, for a controller that says it knows both. */
START_TEST(test_extended_is_refused) {
        static const unsigned refusals[] = { REFUSED, UNKNOWN };

        for (size_t i = 0; i < ELEMENTSOF(refusals); i++) {
                setup();
                begin(&both);
                expect(EXTENDED_SET, refusals[i]);
                expect(LEGACY_SET, SUCCESS);
                expect_on(LEGACY_ENABLE, SUCCESS);
                ck_assert_int_eq(scan.owner, HCI_SCAN_OURS);
                expect_silence_for(HCI_SCAN_CHECK_USEC);
                expect(LEGACY_SET, REFUSED);
                hci_scan_want(&scan, false, now);
                expect_off(LEGACY_ENABLE, SUCCESS);
        }

        setup();
        begin(&both);
        expect(EXTENDED_SET, UNKNOWN);
        expect(LEGACY_SET, UNKNOWN);
        expect_silence_for(HCI_SCAN_RETRY_USEC);
        expect(EXTENDED_SET, UNKNOWN);
}
END_TEST

/* ---- others ---------------------------------------------------------------------------------- */

START_TEST(test_theirs_is_shared) {
        begin(&both);
        expect(EXTENDED_SET, REFUSED);
        expect(LEGACY_SET, REFUSED);
        ck_assert_int_eq(scan.owner, HCI_SCAN_THEIRS);
        for (unsigned i = 0; i < 3; i++) {
                expect_silence_for(HCI_SCAN_SHARE_USEC);
                expect(EXTENDED_SET, REFUSED);
                expect(LEGACY_SET, REFUSED);
        }

        /* It has ended. */
        expect_silence_for(HCI_SCAN_SHARE_USEC);
        expect(EXTENDED_SET, SUCCESS);
        expect_on(EXTENDED_ENABLE, SUCCESS);
        ck_assert_int_eq(scan.owner, HCI_SCAN_OURS);
}
END_TEST

START_TEST(test_theirs_is_left_on) {
        begin(&legacy);
        expect(LEGACY_SET, REFUSED);
        hci_scan_want(&scan, false, now);
        expect_silence();
        ck_assert(hci_scan_is_over(&scan));
        ck_assert(!hci_scan_farewell(&scan, &last));

        /* They were quicker. */
        hci_scan_want(&scan, true, now);
        expect(LEGACY_SET, SUCCESS);
        expect_on(LEGACY_ENABLE, REFUSED);
        ck_assert_int_eq(scan.owner, HCI_SCAN_THEIRS);
        hci_scan_want(&scan, false, now);
        expect_silence();
}
END_TEST

/* bluetoothd begins and ends a discovery, while ours is on. */
START_TEST(test_they_take_over) {
        start_ours(&both);
        overhear(EXTENDED_ENABLE, 0);
        overhear(EXTENDED_SET, 0);
        overhear(EXTENDED_ENABLE, 1);
        ck_assert_int_eq(scan.owner, HCI_SCAN_THEIRS);
        expect_silence_for(HCI_SCAN_SHARE_USEC);
        expect(EXTENDED_SET, REFUSED);
        expect(LEGACY_SET, REFUSED);

        overhear(EXTENDED_ENABLE, 0);
        ck_assert_int_eq(scan.owner, HCI_SCAN_NOBODY);
        expect_silence_for(HCI_SCAN_QUIET_USEC);
        expect(EXTENDED_SET, SUCCESS);
        expect_on(EXTENDED_ENABLE, SUCCESS);
        ck_assert_int_eq(scan.owner, HCI_SCAN_OURS);
}
END_TEST

START_TEST(test_they_switch_ours_off) {
        start_ours(&legacy);
        overhear(LEGACY_ENABLE, 0);
        ck_assert_int_eq(scan.owner, HCI_SCAN_NOBODY);
        hci_scan_want(&scan, false, now);
        expect_silence();
        ck_assert(!hci_scan_farewell(&scan, &last));
}
END_TEST

/* They have time to set theirs up, step by step. */
START_TEST(test_quiet_while_they_begin) {
        start_ours(&legacy);
        overhear(LEGACY_ENABLE, 0);
        now += HCI_SCAN_QUIET_USEC / 2;
        overhear(LEGACY_SET, 0);
        expect_silence_for(HCI_SCAN_QUIET_USEC);
        expect(LEGACY_SET, SUCCESS);
        overhear(LEGACY_SET, 0); /* before ours was switched on */
        expect_silence_for(HCI_SCAN_QUIET_USEC);
        expect(LEGACY_SET, REFUSED);
        ck_assert_int_eq(scan.owner, HCI_SCAN_THEIRS);
}
END_TEST

/* Their commands come while ours are under way. */
START_TEST(test_crossing) {
        /* Off, while ours looks: they are about to begin anew. */
        begin(&legacy);
        expect_sent(LEGACY_SET);
        overhear(LEGACY_ENABLE, 0);
        hci_scan_done(&scan, SUCCESS, now);
        expect_silence_for(HCI_SCAN_QUIET_USEC);
        expect_on(LEGACY_ENABLE, SUCCESS);

        /* On, while ours looks. */
        setup();
        begin(&legacy);
        expect_sent(LEGACY_SET);
        overhear(LEGACY_ENABLE, 1);
        hci_scan_done(&scan, SUCCESS, now);
        ck_assert_int_eq(scan.owner, HCI_SCAN_THEIRS);
        expect_silence_for(HCI_SCAN_SHARE_USEC);
        expect(LEGACY_SET, REFUSED);

        /* On, while ours is switched on: two have, theirs stays. */
        setup();
        begin(&legacy);
        expect(LEGACY_SET, SUCCESS);
        expect_sent(LEGACY_ENABLE);
        overhear(LEGACY_ENABLE, 1);
        hci_scan_done(&scan, SUCCESS, now);
        ck_assert_int_eq(scan.owner, HCI_SCAN_THEIRS);

        /* Off, while ours is switched on: it may be on or off, which is looked up soon. */
        setup();
        begin(&legacy);
        expect(LEGACY_SET, SUCCESS);
        expect_sent(LEGACY_ENABLE);
        overhear(LEGACY_ENABLE, 0);
        hci_scan_done(&scan, SUCCESS, now);
        ck_assert_int_eq(scan.owner, HCI_SCAN_OURS);
        expect_silence_for(HCI_SCAN_QUIET_USEC);
        expect(LEGACY_SET, SUCCESS);
        expect_on(LEGACY_ENABLE, SUCCESS);

        /* On, while ours is switched off. */
        hci_scan_want(&scan, false, now);
        expect_sent(LEGACY_ENABLE);
        overhear(LEGACY_ENABLE, 1);
        hci_scan_done(&scan, SUCCESS, now);
        ck_assert(hci_scan_is_over(&scan));
        expect_silence();
}
END_TEST

START_TEST(test_other_commands_are_nothing) {
        static const HciPacket empty = { .kind = HCI_COMMAND_SENT, .opcode = LEGACY_ENABLE };

        start_ours(&both);
        overhear(HCI_LE_SET_ADVERTISING_ENABLE, 0);
        overhear(HCI_LE_SET_RANDOM_ADDRESS, 0);
        overhear(EXTENDED_SET, 0); /* will be refused */
        hci_scan_overhear(&scan, &empty, now);
        ck_assert_int_eq(scan.owner, HCI_SCAN_OURS);
        expect_silence_for(HCI_SCAN_CHECK_USEC);

        hci_scan_detach(&scan);
        overhear(EXTENDED_ENABLE, 1);
        ck_assert_int_eq(scan.owner, HCI_SCAN_NOBODY);
}
END_TEST

/* ---- the end --------------------------------------------------------------------------------- */

START_TEST(test_farewell) {
        ck_assert(!hci_scan_farewell(&scan, &last));
        begin(&both);
        ck_assert(!hci_scan_farewell(&scan, &last));
        expect_sent(EXTENDED_SET);
        ck_assert(!hci_scan_farewell(&scan, &last));
        hci_scan_done(&scan, SUCCESS, now);
        ck_assert(!hci_scan_farewell(&scan, &last));
        expect_sent(EXTENDED_ENABLE);
        ck_assert(hci_scan_farewell(&scan, &last)); /* it will be on by then */
        ck_assert_uint_eq(last.opcode, EXTENDED_ENABLE);
        ck_assert(!enables(&last));
        hci_scan_done(&scan, SUCCESS, now);
        ck_assert(hci_scan_farewell(&scan, &last));
        now += HCI_SCAN_CHECK_USEC;
        expect_sent(EXTENDED_SET);
        ck_assert(hci_scan_farewell(&scan, &last));
        hci_scan_done(&scan, REFUSED, now);
        hci_scan_want(&scan, false, now);
        ck_assert(hci_scan_farewell(&scan, &last));
        expect_sent(EXTENDED_ENABLE);
        ck_assert(!hci_scan_farewell(&scan, &last)); /* is said already */
        hci_scan_done(&scan, SUCCESS, now);
        ck_assert(!hci_scan_farewell(&scan, &last));
}
END_TEST

START_TEST(test_the_controller_goes) {
        start_ours(&both);
        hci_scan_detach(&scan);
        expect_silence();
        ck_assert_uint_eq(hci_scan_due(&scan), HCI_NEVER);
        ck_assert(!hci_scan_farewell(&scan, &last));
        ck_assert(!hci_scan_is_over(&scan));
        hci_scan_attach(&scan, &both, now);
        expect(EXTENDED_SET, SUCCESS);
        expect_on(EXTENDED_ENABLE, SUCCESS);

        expect_silence_for(HCI_SCAN_CHECK_USEC);
        expect_sent(EXTENDED_SET);
        hci_scan_detach(&scan);
        hci_scan_want(&scan, false, now);
        ck_assert(hci_scan_is_over(&scan));
}
END_TEST

/* ---- at random ------------------------------------------------------------------------------- */

/* A controller, and somebody else who scans with it now and then as bluetoothd does. */
typedef struct World {
        bool on, is_theirs;
        bool renews;
        uint64_t random;
        bool in_flight;
        HciCommand command;
} World;

static unsigned dice(World *world, unsigned n) {
        world->random = world->random * 6364136223846793005ULL + 1442695040888963407ULL;
        return (unsigned)(world->random >> 33) % n;
}

static bool is_set(HciOpcode opcode) {
        return opcode == LEGACY_SET || opcode == EXTENDED_SET;
}

static unsigned carry_out(World *world, const HciCommand *command, bool is_theirs) {
        if (is_set(command->opcode))
                return world->on ? REFUSED : SUCCESS;
        if (enables(command) == world->on && !(world->on && world->renews))
                return REFUSED;
        world->on = enables(command);
        world->is_theirs = is_theirs;
        return SUCCESS;
}

static void they_send(World *world, HciCommand command) {
        carry_out(world, &command, true);
        overhear(command.opcode, command.data[4]);
}

static void they_act(World *world) {
        if (dice(world, 2) == 0) {
                they_send(world, hci_command_scan_off(HCI_EXTENDED));
                return;
        }
        /* Nobody comes between, as they do not let ours between: see HCI_SCAN_QUIET_USEC. */
        they_send(world, hci_command_scan_off(HCI_EXTENDED));
        they_send(world, hci_command_scan_parameters(HCI_EXTENDED, true));
        they_send(world, hci_command_scan_on(HCI_EXTENDED, 0));
}

static void step(World *world) {
        switch (dice(world, 12)) {
        case 0:
                hci_scan_want(&scan, dice(world, 3) > 0, now);
                return;
        case 1:
                if (!world->in_flight)
                        they_act(world);
                return;
        case 2:
                world->on = world->on && dice(world, 4) > 0; /* its lease has ended, perhaps */
                return;
        case 3:
        case 4:
                now += dice(world, 3 * SECOND);
                return;
        default:
                break;
        }
        if (world->in_flight) {
                unsigned status = carry_out(world, &world->command, false);

                world->in_flight = false;
                hci_scan_done(&scan, dice(world, 20) == 0 ? NO_ANSWER : status, now);
        } else
                world->in_flight = hci_scan_next(&scan, now, &world->command);
}

/* Not wanted any more: what goes on is what the others have begun. */
static void finish(World *world) {
        hci_scan_want(&scan, false, now);
        for (unsigned i = 0; i < 20 && !hci_scan_is_over(&scan); i++) {
                if (!world->in_flight)
                        world->in_flight = hci_scan_next(&scan, now, &world->command);
                if (world->in_flight)
                        hci_scan_done(&scan, carry_out(world, &world->command, false), now);
                world->in_flight = false;
                now += HCI_SCAN_RETRY_USEC;
        }
        ck_assert(hci_scan_is_over(&scan));
        ck_assert(!world->on || world->is_theirs);
}

/* Wanted, and left alone: it is on, whoever has begun it. */
static void settle(World *world) {
        hci_scan_want(&scan, true, now);
        for (unsigned i = 0; i < 40; i++) {
                if (!world->in_flight)
                        world->in_flight = hci_scan_next(&scan, now, &world->command);
                if (world->in_flight)
                        hci_scan_done(&scan, carry_out(world, &world->command, false), now);
                world->in_flight = false;
                now += SECOND;
        }
        ck_assert(world->on);
        ck_assert_int_eq(scan.owner, world->is_theirs ? HCI_SCAN_THEIRS : HCI_SCAN_OURS);
}

START_TEST(test_random) {
        for (unsigned seed = 0; seed < 3000; seed++) {
                World world = { .random = seed, .renews = seed % 3 > 0 };
                unsigned n_steps = 1 + dice(&world, 100);

                setup();
                hci_scan_attach(&scan, &both, now);
                for (unsigned i = 0; i < n_steps; i++)
                        step(&world);
                if (seed % 2)
                        settle(&world);
                finish(&world);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("hci-scan", &tcase);

        tcase_add_checked_fixture(tcase, setup, NULL);
        tcase_add_test(tcase, test_legacy);
        tcase_add_test(tcase, test_extended);
        tcase_add_test(tcase, test_no_renewal);
        tcase_add_test(tcase, test_passive_or_active);
        tcase_add_test(tcase, test_found_off);
        tcase_add_test(tcase, test_wanted_and_not);
        tcase_add_test(tcase, test_stopped_under_way);
        tcase_add_test(tcase, test_errors);
        tcase_add_test(tcase, test_start_without_an_answer);
        tcase_add_test(tcase, test_stop_without_an_answer);
        tcase_add_test(tcase, test_no_durations);
        tcase_add_test(tcase, test_extended_is_refused);
        tcase_add_test(tcase, test_theirs_is_shared);
        tcase_add_test(tcase, test_theirs_is_left_on);
        tcase_add_test(tcase, test_they_take_over);
        tcase_add_test(tcase, test_they_switch_ours_off);
        tcase_add_test(tcase, test_quiet_while_they_begin);
        tcase_add_test(tcase, test_crossing);
        tcase_add_test(tcase, test_other_commands_are_nothing);
        tcase_add_test(tcase, test_farewell);
        tcase_add_test(tcase, test_the_controller_goes);
        tcase_add_test(tcase, test_random);
        return unit_run(suite);
}
