/* SPDX-License-Identifier: MIT */

/*
 * What is read from the files of a machine: each test makes a tree of its own.
 */

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diagnosis/machine.h"
#include "io/radio/rfkill.h"
#include "unit.h"

static char root[] = "/tmp/hybrid-machine-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

static void make_root(void) {
        strcpy(root, "/tmp/hybrid-machine-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(root));
        unsetenv("SNAP_NAME");
}

static void remove_root(void) {
        nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_folder(const char *path) {
        char whole[512];

        snprintf(whole, sizeof(whole), "%s/%s", root, path);
        for (char *p = whole + strlen(root) + 1; (p = strchr(p, '/')); p++) {
                *p = '\0';
                mkdir(whole, 0755);
                *p = '/';
        }
        mkdir(whole, 0755);
}

static void make_file(const char *path, const char *text, size_t n) {
        char whole[512], folder[512];
        int fd;

        snprintf(folder, sizeof(folder), "%s", path);
        if (strrchr(folder, '/')) {
                *strrchr(folder, '/') = '\0';
                make_folder(folder);
        }
        snprintf(whole, sizeof(whole), "%s/%s", root, path);
        fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, text, n), (ssize_t)n);
        close(fd);
}

static void make_text(const char *path, const char *text) {
        make_file(path, text, strlen(text));
}

static Machine look(void) {
        Machine machine;

        machine_look(root, &machine);
        return machine;
}

START_TEST(test_empty) {
        Machine machine = look();

        ck_assert_int_eq(machine.sandbox, SANDBOX_NONE);
        ck_assert(!machine.is_virtual);
        ck_assert(!machine.has_sysfs);
        ck_assert(!machine.has_system_bus);
        ck_assert(!machine.bluez_installed);
        ck_assert_uint_eq(machine.n_adapters, 0);
        ck_assert_str_eq(machine.unused_usb, "");
        ck_assert_int_eq(machine.package_tool, PACKAGE_TOOL_UNKNOWN);
}
END_TEST

START_TEST(test_no_root) {
        Machine machine = { .has_sysfs = true };

        machine_look("/nonexistent", &machine);
        ck_assert(!machine.has_sysfs);
}
END_TEST

START_TEST(test_adapters) {
        make_folder("sys/class/bluetooth/hci0");
        make_folder("sys/class/bluetooth/hci12");
        make_folder("sys/class/bluetooth/hci0:64"); /* a connection */
        make_folder("sys/class/bluetooth/hci");
        make_folder("sys/class/bluetooth/rfcomm0");
        ck_assert_uint_eq(look().n_adapters, 2);
        ck_assert(look().has_sysfs);
}
END_TEST

START_TEST(test_containers) {
        static const char environ[] = "PATH=/bin\0container=lxc\0TERM=dumb";
        static const char not_so[] = "PATH=/bin\0NOTcontainer=lxc";

        make_file("proc/1/environ", not_so, sizeof(not_so));
        ck_assert_int_eq(look().sandbox, SANDBOX_NONE);
        make_file("proc/1/environ", environ, sizeof(environ));
        ck_assert_int_eq(look().sandbox, SANDBOX_CONTAINER);
        make_text("proc/1/environ", "");
        make_text("run/.containerenv", "");
        ck_assert_int_eq(look().sandbox, SANDBOX_CONTAINER);
        make_text(".flatpak-info", "[Application]");
        ck_assert_int_eq(look().sandbox, SANDBOX_FLATPAK);
}
END_TEST

START_TEST(test_snap) {
        setenv("SNAP_NAME", "hybridd", 1);
        ck_assert_int_eq(look().sandbox, SANDBOX_SNAP);
        unsetenv("SNAP_NAME");
}
END_TEST

START_TEST(test_virtual) {
        make_text("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme\n");
        ck_assert(!look().is_virtual);
        make_text("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor vme\n");
        ck_assert(look().is_virtual);
}
END_TEST

START_TEST(test_installed) {
        make_text("usr/share/dbus-1/system-services/org.bluez.service", "");
        make_text("usr/bin/dnf", "");
        make_text("run/dbus/system_bus_socket", "");
        ck_assert(look().bluez_installed);
        ck_assert(look().has_system_bus);
        ck_assert_int_eq(look().package_tool, PACKAGE_TOOL_DNF);
}
END_TEST

static void make_usb(const char *interface, const char *class, const char *sub_class,
                     const char *protocol) {
        char path[256];

        snprintf(path, sizeof(path), "sys/bus/usb/devices/%s/bInterfaceClass", interface);
        make_text(path, class);
        snprintf(path, sizeof(path), "sys/bus/usb/devices/%s/bInterfaceSubClass", interface);
        make_text(path, sub_class);
        snprintf(path, sizeof(path), "sys/bus/usb/devices/%s/bInterfaceProtocol", interface);
        make_text(path, protocol);
}

START_TEST(test_usb) {
        make_text("sys/bus/usb/devices/1-4/idVendor", "8087\n");
        make_text("sys/bus/usb/devices/1-4/idProduct", "0aaa\n");
        make_usb("1-4:1.0", "e0\n", "01\n", "03\n"); /* RNDIS */
        ck_assert_str_eq(look().unused_usb, "");
        make_usb("1-4:1.0", "03\n", "01\n", "01\n"); /* a keyboard */
        ck_assert_str_eq(look().unused_usb, "");
        make_usb("1-4:1.0", "e0\n", "01\n", "01\n");
        ck_assert_str_eq(look().unused_usb, "8087:0aaa");
        make_folder("sys/bus/usb/devices/1-4:1.0/driver");
        ck_assert_str_eq(look().unused_usb, "");
}
END_TEST

START_TEST(test_files_that_make_no_sense) {
        make_text("sys/bus/usb/devices/1-4/idVendor", "123456789abcdef\n");
        make_usb("1-4:1.0", "e0\n", "01\n", "01\n");
        make_folder("proc/cpuinfo");
        make_text("sys/class/bluetooth", "a file");
        ck_assert_uint_eq(strlen(look().unused_usb), USB_ID_SIZE - 1);
        ck_assert_uint_eq(look().n_adapters, 0);
        ck_assert(!look().is_virtual);
}
END_TEST

static void make_rfkill(const char *name, const char *type, const char *soft, const char *hard) {
        char path[256];

        snprintf(path, sizeof(path), "sys/class/rfkill/%s/type", name);
        make_text(path, type);
        snprintf(path, sizeof(path), "sys/class/rfkill/%s/soft", name);
        make_text(path, soft);
        snprintf(path, sizeof(path), "sys/class/rfkill/%s/hard", name);
        make_text(path, hard);
}

START_TEST(test_rfkill) {
        RfkillState state = rfkill_bluetooth_state(root);

        ck_assert(!state.soft && !state.hard);
        make_rfkill("rfkill0", "wlan\n", "1\n", "1\n");
        state = rfkill_bluetooth_state(root);
        ck_assert(!state.soft && !state.hard);
        make_rfkill("rfkill1", "bluetooth\n", "1\n", "0\n");
        state = rfkill_bluetooth_state(root);
        ck_assert(state.soft && !state.hard);
        make_rfkill("rfkill2", "bluetooth\n", "0\n", "1\n");
        state = rfkill_bluetooth_state(root);
        ck_assert(state.soft && state.hard);
        make_rfkill("rfkill3", "bluetooth\n", "0\n", "0\n"); /* one is free */
        state = rfkill_bluetooth_state(root);
        ck_assert(!state.soft && !state.hard);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("machine", &tcase);

        tcase_add_checked_fixture(tcase, make_root, remove_root);
        tcase_add_test(tcase, test_empty);
        tcase_add_test(tcase, test_no_root);
        tcase_add_test(tcase, test_adapters);
        tcase_add_test(tcase, test_containers);
        tcase_add_test(tcase, test_snap);
        tcase_add_test(tcase, test_virtual);
        tcase_add_test(tcase, test_installed);
        tcase_add_test(tcase, test_usb);
        tcase_add_test(tcase, test_files_that_make_no_sense);
        tcase_add_test(tcase, test_rfkill);
        return unit_run(suite);
}
