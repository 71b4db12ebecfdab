/* SPDX-License-Identifier: MIT */

/*
 * Radios over a folder, and the radio that is none.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/radio/ble.h"
#include "probe.h"
#include "unit.h"

typedef struct Listener {
        Ble *ble;
        unsigned n;
        BleAdvert last;
        uint8_t data[BLE_SERVICE_DATA_SIZE_MAX];
        bool free_in_advert, stop_in_advert;
} Listener;

static char folder[] = "/tmp/hybrid-ether-XXXXXX";
static Probe probe; /* for its loop and its counts */

static void on_advert(void *userdata, const BleAdvert *advert) {
        Listener *listener = userdata;

        listener->n++;
        listener->last = *advert;
        memcpy(listener->data, advert->service_data, advert->n_service_data);
        if (listener->free_in_advert)
                listener->ble = ble_free(listener->ble);
        else if (listener->stop_in_advert)
                ble_loopback.scan_stop(listener->ble);
}

static void on_status(void *userdata, BleStatus status) {
        ck_abort_msg("status %d", (int)status);
}

static const BleEvents events = { .advert = on_advert, .status = on_status };

static void setup(void) {
        ck_assert_ptr_nonnull(mkdtemp(folder));
        probe_init(&probe, NULL);
}

static void teardown(void) {
        DIR *dir = opendir(folder);
        const struct dirent *entry;

        while ((entry = readdir(dir)))
                if (entry->d_name[0] != '.')
                        unlinkat(dirfd(dir), entry->d_name, 0);
        closedir(dir);
        rmdir(folder);
        probe_done(&probe);
}

static unsigned count_files(void) {
        DIR *dir = opendir(folder);
        const struct dirent *entry;
        unsigned n = 0;

        while ((entry = readdir(dir)))
                n += entry->d_name[0] != '.';
        closedir(dir);
        return n;
}

static Ble *open_radio(Listener *listener) {
        Ble *ble = NULL;

        ck_assert_int_eq(ble_loopback.open(&ble, probe.event, folder, &events, listener), 0);
        ck_assert_int_eq(ble_loopback.status(ble), BLE_ON);
        return ble;
}

static void listen_for(Listener *listener) {
        listener->ble = open_radio(listener);
        ck_assert_int_eq(ble_loopback.scan_start(listener->ble), 0);
}

static void advertise(Ble *ble, uint16_t uuid, const char *data) {
        ck_assert_int_eq(
                ble_loopback.advertise_start(ble, uuid, (const uint8_t *)data, strlen(data)), 0);
}

static void assert_heard(const Listener *listener, uint16_t uuid, const char *data) {
        ck_assert_uint_eq(listener->last.uuid, uuid);
        ck_assert_int_eq(listener->last.rssi, -40);
        assert_bytes_eq(listener->data, listener->last.n_service_data, data, strlen(data));
}

START_TEST(test_send_and_receive) {
        Listener a = {}, b = {}, sender = {};

        listen_for(&a);
        listen_for(&b);
        sender.ble = open_radio(&sender);
        ck_assert_uint_eq(count_files(), 2);

        advertise(sender.ble, BLE_UUID_FIDO, "twenty bytes of data");
        ck_assert(probe_run_until(&probe, &a.n, 1, 1000000));
        ck_assert(probe_run_until(&probe, &b.n, 1, 1000000));
        assert_heard(&a, BLE_UUID_FIDO, "twenty bytes of data");
        assert_heard(&b, BLE_UUID_FIDO, "twenty bytes of data");
        ck_assert_uint_eq(sender.n, 0);

        /* Replaces what was broadcast before. */
        advertise(sender.ble, BLE_UUID_GOOGLE, "other");
        probe_run(&probe, 50 * 1000);
        a.n = 0;
        ck_assert(probe_run_until(&probe, &a.n, 1, 1000000));
        assert_heard(&a, BLE_UUID_GOOGLE, "other");

        ble_loopback.advertise_stop(sender.ble);
        ble_loopback.advertise_stop(sender.ble);
        probe_run(&probe, 50 * 1000);
        a.n = 0;
        probe_run(&probe, 250 * 1000);
        ck_assert_uint_eq(a.n, 0);

        ble_free(a.ble);
        ck_assert_uint_eq(count_files(), 1);
        ble_free(b.ble);
        ble_free(sender.ble);
        ck_assert_uint_eq(count_files(), 0);
}
END_TEST

START_TEST(test_interval) {
        Listener a = {}, sender = {};

        listen_for(&a);
        sender.ble = open_radio(&sender);
        advertise(sender.ble, BLE_UUID_FIDO, "x");
        probe_run(&probe, 1050 * 1000);
        ck_assert_uint_ge(a.n, 8);
        ck_assert_uint_le(a.n, 12);
        ble_free(a.ble);
        ble_free(sender.ble);
}
END_TEST

/* One radio may do both, but does not hear itself. */
START_TEST(test_both_ways) {
        Listener a = {}, b = {};

        listen_for(&a);
        listen_for(&b);
        advertise(a.ble, BLE_UUID_FIDO, "from a");
        advertise(b.ble, BLE_UUID_FIDO, "from b");
        probe_run(&probe, 250 * 1000);
        ck_assert_uint_gt(a.n, 0);
        ck_assert_uint_gt(b.n, 0);
        assert_heard(&a, BLE_UUID_FIDO, "from b");
        assert_heard(&b, BLE_UUID_FIDO, "from a");
        ble_free(a.ble);
        ble_free(b.ble);
}
END_TEST

START_TEST(test_stop_scanning) {
        Listener a = {}, sender = {};

        listen_for(&a);
        ck_assert_int_eq(ble_loopback.scan_start(a.ble), 0); /* goes on */
        ck_assert_uint_eq(count_files(), 1);
        sender.ble = open_radio(&sender);
        advertise(sender.ble, BLE_UUID_FIDO, "x");
        ck_assert(probe_run_until(&probe, &a.n, 1, 1000000));

        ble_loopback.scan_stop(a.ble);
        ble_loopback.scan_stop(a.ble);
        ck_assert_uint_eq(count_files(), 0);
        a.n = 0;
        probe_run(&probe, 250 * 1000);
        ck_assert_uint_eq(a.n, 0);

        ck_assert_int_eq(ble_loopback.scan_start(a.ble), 0);
        ck_assert(probe_run_until(&probe, &a.n, 1, 1000000));
        ble_free(a.ble);
        ble_free(sender.ble);
}
END_TEST

START_TEST(test_free_and_stop_in_callback) {
        Listener a = { .free_in_advert = true }, b = { .stop_in_advert = true }, sender = {};

        listen_for(&a);
        listen_for(&b);
        sender.ble = open_radio(&sender);
        advertise(sender.ble, BLE_UUID_FIDO, "x");
        probe_run(&probe, 350 * 1000);
        ck_assert_uint_eq(a.n, 1);
        ck_assert_uint_eq(b.n, 1);
        ck_assert_ptr_null(a.ble);
        ck_assert_uint_eq(count_files(), 0);
        ble_free(b.ble);
        ble_free(sender.ble);
}
END_TEST

START_TEST(test_file_mode) {
        Listener a = {};
        DIR *dir;
        const struct dirent *entry;
        struct stat st;
        unsigned n = 0;

        umask(0);
        listen_for(&a);
        dir = opendir(folder);
        while ((entry = readdir(dir))) {
                if (entry->d_name[0] == '.')
                        continue;
                n++;
                ck_assert_int_eq(fstatat(dirfd(dir), entry->d_name, &st, 0), 0);
                ck_assert(S_ISSOCK(st.st_mode));
                ck_assert_uint_eq(st.st_mode & 0777, 0600);
                ck_assert_str_eq(entry->d_name + strlen(entry->d_name) - 5, ".sock");
        }
        closedir(dir);
        ck_assert_uint_eq(n, 1);
        ble_free(a.ble);
}
END_TEST

/* ---- Strangers' datagrams -------------------------------------------------------------------- */

static void send_to_file(int fd, const char *name, const void *data, size_t n) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int r;

        r = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", folder, name);
        ck_assert_uint_lt((size_t)r, sizeof(address.sun_path));
        ck_assert_int_eq(sendto(fd, data, n, 0, (struct sockaddr *)&address, sizeof(address)),
                         (ssize_t)n);
}

static void send_raw(const void *data, size_t n) {
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        DIR *dir = opendir(folder);
        const struct dirent *entry;

        while ((entry = readdir(dir)))
                if (strstr(entry->d_name, ".sock"))
                        send_to_file(fd, entry->d_name, data, n);
        closedir(dir);
        close(fd);
}

START_TEST(test_malformed) {
        static const struct {
                const char *hex;
                size_t n_padding;
        } bad[] = {
                { "", 0 },         { "f9", 0 },
                { "f9ff", 0 },     { "f9ffd8", 0 },    /* no service data */
                { "f9ffd8", 252 }, { "f9ffd8", 4000 }, /* more than an advert can carry */
                { "fffad801", 0 }, { "fff9d801", 0 },  /* other UUIDs, one with swapped bytes */
                { "00000000", 0 },
        };
        uint8_t data[8192] = {};
        Listener a = {};

        listen_for(&a);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _bytes_ bytes = bytes_from_hex(bad[i].hex);

                if (bytes.n > 0)
                        memcpy(data, bytes.data, bytes.n);
                send_raw(data, bytes.n + bad[i].n_padding);
                probe_run(&probe, 5 * 1000);
                ck_assert_msg(a.n == 0, "%zu", i);
        }

        send_raw("\xf9\xff\x7f"
                 "y",
                 4);
        ck_assert(probe_run_until(&probe, &a.n, 1, 1000000));
        ck_assert_int_eq(a.last.rssi, 127);
        ck_assert_uint_eq(a.last.n_service_data, 1);

        memcpy(data, "\xe2\xfd\x80", 3);
        send_raw(data, 3 + BLE_SERVICE_DATA_SIZE_MAX);
        ck_assert(probe_run_until(&probe, &a.n, 2, 1000000));
        ck_assert_int_eq(a.last.rssi, -128);
        ck_assert_uint_eq(a.last.n_service_data, BLE_SERVICE_DATA_SIZE_MAX);
        ble_free(a.ble);
}
END_TEST

START_TEST(test_too_large_to_send) {
        static const uint8_t data[BLE_SERVICE_DATA_SIZE_MAX + 1] = {};
        Listener a = {}, sender = {};

        listen_for(&a);
        sender.ble = open_radio(&sender);
        ck_assert_int_eq(
                ble_loopback.advertise_start(sender.ble, BLE_UUID_FIDO, data, sizeof(data)),
                -EMSGSIZE);
        ck_assert_int_eq(
                ble_loopback.advertise_start(sender.ble, BLE_UUID_FIDO, data, sizeof(data) - 1), 0);
        ck_assert(probe_run_until(&probe, &a.n, 1, 1000000));
        ck_assert_uint_eq(a.last.n_service_data, BLE_SERVICE_DATA_SIZE_MAX);
        ble_free(a.ble);
        ble_free(sender.ble);
}
END_TEST

/* ---- What else may lie in the folder --------------------------------------------------------- */

static void make_file(const char *name) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

/* The socket of a process that is no more. */
static void make_dead_socket(const char *name) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", folder, name);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        close(fd);
}

START_TEST(test_dead_sockets) {
        Listener a = {}, sender = {};
        char path[128], target[128];

        make_dead_socket("dead.sock");
        make_dead_socket("dead.other");
        make_file("file.sock");
        make_file("file");
        snprintf(path, sizeof(path), "%s/link.sock", folder);
        snprintf(target, sizeof(target), "%s/dead.other", folder);
        ck_assert_int_eq(symlink(target, path), 0);

        listen_for(&a);
        sender.ble = open_radio(&sender);
        ck_assert_uint_eq(count_files(), 6);
        advertise(sender.ble, BLE_UUID_FIDO, "x");
        ck_assert(probe_run_until(&probe, &a.n, 1, 1000000));

        /* One was stale; the others are none of our business. */
        ck_assert_uint_eq(count_files(), 5);
        snprintf(path, sizeof(path), "%s/dead.sock", folder);
        ck_assert_int_eq(access(path, F_OK), -1);
        ble_free(a.ble);
        ble_free(sender.ble);
}
END_TEST

START_TEST(test_bad_folders) {
        Ble *ble = NULL;

        ck_assert_int_eq(ble_loopback.open(&ble, probe.event, NULL, &events, NULL), -EINVAL);
        ck_assert_int_eq(ble_loopback.open(&ble, probe.event, "/nonexistent", &events, NULL),
                         -ENOENT);
        ck_assert_int_eq(ble_loopback.open(&ble, probe.event, "/dev/null", &events, NULL),
                         -ENOTDIR);
        ck_assert_int_eq(chmod(folder, 0777), 0);
        ck_assert_int_eq(ble_loopback.open(&ble, probe.event, folder, &events, NULL), -EACCES);
        ck_assert_int_eq(chmod(folder, 01777), 0);
        ck_assert_int_eq(ble_loopback.open(&ble, probe.event, folder, &events, NULL), -EACCES);
        ck_assert_int_eq(chmod(folder, 0700), 0);
        if (geteuid() == 0) {
                ck_assert_int_eq(chown(folder, 65534, 65534), 0);
                ck_assert_int_eq(ble_loopback.open(&ble, probe.event, folder, &events, NULL),
                                 -EPERM);
                ck_assert_int_eq(chown(folder, 0, 0), 0);
        } else
                ck_assert_int_eq(ble_loopback.open(&ble, probe.event, "/usr", &events, NULL),
                                 -EPERM);
        ck_assert_ptr_null(ble);
}
END_TEST

/* A path longer than a socket's address may be. */
START_TEST(test_long_path) {
        char path[sizeof(folder) + 200];
        Listener a = {}, sender = {};

        memset(path, 0, sizeof(path));
        snprintf(path, sizeof(path), "%s/%0150d", folder, 0);
        ck_assert_int_eq(mkdir(path, 0700), 0);
        ck_assert_int_eq(ble_loopback.open(&a.ble, probe.event, path, &events, &a), 0);
        ck_assert_int_eq(ble_loopback.open(&sender.ble, probe.event, path, &events, &sender), 0);
        ck_assert_int_eq(ble_loopback.scan_start(a.ble), 0);
        advertise(sender.ble, BLE_UUID_FIDO, "x");
        ck_assert(probe_run_until(&probe, &a.n, 1, 1000000));
        ble_free(a.ble);
        ble_free(sender.ble);
        ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

/* ---- Names, and no radio --------------------------------------------------------------------- */

START_TEST(test_names) {
        static const char *const names[] = {
                "on", "off", "blocked", "absent", "no-service", "no-permission", "starting",
        };

        for (BleStatus i = 0; i < _BLE_STATUS_MAX; i++)
                ck_assert_str_eq(ble_status_name(i), names[i]);
        ck_assert_ptr_eq(ble_backend_by_name("loopback"), &ble_loopback);
        ck_assert_ptr_eq(ble_backend_by_name("none"), &ble_none);
        ck_assert_ptr_eq(ble_backend_by_name("bluez"), &ble_bluez);
        ck_assert_ptr_null(ble_backend_by_name(""));
        ck_assert_ptr_null(ble_backend_by_name("Loopback"));
        ck_assert_ptr_null(ble_backend_by_name("bluez2"));
}
END_TEST

START_TEST(test_none) {
        Listener a = {};

        ck_assert_int_eq(ble_none.open(&a.ble, probe.event, NULL, &events, &a), 0);
        ck_assert_int_eq(ble_none.status(a.ble), BLE_ABSENT);
        ck_assert_int_eq(ble_none.scan_start(a.ble), 0);
        ck_assert_int_eq(ble_none.advertise_start(a.ble, BLE_UUID_FIDO, (const uint8_t *)"x", 1),
                         0);
        probe_run(&probe, 20 * 1000);
        ble_none.scan_stop(a.ble);
        ble_none.advertise_stop(a.ble);
        ck_assert_ptr_null(ble_free(a.ble));
        ck_assert_ptr_null(ble_free(NULL));
        ck_assert_uint_eq(a.n, 0);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("loopback", &tcase);

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, test_send_and_receive);
        tcase_add_test(tcase, test_interval);
        tcase_add_test(tcase, test_both_ways);
        tcase_add_test(tcase, test_stop_scanning);
        tcase_add_test(tcase, test_free_and_stop_in_callback);
        tcase_add_test(tcase, test_file_mode);
        tcase_add_test(tcase, test_malformed);
        tcase_add_test(tcase, test_too_large_to_send);
        tcase_add_test(tcase, test_dead_sockets);
        tcase_add_test(tcase, test_bad_folders);
        tcase_add_test(tcase, test_long_path);
        tcase_add_test(tcase, test_names);
        tcase_add_test(tcase, test_none);
        return unit_run(suite);
}
