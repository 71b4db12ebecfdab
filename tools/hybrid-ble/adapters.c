/* SPDX-License-Identifier: MIT */

/*
 * `hybrid-ble adapters`: what Bluetooth adapters there are, as the kernel and bluetoothd know them.
 */

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "io/radio/bluez-adapters.h"
#include "io/radio/hci-system.h"
#include "io/radio/rfkill.h"
#include "loop.h"
#include "tools/common/complain.h"
#include "tools/common/output.h"
#include "tools/common/printable.h"

enum {
        ADAPTERS_MAX = BLUEZ_ADAPTERS_MAX + HCI_ADAPTERS_MAX,
        SHOWN_ALIAS_SIZE = 2 * BLUEZ_ALIAS_SIZE,
};

/* One adapter, of whom either knows it, or both. */
typedef struct Adapter {
        BluezAdapterInfo info; /* only the name, if only the kernel knows it */
        bool in_bluez, in_kernel, is_up, is_blocked;
} Adapter;

typedef struct Adapters {
        sd_event *event;
        int bluez_r;                /* what bluetoothd said, or why it did not */
        bool kernel_known, has_raw; /* the kernel was asked; and gives raw access */
        RfkillState rfkill;
        Adapter adapters[ADAPTERS_MAX];
        size_t n;
} Adapters;

/* ---- asking --------------------------------------------------------------------------------- */

static Adapter *find_or_add(Adapters *adapters, const char *name) {
        for (size_t i = 0; i < adapters->n; i++)
                if (strcmp(adapters->adapters[i].info.name, name) == 0)
                        return &adapters->adapters[i];
        if (adapters->n == ADAPTERS_MAX)
                return NULL;

        snprintf(adapters->adapters[adapters->n].info.name, BLUEZ_ADAPTER_NAME_SIZE, "%s", name);
        return &adapters->adapters[adapters->n++];
}

static void on_bluez(void *userdata, int r, const BluezAdapters *found) {
        Adapters *adapters = userdata;

        adapters->bluez_r = r;
        for (size_t i = 0; found && i < found->n; i++) {
                Adapter *adapter = find_or_add(adapters, found->adapters[i].name);

                if (!adapter)
                        continue;
                adapter->info = found->adapters[i];
                adapter->in_bluez = true;
                adapter->is_blocked |= adapter->info.is_blocked;
        }
        (void)sd_event_exit(adapters->event, 0);
}

static int ask_bluez(Adapters *adapters) {
        _cleanup_(bluez_adapters_query_freep) BluezAdaptersQuery *query = NULL;
        int r;

        r = loop_new(&adapters->event, 0);
        if (r < 0)
                return r;
        adapters->bluez_r = bluez_adapters_query(&query, adapters->event, on_bluez, adapters);
        return adapters->bluez_r < 0 ? 0 : sd_event_loop(adapters->event);
}

#ifdef HAVE_HCI
static void ask_kernel(Adapters *adapters) {
        HciAdapter found[HCI_ADAPTERS_MAX];
        int fd, n;

        fd = hci_system_linux.open_control(&adapters->has_raw);
        if (fd < 0)
                return;
        n = hci_system_linux.list(fd, found);
        close(fd);
        adapters->kernel_known = n >= 0;
        for (int i = 0; i < n; i++) {
                char name[BLUEZ_ADAPTER_NAME_SIZE];
                Adapter *adapter;

                snprintf(name, sizeof(name), "hci%u", found[i].id);
                adapter = find_or_add(adapters, name);
                if (!adapter)
                        continue;
                adapter->in_kernel = true;
                adapter->is_up = found[i].up;
                adapter->is_blocked |= hci_system_linux.is_blocked(found[i].id);
        }
}
#else
static void ask_kernel(Adapters *adapters) {
}
#endif

/* ---- telling -------------------------------------------------------------------------------- */

static const char *state_of(const Adapter *adapter) {
        if (adapter->is_blocked)
                return "blocked";
        return (adapter->in_bluez ? adapter->info.is_powered : adapter->is_up) ? "on" : "off";
}

static const char *bluez_state(const Adapters *adapters) {
        switch (adapters->bluez_r) {
        case 0:
                return "running";
        case -EACCES:
                return "refused";
        case -ETIMEDOUT:
                return "silent";
        default:
                return "not running";
        }
}

static int print_json(const Adapters *adapters) {
        for (size_t i = 0; i < adapters->n; i++) {
                const Adapter *adapter = &adapters->adapters[i];
                const BluezAdapterInfo *info = &adapter->info;
                json_t *event = json_pack("{s:s,s:s,s:s,s:b,s:b}", "event", "adapter", "name",
                                          info->name, "state", state_of(adapter), "bluez",
                                          adapter->in_bluez, "kernel", adapter->in_kernel);

                if (adapter->in_bluez) {
                        json_object_set_new(event, "address", json_string(info->address));
                        json_object_set_new(event, "alias", json_string(info->alias));
                        json_object_set_new(event, "hears", json_boolean(info->can_hear_le));
                        json_object_set_new(event, "sends", json_boolean(info->can_advertise_le));
                        json_object_set_new(event, "free_adverts",
                                            json_integer(info->n_advertisements_free));
                        json_object_set_new(event, "scanning", json_boolean(info->is_discovering));
                }
                json_dumpf(event, stdout, JSON_COMPACT);
                putchar('\n');
                json_decref(event);
        }
        printf("{\"event\":\"adapters\",\"count\":%zu,\"bluetoothd\":\"%s\"", adapters->n,
               bluez_state(adapters));
        if (adapters->kernel_known)
                printf(",\"raw\":%s", adapters->has_raw ? "true" : "false");
        puts("}");
        return flush_output();
}

static void print_row(const Adapter *adapter) {
        char alias[SHOWN_ALIAS_SIZE];
        const BluezAdapterInfo *info = &adapter->info;

        if (!adapter->in_bluez) {
                printf("%-6s  %-17s  %-7s  known to the kernel, not to bluetoothd\n", info->name,
                       "", state_of(adapter));
                return;
        }
        printable(info->alias, strlen(info->alias), alias, sizeof(alias));
        printf("%-6s  %-17s  %-7s  %-5s  %-5s  %-8s  %s\n", info->name, info->address,
               state_of(adapter), info->can_hear_le ? "yes" : "no",
               info->can_advertise_le ? "yes" : "no", info->is_discovering ? "yes" : "no", alias);
}

static const char *remark_on_bluez(const Adapters *adapters) {
        switch (adapters->bluez_r) {
        case 0:
                return NULL;
        case -EACCES:
                return "bluetoothd does not talk to this user; see its D-Bus policy.";
        case -ETIMEDOUT:
                return "bluetoothd does not answer; restart it: sudo systemctl restart bluetooth.";
        default:
                return "bluetoothd does not run; start it: sudo systemctl start bluetooth.";
        }
}

static void print_remarks(const Adapters *adapters) {
        const char *remark = remark_on_bluez(adapters);

        if (adapters->n == 0)
                printf("There is no Bluetooth adapter. Plug one in; hybridctl doctor says more.\n");
        if (remark)
                puts(remark);
        if (adapters->rfkill.hard)
                puts("Bluetooth is switched off by a switch or key of this computer.");
        else if (adapters->rfkill.soft)
                puts("Bluetooth is blocked; unblock it: rfkill unblock bluetooth.");
        if (adapters->kernel_known && !adapters->has_raw && adapters->n > 0)
                puts("Raw HCI (hci:ADAPTER) takes CAP_NET_RAW and CAP_NET_ADMIN: run it as root.");
}

static int print_table(const Adapters *adapters) {
        if (adapters->n > 0)
                printf("%-6s  %-17s  %-7s  %-5s  %-5s  %-8s  %s\n", "NAME", "ADDRESS", "STATE",
                       "HEARS", "SENDS", "SCANNING", "ALIAS");
        for (size_t i = 0; i < adapters->n; i++)
                print_row(&adapters->adapters[i]);
        print_remarks(adapters);
        return flush_output();
}

static int compare(const void *a, const void *b) {
        const Adapter *left = a, *right = b;

        return strverscmp(left->info.name, right->info.name);
}

int command_adapters(const Options *options) {
        Adapters adapters = {};
        int r;

        r = ask_bluez(&adapters);
        adapters.event = sd_event_unref(adapters.event);
        if (r < 0)
                return EXIT_FAILURE;
        ask_kernel(&adapters);
        qsort(adapters.adapters, adapters.n, sizeof(adapters.adapters[0]), compare);
        adapters.rfkill = rfkill_bluetooth_state("/");

        r = options->json ? print_json(&adapters) : print_table(&adapters);
        return r < 0 || adapters.n == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
