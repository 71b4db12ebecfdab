/* SPDX-License-Identifier: MIT */

/*
 * The raw HCI radio on a controller of our own: what goes well, and what controllers, kernels and
 * other programs may do.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "controller.h"
#include "io/radio/ad-structure.h"
#include "io/radio/ble-hci-internal.h"
#include "probe.h"
#include "unit.h"

enum {
        SOON = 500 * 1000, /* what comes at once */
        LATER = 5 * 1000 * 1000,
        STATUSES_MAX = 16,
};

typedef struct User {
        Ble *ble;
        bool in_call;
        unsigned n_adverts;
        BleAdvert last;
        uint8_t data[BLE_SERVICE_DATA_SIZE_MAX];
        unsigned n_statuses;
        BleStatus statuses[STATUSES_MAX];
        void (*on_advert)(void); /* may be NULL, as may the other */
        void (*on_status)(void);
} User;

static User user;
static Probe probe; /* for its loop and its counts */

static const char advert_hex[] = "0201060303f9ff1716f9ff69e58766f120cf6ddd223ee4746829b0b92019b1";

static void on_advert(void *userdata, const BleAdvert *advert) {
        ck_assert(!user.in_call);
        user.n_adverts++;
        user.last = *advert;
        memcpy(user.data, advert->service_data, advert->n_service_data);
        if (user.on_advert)
                user.on_advert();
}

static void on_status(void *userdata, BleStatus status) {
        ck_assert(!user.in_call);
        ck_assert_uint_lt(user.n_statuses, STATUSES_MAX);
        user.statuses[user.n_statuses++] = status;
        if (user.on_status)
                user.on_status();
}

static const BleEvents events = { .advert = on_advert, .status = on_status };

static void setup(void) {
        user = (User){};
        probe_init(&probe, NULL);
        controller_init(probe.event);
}

static void free_radio(void) {
        user.in_call = true;
        user.ble = ble_free(user.ble);
        user.in_call = false;
}

static void teardown(void) {
        free_radio();
        controller_done();
        probe_done(&probe);
}

static void open_at(const char *where, BleStatus status) {
        ck_assert_int_eq(
                ble_hci_open_on(&controller_system, &user.ble, probe.event, where, &events, NULL),
                0);
        ck_assert_str_eq(ble_status_name(ble_hci.status(user.ble)), ble_status_name(status));
}

static void start(void) {
        user.in_call = true;
        ck_assert_int_eq(ble_hci.scan_start(user.ble), 0);
        user.in_call = false;
}

static void stop(void) {
        user.in_call = true;
        ble_hci.scan_stop(user.ble);
        user.in_call = false;
}

static void advertise(const char *data, size_t n) {
        user.in_call = true;
        ck_assert_int_eq(ble_hci.advertise_start(user.ble, BLE_UUID_FIDO, (const uint8_t *)data, n),
                         0);
        user.in_call = false;
}

static void unadvertise(void) {
        user.in_call = true;
        ble_hci.advertise_stop(user.ble);
        user.in_call = false;
}

/* Runs until it is so, or for so long. */
static bool becomes(const bool *what, bool value, uint64_t usec) {
        uint64_t end = now_usec() + usec;

        while (*what != value && now_usec() < end)
                probe_run(&probe, 5 * 1000);
        return *what == value;
}

static void expect_scanning(bool value) {
        ck_assert(becomes(&controller.scanning, value, LATER));
}

static void expect_advertising(bool value) {
        ck_assert(becomes(&controller.advertising, value, LATER));
}

static void expect_status(BleStatus status) {
        unsigned n = user.n_statuses;

        ck_assert(probe_run_until(&probe, &user.n_statuses, n + 1, LATER));
        ck_assert_str_eq(ble_status_name(user.statuses[n]), ble_status_name(status));
        ck_assert_int_eq(ble_hci.status(user.ble), status);
}

/* The adapter's socket is closed. */
static void expect_closed(void) {
        for (unsigned i = 0; i < 100 && controller.fd >= 0; i++)
                probe_run(&probe, 5 * 1000);
        ck_assert_int_eq(controller.fd, -1);
}

static void report(HciForm form) {
        _bytes_ data = bytes_from_hex(advert_hex);

        controller_report(form, -55, data.data, data.n);
}

static void expect_advert(HciForm form) {
        _bytes_ data = bytes_from_hex(advert_hex);
        unsigned n = user.n_adverts;

        report(form);
        ck_assert(probe_run_until(&probe, &user.n_adverts, n + 1, LATER));
        ck_assert_uint_eq(user.last.uuid, BLE_UUID_FIDO);
        ck_assert_int_eq(user.last.rssi, -55);
        assert_bytes_eq(user.data, user.last.n_service_data, data.data + 11, 20);
}

/* ---- what goes well -------------------------------------------------------------------------- */

static void scan_once(const char *where, HciForm form, bool active) {
        open_at(where, BLE_ON);
        ck_assert_int_eq(controller.fd, -1);
        start();
        start(); /* goes on */
        expect_scanning(true);
        ck_assert(controller.scans_actively == active);
        ck_assert_uint_eq(controller.scan_duration,
                          form == HCI_EXTENDED ? HCI_SCAN_LEASE_SEC * HCI_DURATIONS_PER_SEC : 0);
        expect_advert(form);
        expect_advert(form); /* each time it is heard */
        stop();
        stop();
        expect_scanning(false);
        expect_closed();
        ck_assert_uint_eq(user.n_statuses, 0);

        /* And again. */
        start();
        expect_scanning(true);
        expect_advert(form);
        free_radio();
        expect_scanning(false);
        expect_closed();
}

START_TEST(test_extended_scan) {
        scan_once(NULL, HCI_EXTENDED, false);
        ck_assert_uint_eq(controller_count(HCI_LE_SET_SCAN_PARAMETERS), 0);
        ck_assert_uint_eq(controller_count(HCI_LE_SET_SCAN_ENABLE), 0);
}
END_TEST

START_TEST(test_legacy_scan) {
        controller.extended = false;
        scan_once("hci0", HCI_LEGACY, false);
        ck_assert_uint_eq(controller_count(HCI_LE_SET_EXTENDED_SCAN_PARAMETERS), 0);
}
END_TEST

START_TEST(test_active_scan) {
        scan_once("active", HCI_EXTENDED, true);
        controller.extended = false;
        scan_once("hci0,active", HCI_LEGACY, true);
}
END_TEST

static void advertise_once(void) {
        open_at(NULL, BLE_ON);
        advertise("twenty bytes of data", 20);
        expect_advertising(true);
        ck_assert_uint_eq(controller.n_advert, AD_LEGACY_SIZE);
        ck_assert_mem_eq(controller.advert + 11, "twenty bytes of data", 20);
        ck_assert_uint_eq(controller.address[HCI_ADDRESS_SIZE - 1] & 0xc0, 0);
        ck_assert_int_ne(memcmp(controller.address, "\0\0\0\0\0\0", HCI_ADDRESS_SIZE), 0);

        /* Replaced by another, under another address. */
        for (unsigned i = 0; i < 2; i++) {
                uint8_t address[HCI_ADDRESS_SIZE];

                memcpy(address, controller.address, sizeof(address));
                advertise(i ? "other" : "third", 5);
                for (unsigned k = 0; k < 100 && controller.n_advert != 16; k++)
                        probe_run(&probe, 5 * 1000);
                probe_run(&probe, 20 * 1000);
                ck_assert_mem_eq(controller.advert + 11, i ? "other" : "third", 5);
                ck_assert_int_ne(memcmp(address, controller.address, sizeof(address)), 0);
                expect_advertising(true);
        }

        unadvertise();
        unadvertise();
        expect_advertising(false);
        expect_closed();
        ck_assert(!controller.has_set);

        advertise("", 0);
        expect_advertising(true);
        ck_assert_uint_eq(controller.n_advert, 11);
        free_radio();
        expect_advertising(false);
        expect_closed();
        ck_assert(!controller.has_set);
}

START_TEST(test_extended_advert) {
        advertise_once();
        ck_assert_uint_eq(controller_count(HCI_LE_SET_ADVERTISING_ENABLE), 0);
}
END_TEST

START_TEST(test_legacy_advert) {
        controller.extended = false;
        advertise_once();
}
END_TEST

/* By the same socket; each ends without the other. */
START_TEST(test_both_at_once) {
        open_at(NULL, BLE_ON);
        start();
        advertise("x", 1);
        expect_scanning(true);
        expect_advertising(true);
        ck_assert_uint_eq(controller.n_opened, 1);
        stop();
        expect_scanning(false);
        ck_assert(controller.advertising);
        ck_assert_int_ge(controller.fd, 0);
        start();
        expect_scanning(true);
        unadvertise();
        expect_advertising(false);
        ck_assert(controller.scanning);
        expect_advert(HCI_EXTENDED);
        stop();
        expect_closed();
}
END_TEST

START_TEST(test_too_large_to_send) {
        static const uint8_t data[AD_LEGACY_SERVICE_DATA_MAX + 1] = {};

        open_at(NULL, BLE_ON);
        ck_assert_int_eq(ble_hci.advertise_start(user.ble, BLE_UUID_FIDO, data, sizeof(data)),
                         -EMSGSIZE);
        probe_run(&probe, 20 * 1000);
        ck_assert_uint_eq(controller.n_opened, 0);
        ck_assert_int_eq(ble_hci.advertise_start(user.ble, BLE_UUID_FIDO, data, sizeof(data) - 1),
                         0);
        expect_advertising(true);
}
END_TEST

/* No time for any answer: what is switched on is switched off behind it. */
START_TEST(test_free_at_once) {
        for (unsigned i = 0; i < 8; i++) {
                open_at(NULL, BLE_ON);
                start();
                advertise("x", 1);
                for (unsigned k = 0; k < i; k++)
                        ck_assert_int_ge(sd_event_run(probe.event, 0), 0);
                free_radio();
                expect_closed();
                ck_assert(!controller.scanning);
                ck_assert(!controller.advertising);
        }
}
END_TEST

START_TEST(test_several_in_one) {
        _bytes_ data = bytes_from_hex("0416f9ff01"
                                      "0416f9f002"
                                      "0516e2fd0304"
                                      "0316f9ff"
                                      "ff");

        open_at(NULL, BLE_ON);
        start();
        expect_scanning(true);
        controller_report(HCI_EXTENDED, HCI_RSSI_UNKNOWN, data.data, data.n);
        ck_assert(probe_run_until(&probe, &user.n_adverts, 2, LATER));
        ck_assert_uint_eq(user.last.uuid, BLE_UUID_GOOGLE);
        ck_assert_int_eq(user.last.rssi, 127);
        ck_assert_uint_eq(user.last.n_service_data, 2);
        probe_run(&probe, 20 * 1000);
        ck_assert_uint_eq(user.n_adverts, 2);

        /* Nothing is heard that was not asked for. */
        advertise("x", 1);
        expect_advertising(true);
        stop();
        expect_scanning(false);
        report(HCI_EXTENDED);
        probe_run(&probe, 20 * 1000);
        ck_assert_uint_eq(user.n_adverts, 2);
}
END_TEST

/* ---- in callbacks ---------------------------------------------------------------------------- */

static void restart(void) {
        stop();
        start();
}

START_TEST(test_stop_in_callback) {
        open_at(NULL, BLE_ON);
        user.on_advert = stop;
        start();
        expect_scanning(true);
        report(HCI_EXTENDED);
        report(HCI_EXTENDED);
        report(HCI_LEGACY);
        expect_scanning(false);
        expect_closed();
        ck_assert_uint_eq(user.n_adverts, 1);
}
END_TEST

START_TEST(test_free_in_callback) {
        open_at(NULL, BLE_ON);
        user.on_advert = free_radio;
        start();
        expect_scanning(true);
        report(HCI_EXTENDED);
        report(HCI_EXTENDED);
        expect_scanning(false);
        expect_closed();
        ck_assert_uint_eq(user.n_adverts, 1);
        ck_assert_ptr_null(user.ble);

        open_at(NULL, BLE_ON);
        user.on_status = free_radio;
        start();
        expect_scanning(true);
        controller_switch(0, false);
        ck_assert(probe_run_until(&probe, &user.n_statuses, 1, LATER));
        probe_run(&probe, 20 * 1000);
        ck_assert_ptr_null(user.ble);
        ck_assert_uint_eq(user.n_statuses, 1);
}
END_TEST

START_TEST(test_restart_in_callback) {
        open_at(NULL, BLE_ON);
        user.on_advert = restart;
        start();
        expect_scanning(true);
        report(HCI_EXTENDED);
        report(HCI_LEGACY);
        ck_assert(probe_run_until(&probe, &user.n_adverts, 2, LATER));
        probe_run(&probe, 50 * 1000);
        ck_assert(controller.scanning);
        user.on_advert = NULL;
        expect_advert(HCI_EXTENDED);
}
END_TEST

/* ---- others ---------------------------------------------------------------------------------- */

START_TEST(test_theirs_is_shared) {
        controller.scanning = true;
        open_at(NULL, BLE_ON);
        start();
        probe_run(&probe, 50 * 1000);
        expect_advert(HCI_EXTENDED);
        expect_advert(HCI_LEGACY);
        stop();
        expect_closed();
        ck_assert(controller.scanning);
        start();
        probe_run(&probe, 50 * 1000);
        free_radio();
        expect_closed();
        ck_assert(controller.scanning);
        ck_assert_uint_eq(controller_count(HCI_LE_SET_SCAN_ENABLE), 0);
        ck_assert_uint_eq(controller_count(HCI_LE_SET_EXTENDED_SCAN_ENABLE), 0);
}
END_TEST

START_TEST(test_they_come_and_go) {
        open_at(NULL, BLE_ON);
        start();
        expect_scanning(true);
        controller_others(hci_command_scan_off(HCI_EXTENDED));
        controller_others(hci_command_scan_parameters(HCI_EXTENDED, true));
        controller_others(hci_command_scan_on(HCI_EXTENDED, 0));
        expect_advert(HCI_EXTENDED);
        ck_assert_uint_eq(controller_count(HCI_LE_SET_EXTENDED_SCAN_ENABLE), 1);

        /* Ours comes back when theirs has ended, but not at once. */
        controller_others(hci_command_scan_off(HCI_EXTENDED));
        probe_run(&probe, HCI_SCAN_QUIET_USEC - 200 * 1000);
        ck_assert(!controller.scanning);
        expect_scanning(true);
        ck_assert(!controller.scans_actively);
        stop();
        expect_scanning(false);
}
END_TEST

START_TEST(test_they_reset_it) {
        static const char reset[] = "01030c00";

        open_at(NULL, BLE_ON);
        start();
        advertise("x", 1);
        expect_scanning(true);
        expect_advertising(true);
        controller.scanning = controller.advertising = controller.has_set = false;
        controller_send_hex(reset);
        expect_scanning(true);
        expect_advertising(true);
        ck_assert_uint_eq(controller.n_opened, 2);
        ck_assert_uint_eq(user.n_statuses, 0);
}
END_TEST

/* ---- adapters -------------------------------------------------------------------------------- */

START_TEST(test_statuses) {
        controller.n_adapters = 0;
        open_at(NULL, BLE_ABSENT);
        controller.blocked_id = -1;
        ck_assert_int_eq(ble_hci.status(user.ble), BLE_BLOCKED); /* and taken away */
        controller.blocked_id = -2;
        controller_plug(3, false);
        ck_assert_int_eq(ble_hci.status(user.ble), BLE_OFF);
        controller.blocked_id = 3;
        ck_assert_int_eq(ble_hci.status(user.ble), BLE_BLOCKED);
        controller.blocked_id = 2; /* another */
        ck_assert_int_eq(ble_hci.status(user.ble), BLE_OFF);
        expect_status(BLE_OFF);
        controller_switch(3, true);
        expect_status(BLE_ON);
        controller_unplug(3);
        expect_status(BLE_ABSENT);
        controller.list_error = -EIO;
        ck_assert_int_eq(ble_hci.status(user.ble), BLE_ABSENT);

        /* Nothing was wanted of any of them. */
        ck_assert_uint_eq(controller.n_opened, 0);
        ck_assert_uint_eq(user.n_statuses, 3);
}
END_TEST

START_TEST(test_no_bluetooth) {
        static const int errors[] = { -EAFNOSUPPORT, -EPROTONOSUPPORT, -ENOMEM };

        for (size_t i = 0; i < ELEMENTSOF(errors); i++) {
                controller.control_error = errors[i];
                open_at(NULL, BLE_ABSENT);
                start();
                probe_run(&probe, 20 * 1000);
                free_radio();
        }

        /* The kernel has learnt it. */
        open_at(NULL, BLE_ABSENT);
        start();
        controller.control_error = 0;
        expect_status(BLE_ON);
        expect_scanning(true);
}
END_TEST

START_TEST(test_no_permission) {
        static const int errors[] = { -EPERM, -EACCES };

        for (size_t i = 0; i < ELEMENTSOF(errors); i++) {
                controller.control_error = errors[i];
                open_at(NULL, BLE_NO_PERMISSION);
                start();
                probe_run(&probe, 20 * 1000);
                free_radio();
        }

        /* A socket that is of no use. */
        controller.control_error = 0;
        controller.permitted = false;
        open_at(NULL, BLE_NO_PERMISSION);
        start();
        advertise("x", 1);
        probe_run(&probe, 20 * 1000);
        ck_assert_uint_eq(controller.n_opened, 0);
        controller.n_adapters = 0;
        ck_assert_int_eq(ble_hci.status(user.ble), BLE_ABSENT);
        free_radio();

        /* It turns out later. */
        controller_done();
        controller_init(probe.event);
        controller.adapter_error = -EPERM;
        open_at(NULL, BLE_ON);
        start();
        expect_status(BLE_NO_PERMISSION);
        ck_assert_uint_eq(controller.n_opened, 0);
}
END_TEST

START_TEST(test_off_and_on) {
        open_at(NULL, BLE_ON);
        start();
        advertise("x", 1);
        expect_scanning(true);
        expect_advertising(true);
        controller_switch(0, false);
        expect_status(BLE_OFF);
        expect_closed();
        controller_switch(0, true);
        expect_status(BLE_ON);
        expect_scanning(true);
        expect_advertising(true);
        expect_advert(HCI_EXTENDED);
}
END_TEST

/* Off and on again before anybody looks: the kernel's reset is heard, or else nothing is. */
START_TEST(test_off_and_on_unseen) {
        open_at(NULL, BLE_ON);
        start();
        expect_scanning(true);
        controller_switch(0, false);
        controller_switch(0, true);
        controller_send_hex("01030c00");
        expect_scanning(true);
        ck_assert_uint_eq(user.n_statuses, 0);
}
END_TEST

/* The kernel does not always tell: while a radio is wanted somebody looks. */
START_TEST(test_on_without_a_word) {
        controller.adapters[0].up = false;
        controller.blocked_id = 0;
        open_at(NULL, BLE_BLOCKED);
        start();
        controller.blocked_id = -2;
        expect_status(BLE_OFF);
        controller.adapters[0].up = true;
        expect_status(BLE_ON);
        expect_scanning(true);
        controller.adapters[0].up = false;
        ck_assert_int_eq(ble_hci.status(user.ble), BLE_OFF);
}
END_TEST

START_TEST(test_unplugged) {
        open_at(NULL, BLE_ON);
        start();
        expect_scanning(true);
        controller_unplug(0);
        expect_status(BLE_ABSENT);
        controller_plug(7, true); /* under another name */
        expect_status(BLE_ON);
        expect_scanning(true);
        ck_assert_uint_eq(controller.opened_id, 7);
        expect_advert(HCI_EXTENDED);

        /* While nobody scans. */
        stop();
        expect_closed();
        controller_unplug(7);
        expect_status(BLE_ABSENT);
        start();
        controller_plug(8, true);
        expect_status(BLE_ON);
        expect_scanning(true);
}
END_TEST

/* The socket breaks, without the adapter going: it is opened again, but not in a circle. */
START_TEST(test_socket_breaks) {
        open_at(NULL, BLE_ON);
        start();
        expect_scanning(true);
        for (unsigned i = 0; i < 2; i++) {
                controller_done(); /* the control socket as well */
                probe_run(&probe, 100 * 1000);
                ck_assert_uint_eq(controller.n_opened, 1 + i);
                controller.scanning = false;
                expect_scanning(true);
                ck_assert_uint_eq(controller.n_opened, 2 + i);
        }
        expect_advert(HCI_EXTENDED);

        controller.adapter_error = -EIO;
        controller_done();
        probe_run(&probe, 2500 * 1000);
        controller.adapter_error = 0;
        controller.scanning = false;
        expect_scanning(true);
        ck_assert_uint_eq(user.n_statuses, 0);
}
END_TEST

/* The first that is on; who is in use stays so. */
START_TEST(test_choice) {
        controller_plug(1, false);
        controller_plug(2, true);
        controller_plug(3, true);
        controller.adapters[3].up = false; /* hci0 */
        open_at(NULL, BLE_ON);
        start();
        expect_scanning(true);
        ck_assert_uint_eq(controller.opened_id, 2);
        controller_switch(0, true);
        controller_switch(1, true);
        probe_run(&probe, 50 * 1000);
        ck_assert_uint_eq(controller.opened_id, 2);
        ck_assert_uint_eq(controller.n_opened, 1);
        controller_switch(2, false);
        expect_scanning(true);
        ck_assert_uint_eq(controller.opened_id, 0);
        controller_unplug(0);
        expect_scanning(true);
        ck_assert_uint_eq(controller.opened_id, 1);
        ck_assert_uint_eq(user.n_statuses, 0); /* there was always one */
        free_radio();

        open_at("hci3", BLE_ON);
        start();
        expect_scanning(true);
        ck_assert_uint_eq(controller.opened_id, 3);
        controller_unplug(3);
        expect_status(BLE_ABSENT);
}
END_TEST

/* One that knows no LE is as good as none. */
START_TEST(test_no_le) {
        controller.legacy = controller.extended = false;
        open_at(NULL, BLE_ON);
        start();
        expect_status(BLE_ABSENT);
        expect_closed();
        ck_assert_uint_eq(controller.n_opened, 1);
        controller.legacy = true;
        controller_plug(1, true);
        expect_status(BLE_ON);
        expect_scanning(true);
}
END_TEST

START_TEST(test_names) {
        static const char *const good[] = {
                "", "hci0", "hci15", "hci65534", "hci0,active", "active"
        };
        static const char *const bad[] = {
                "hci",      "hci-1",        "hci00",       "hci01",   "hci65535",
                "hci99999", "hci999999",    "HCI0",        " hci0",   "hci0 ",
                "hci0,",    "hci0,passive", "active,hci0", "active,", ",active",
                ",",        "hci0,active,", "hci0x",       "passive", "/org/bluez/hci0"
        };

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                ck_assert_msg(ble_hci_open_on(&controller_system, &user.ble, probe.event, good[i],
                                              &events, NULL) == 0,
                              "%s", good[i]);
                free_radio();
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                ck_assert_msg(ble_hci_open_on(&controller_system, &user.ble, probe.event, bad[i],
                                              &events, NULL) == -EINVAL,
                              "%s", bad[i]);
        ck_assert_ptr_null(user.ble);
        ck_assert_ptr_eq(ble_backend_by_name("hci"), &ble_hci);
}
END_TEST

/* ---- what is odd ----------------------------------------------------------------------------- */

START_TEST(test_garbage) {
        static const char *const garbage[] = {
                "00",         "04",         "040e",           "040e00",
                "040eff",     "040e0301",   "040e0401ffff00", "040f0400010000",
                "043e",       "043e00",     "043e0102",       "043eff0201",
                "043e0202ff", "043e020dff", "043e03020100",   "043e0dff0300",
                "04fd00",     "01",         "010c20",         "010c20ff",
                "010c2000",   "01422000",   "02ffffffff",     "ffffffffffff",
        };
        uint8_t longest[HCI_PACKET_SIZE_MAX + 100];

        open_at(NULL, BLE_ON);
        start();
        advertise("x", 1);
        memset(longest, 0x04, sizeof(longest));
        for (unsigned i = 0; i < 200 && controller.fd < 0; i++)
                probe_run(&probe, 1000);

        /* Before the radio is set up, and when it is. */
        for (unsigned round = 0; round < 2; round++) {
                for (size_t i = 0; i < ELEMENTSOF(garbage); i++) {
                        controller_send_hex(garbage[i]);
                        if (i % 4 == 0)
                                ck_assert_int_ge(sd_event_run(probe.event, 0), 0);
                }
                ck_assert(controller_send(longest, sizeof(longest)));
                expect_scanning(true);
                expect_advertising(true);
        }
        ck_assert_uint_eq(user.n_adverts, 0);
        expect_advert(HCI_EXTENDED);
        ck_assert_uint_eq(controller.n_opened, 1);
}
END_TEST

/* Answers to the commands of others, and answers that nobody waits for. */
START_TEST(test_answers_for_others) {
        open_at(NULL, BLE_ON);
        controller.silent = true;
        start();
        probe_run(&probe, 50 * 1000);
        ck_assert_uint_eq(controller.n_commands, 1);
        controller_send_hex("040e04014220"
                            "00"); /* scan enable */
        controller_send_hex("040e0a01091000"
                            "010203040506"); /* address */
        controller_send_hex("040f040c010210"
                            "00"); /* cut short inside */
        probe_run(&probe, 50 * 1000);
        ck_assert_uint_eq(controller.n_commands, 1);

        /* Its own, but too short to say anything; it is asked again. */
        controller.silent = false;
        controller_send_hex("040e0401021000");
        expect_scanning(true);
        controller_send_hex("040e0401412000");
        controller_send_hex("040e040142200c");
        expect_advert(HCI_EXTENDED);
        stop();
        expect_scanning(false);
}
END_TEST

/* Nobody waits in a call; after a while it is asked again. */
START_TEST(test_no_answers) {
        uint64_t begin = now_usec();

        open_at(NULL, BLE_ON);
        controller.silent = true;
        start();
        advertise("x", 1);
        stop();
        start();
        ck_assert_uint_lt(now_usec() - begin, 100 * 1000);
        probe_run(&probe, BLE_HCI_ANSWER_USEC + 200 * 1000);
        ck_assert_uint_ge(controller.n_commands, 1);
        controller.silent = false;
        expect_scanning(true);
        expect_advertising(true);

        controller.silent = true;
        stop();
        unadvertise();
        probe_run(&probe, 50 * 1000);
        ck_assert(!controller.scanning); /* it has heard */
        begin = now_usec();
        free_radio();
        ck_assert_uint_lt(now_usec() - begin, 100 * 1000);
        expect_closed();
        ck_assert(!controller.advertising);
}
END_TEST

START_TEST(test_refusals) {
        static const HciOpcode opcodes[] = {
                HCI_LE_SET_EXTENDED_SCAN_PARAMETERS,
                HCI_LE_SET_EXTENDED_SCAN_ENABLE,
                HCI_LE_SET_EXTENDED_ADVERTISING_PARAMETERS,
                HCI_LE_SET_EXTENDED_ADVERTISING_DATA,
        };
        static const uint8_t statuses[] = { 0x01, 0x0c, 0x12, 0xff };

        for (size_t i = 0; i < ELEMENTSOF(opcodes); i++)
                for (size_t k = 0; k < ELEMENTSOF(statuses); k++) {
                        controller.refused = (uint16_t)opcodes[i];
                        controller.refused_with = statuses[k];
                        open_at(NULL, BLE_ON);
                        start();
                        advertise("x", 1);
                        probe_run(&probe, 30 * 1000);
                        ck_assert_uint_lt(controller.n_commands, 16); /* not in a circle */
                        free_radio();
                        expect_closed();
                        ck_assert(!controller.scanning && !controller.advertising);
                        controller.n_commands = 0;
                }
        ck_assert_uint_eq(user.n_statuses, 0);
}
END_TEST

/* More than anybody can take: the loop goes on, and so does the radio. */
START_TEST(test_flood) {
        static const uint8_t noise[] = { 0x04, 0x3e, 0x02, 0x02, 0xff };
        unsigned n_sent = 0;
        uint64_t end;

        open_at(NULL, BLE_ON);
        start();
        expect_scanning(true);
        end = now_usec() + 300 * 1000;
        while (now_usec() < end) {
                while (n_sent % 1000 != 999 && controller_send(noise, sizeof(noise)))
                        n_sent++;
                n_sent++;
                ck_assert_int_ge(sd_event_run(probe.event, 0), 0);
        }
        ck_assert_uint_gt(n_sent, 1000);
        probe_run(&probe, 100 * 1000);
        expect_advert(HCI_EXTENDED);
        stop();
        expect_scanning(false);
}
END_TEST

/* On this machine, whatever it has. */
START_TEST(test_linux) {
        ck_assert_int_eq(ble_hci.open(&user.ble, probe.event, "hci65534", &events, NULL), 0);
        ck_assert_int_lt(ble_hci.status(user.ble), _BLE_STATUS_MAX);
        ck_assert_int_ne(ble_hci.status(user.ble), BLE_ON);
        start();
        advertise("x", 1);
        probe_run(&probe, 20 * 1000);
        stop();
        unadvertise();
        ck_assert_uint_eq(user.n_statuses, 0);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("ble-hci", &tcase);

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, test_extended_scan);
        tcase_add_test(tcase, test_legacy_scan);
        tcase_add_test(tcase, test_active_scan);
        tcase_add_test(tcase, test_extended_advert);
        tcase_add_test(tcase, test_legacy_advert);
        tcase_add_test(tcase, test_both_at_once);
        tcase_add_test(tcase, test_too_large_to_send);
        tcase_add_test(tcase, test_free_at_once);
        tcase_add_test(tcase, test_several_in_one);
        tcase_add_test(tcase, test_stop_in_callback);
        tcase_add_test(tcase, test_free_in_callback);
        tcase_add_test(tcase, test_restart_in_callback);
        tcase_add_test(tcase, test_theirs_is_shared);
        tcase_add_test(tcase, test_they_come_and_go);
        tcase_add_test(tcase, test_they_reset_it);
        tcase_add_test(tcase, test_statuses);
        tcase_add_test(tcase, test_no_bluetooth);
        tcase_add_test(tcase, test_no_permission);
        tcase_add_test(tcase, test_off_and_on);
        tcase_add_test(tcase, test_off_and_on_unseen);
        tcase_add_test(tcase, test_on_without_a_word);
        tcase_add_test(tcase, test_unplugged);
        tcase_add_test(tcase, test_socket_breaks);
        tcase_add_test(tcase, test_choice);
        tcase_add_test(tcase, test_no_le);
        tcase_add_test(tcase, test_names);
        tcase_add_test(tcase, test_garbage);
        tcase_add_test(tcase, test_answers_for_others);
        tcase_add_test(tcase, test_no_answers);
        tcase_add_test(tcase, test_refusals);
        tcase_add_test(tcase, test_flood);
        tcase_add_test(tcase, test_linux);
        return unit_run(suite);
}
