/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "diagnosis/machine.h"

enum {
        TEXT_SIZE = 4096,
};

/* ---- files ---------------------------------------------------------------------------------- */

/* Paths are relative to the root's descriptor. */

static bool exists(int root, const char *path) {
        struct stat st;

        return fstatat(root, path, &st, 0) == 0;
}

/* When it was last written, or 0. */
static int64_t time_of(int root, const char *path) {
        struct stat st;

        return fstatat(root, path, &st, 0) == 0 ? st.st_mtim.tv_sec : 0;
}

/* The beginning of a file; "" if it cannot be read. Zero bytes are taken for the ends of lines. */
static void read_text(int root, const char *path, char ret[static TEXT_SIZE]) {
        ssize_t n = 0;
        int fd;

        fd = openat(root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd >= 0) {
                n = read(fd, ret, TEXT_SIZE - 1);
                close(fd);
        }
        ret[n > 0 ? n : 0] = '\0';
        for (ssize_t i = 0; i < n; i++)
                if (ret[i] == '\0')
                        ret[i] = '\n';
}

static DIR *open_folder(int root, const char *path) {
        DIR *folder;
        int fd;

        fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return NULL;
        folder = fdopendir(fd);
        if (!folder)
                close(fd);
        return folder;
}

/* The line after KEY=, without its quotes; or NULL. Changes the text. */
static char *value_of(char *text, const char *key) {
        size_t n = strlen(key);

        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
                if (strncmp(line, key, n) == 0 && line[n] == '=') {
                        char *value = line + n + 1;
                        size_t n_value;

                        value += strspn(value, "\"'");
                        n_value = strcspn(value, "\"'");
                        value[n_value] = '\0';
                        return value;
                }
        return NULL;
}

/* ---- the machine ---------------------------------------------------------------------------- */

static Sandbox look_for_sandbox(int root) {
        char text[TEXT_SIZE];

        if (exists(root, ".flatpak-info"))
                return SANDBOX_FLATPAK;
        if (getenv("SNAP_NAME"))
                return SANDBOX_SNAP;
        if (exists(root, "run/.containerenv") || exists(root, ".dockerenv") ||
            exists(root, "run/systemd/container"))
                return SANDBOX_CONTAINER;
        read_text(root, "proc/1/environ", text);
        return value_of(text, "container") ? SANDBOX_CONTAINER : SANDBOX_NONE;
}

static bool look_for_hypervisor(int root) {
        char text[TEXT_SIZE];

        read_text(root, "proc/cpuinfo", text);
        return strstr(text, " hypervisor") || exists(root, "sys/hypervisor/type");
}

static PackageTool look_for_package_tool(int root) {
        static const struct {
                const char *program;
                PackageTool tool;
        } tools[] = {
                { "usr/bin/apt", PACKAGE_TOOL_APT },
                { "usr/bin/dnf", PACKAGE_TOOL_DNF },
                { "usr/bin/pacman", PACKAGE_TOOL_PACMAN },
                { "usr/bin/zypper", PACKAGE_TOOL_ZYPPER },
        };

        for (size_t i = 0; i < ELEMENTSOF(tools); i++)
                if (exists(root, tools[i].program))
                        return tools[i].tool;
        return PACKAGE_TOOL_UNKNOWN;
}

/* "hci0", but not "hci0:64", which is a connection of it. */
static bool is_adapter_name(const char *name) {
        size_t n_digits = strncmp(name, "hci", 3) == 0 ? strspn(name + 3, "0123456789") : 0;

        return n_digits > 0 && name[3 + n_digits] == '\0';
}

static unsigned count_adapters(int root) {
        struct dirent *entry;
        unsigned n = 0;
        DIR *folder;

        folder = open_folder(root, "sys/class/bluetooth");
        if (!folder)
                return 0;
        while ((entry = readdir(folder)))
                n += is_adapter_name(entry->d_name);
        closedir(folder);
        return n;
}

/* ---- USB ------------------------------------------------------------------------------------ */

static unsigned read_hex(int root, const char *device, const char *attribute) {
        char path[512], text[TEXT_SIZE];

        snprintf(path, sizeof(path), "sys/bus/usb/devices/%s/%s", device, attribute);
        read_text(root, path, text);
        return (unsigned)strtoul(text, NULL, 16);
}

/* "Wireless controller, radio frequency, Bluetooth", as USB-IF has numbered them. */
static bool is_bluetooth_interface(int root, const char *name) {
        return read_hex(root, name, "bInterfaceClass") == 0xe0 &&
               read_hex(root, name, "bInterfaceSubClass") == 0x01 &&
               read_hex(root, name, "bInterfaceProtocol") == 0x01;
}

static bool has_driver(int root, const char *interface) {
        char path[512];

        snprintf(path, sizeof(path), "sys/bus/usb/devices/%s/driver", interface);
        return exists(root, path);
}

/* Interfaces are named after their device: "1-4:1.0" is one of "1-4". */
static void find_unused_usb(int root, char ret[static USB_ID_SIZE]) {
        struct dirent *entry;
        DIR *folder;

        ret[0] = '\0';
        folder = open_folder(root, "sys/bus/usb/devices");
        if (!folder)
                return;
        while (ret[0] == '\0' && (entry = readdir(folder))) {
                char device[sizeof(entry->d_name)];
                size_t n = strcspn(entry->d_name, ":");

                if (entry->d_name[n] == '\0' || !is_bluetooth_interface(root, entry->d_name) ||
                    has_driver(root, entry->d_name))
                        continue;
                snprintf(device, sizeof(device), "%.*s", (int)n, entry->d_name);
                snprintf(ret, USB_ID_SIZE, "%04x:%04x", read_hex(root, device, "idVendor") & 0xffff,
                         read_hex(root, device, "idProduct") & 0xffff);
        }
        closedir(folder);
}

void machine_look(const char *root, Machine *ret) {
        int fd;

        *ret = (Machine){};
        fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return;

        ret->sandbox = look_for_sandbox(fd);
        ret->is_virtual = look_for_hypervisor(fd);
        ret->package_tool = look_for_package_tool(fd);
        ret->has_sysfs = exists(fd, "sys/class");
        ret->n_adapters = count_adapters(fd);
        find_unused_usb(fd, ret->unused_usb);
        ret->has_system_bus = exists(fd, "run/dbus/system_bus_socket");
        ret->bluez_installed = exists(fd, "usr/share/dbus-1/system-services/org.bluez.service");
        ret->suffix_list_time = time_of(fd, "usr/share/publicsuffix/public_suffix_list.dafsa");
        close(fd);
}
