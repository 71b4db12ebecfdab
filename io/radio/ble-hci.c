/* SPDX-License-Identifier: MIT */

/*
 * Real radios by way of raw HCI sockets: for machines without bluetoothd, and for measuring.
 *
 * `where` is "hciN" or nothing (the first adapter that is switched on), and "active" after a comma
 * or alone: "hci1", "active", "hci1,active". Active scans ask each advertiser for more, under this
 * machine's own address; phones have nothing more to say, so that passive is the default.
 *
 * It takes CAP_NET_RAW, and an adapter that is switched on: to switch one on is what bluetoothd,
 * btmgmt or hciconfig are for. An adapter that goes and comes again, or is switched off and on, is
 * used again as soon as that is seen: at once, or after BLE_HCI_POLL_USEC where the kernel does not
 * tell. All without waiting in a call.
 *
 * When a raw socket closes, also that of a process that was killed, the kernel does nothing: the
 * controller goes on scanning. A controller of Bluetooth 5 is therefore told to scan for a while
 * only, again and again, and stops within 30 s. An older one, or one that cannot do that, goes on
 * until it is reset or switched off and on ("hciconfig hci0 reset"), or somebody else ends a scan
 * of theirs, as bluetoothd does. That costs power, nothing else; and the next one who scans here
 * shares that scan. The same goes for adverts that were broadcast.
 *
 * A scan that somebody else runs is shared and left on; see hci-scan.h. What it brings is up to them:
 * theirs may report an advert only when it is heard for the first time, and bluetoothd's scan in
 * the background reports devices only that it knows. Where bluetoothd runs ble-bluez.c hears more.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/radio/ad-structure.h"
#include "io/radio/ble-hci-internal.h"
#include "io/random.h"

enum {
        TIMER_ACCURACY_USEC = 10 * 1000,
        ADVERT_SET_MAX = 0xef,
        ADVERT_SET_MIN = 0x80, /* the kernel counts its own from 0 */
};

static Hci *from_ble(Ble *ble) {
        return (Hci *)ble;
}

uint64_t hci_now(void) {
        struct timespec now;

        clock_gettime(CLOCK_BOOTTIME, &now);
        return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static BleStatus hci_status(Ble *ble) {
        Hci *hci = from_ble(ble);
        uint16_t id;

        hci_open_control(hci);
        return hci_look(hci, &id);
}

/* ---- the loop ------------------------------------------------------------------------------- */

static void open_adapter(Hci *hci, uint16_t id, uint64_t now_usec) {
        int r;

        r = hci_adapter_open(hci, id);
        if (r < 0)
                hci->reopen_usec = now_usec + BLE_HCI_REOPEN_USEC;
        if (r == -EPERM) {
                hci->permitted = false;
                hci->changed = true;
        }
}

static void update(Hci *hci) {
        uint64_t now_usec = hci_now();
        uint16_t id = 0;

        hci->changed = false;
        hci_open_control(hci);
        hci->status = hci_look(hci, &id);

        if (hci->adapter_fd >= 0 &&
            (hci->status != BLE_ON || hci->adapter_id != id || hci_adapter_is_over(hci)))
                hci_adapter_close(hci);
        if (hci->adapter_fd < 0 && hci->status == BLE_ON && hci_is_wanted(hci) &&
            hci->reopen_usec <= now_usec)
                open_adapter(hci, id, now_usec);
        hci_adapter_pump(hci, now_usec);
}

void hci_arm_timer(Hci *hci) {
        uint64_t due_usec = hci_adapter_due(hci);

        if (hci->changed || hci->status != hci->told)
                due_usec = 0;
        else if (hci_is_wanted(hci) && hci->status != BLE_ON)
                due_usec = hci_now() + BLE_HCI_POLL_USEC;
        else if (hci_is_wanted(hci) && hci->adapter_fd < 0)
                due_usec = hci->reopen_usec;

        if (due_usec != HCI_NEVER)
                (void)sd_event_source_set_time(hci->timer, due_usec);
        (void)sd_event_source_set_enabled(hci->timer,
                                          due_usec == HCI_NEVER ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

void hci_update(Hci *hci) {
        update(hci);
        hci_arm_timer(hci);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Hci *hci = userdata;
        _unused_ _cleanup_(hci_unrefp) Hci *keep = hci_ref(hci);

        update(hci);
        if (hci->status != hci->told) {
                hci->told = hci->status;
                hci->events.status(hci->userdata, hci->status);
        }
        if (!hci->freed)
                hci_arm_timer(hci);
        return 0;
}

/* ---- what the user asks for ----------------------------------------------------------------- */

static int hci_scan_start(Ble *ble) {
        Hci *hci = from_ble(ble);

        hci_scan_want(&hci->scan, true, hci_now());
        hci_update(hci);
        return 0;
}

static void hci_scan_stop(Ble *ble) {
        Hci *hci = from_ble(ble);

        hci_scan_want(&hci->scan, false, hci_now());
        hci_update(hci);
}

/* Of the kind that says nothing about who broadcasts: non-resolvable, with its two top bits zero. */
static int make_address(uint8_t ret[static HCI_ADDRESS_SIZE]) {
        int r;

        r = random_env.random(NULL, ret, HCI_ADDRESS_SIZE);
        ret[HCI_ADDRESS_SIZE - 1] &= 0x3f;
        return r;
}

static int hci_advertise_start(Ble *ble, uint16_t uuid, const uint8_t *service_data, size_t n) {
        Hci *hci = from_ble(ble);
        uint8_t address[HCI_ADDRESS_SIZE], data[AD_LEGACY_SIZE];
        size_t n_data;
        int r;

        r = ad_legacy_encode(uuid, service_data, n, data, &n_data);
        if (r >= 0)
                r = make_address(address);
        if (r < 0)
                return r;

        hci_advertise_want(&hci->advertise, address, data, n_data, hci_now());
        hci_update(hci);
        return 0;
}

static void hci_advertise_stop(Ble *ble) {
        Hci *hci = from_ble(ble);

        hci_advertise_unwant(&hci->advertise, hci_now());
        hci_update(hci);
}

/* ---- life ----------------------------------------------------------------------------------- */

void hci_unref(Hci *hci) {
        if (--hci->n_ref == 0)
                free(hci);
}

static Ble *hci_free(Ble *ble) {
        Hci *hci = from_ble(ble);

        hci->freed = true;
        hci->scan.wanted = false;
        hci->advertise.wanted = false;
        hci_adapter_farewell(hci);
        hci->control = sd_event_source_disable_unref(hci->control);
        if (hci->control_fd >= 0)
                close(hci->control_fd);
        hci->timer = sd_event_source_disable_unref(hci->timer);
        sd_event_unref(hci->event);

        hci_unref(hci);
        return NULL;
}

/* "hciN", as the kernel writes it. */
static bool parse_adapter(const char *word, size_t n, int *ret_id) {
        int id = 0;

        if (n < 4 || n > 8 || strncmp(word, "hci", 3) != 0 || (word[3] == '0' && n > 4))
                return false;
        for (size_t i = 3; i < n; i++) {
                if (word[i] < '0' || word[i] > '9')
                        return false;
                id = 10 * id + word[i] - '0';
        }
        if (id >= UINT16_MAX)
                return false;

        *ret_id = id;
        return true;
}

static int parse_where(Hci *hci, const char *where) {
        static const char active[] = "active";
        size_t n;

        if (!where || where[0] == '\0')
                return 0;
        n = strcspn(where, ",");
        if (parse_adapter(where, n, &hci->only_id)) {
                if (where[n] == '\0')
                        return 0;
                where += n + 1;
        }
        if (strcmp(where, active) != 0)
                return -EINVAL;
        hci->scan.active = true;
        return 0;
}

static int prepare(Hci *hci, const char *where) {
        uint8_t random;
        uint16_t id;
        int r;

        r = parse_where(hci, where);
        if (r >= 0)
                r = random_env.random(NULL, &random, 1);
        if (r < 0)
                return r;
        hci->advertise.set = ADVERT_SET_MIN + random % (ADVERT_SET_MAX - ADVERT_SET_MIN + 1);

        r = sd_event_add_time(hci->event, &hci->timer, CLOCK_BOOTTIME, 0, TIMER_ACCURACY_USEC,
                              on_timer, hci);
        if (r >= 0)
                r = sd_event_source_set_enabled(hci->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;

        hci_open_control(hci);
        hci->status = hci->told = hci_look(hci, &id);
        return 0;
}

static int hci_open(Ble **ret, sd_event *event, const char *where, const BleEvents *events,
                    void *userdata) {
        return ble_hci_open_on(&hci_system_linux, ret, event, where, events, userdata);
}

const BleBackend ble_hci = {
        .name = "hci",
        .open = hci_open,
        .status = hci_status,
        .scan_start = hci_scan_start,
        .scan_stop = hci_scan_stop,
        .advertise_start = hci_advertise_start,
        .advertise_stop = hci_advertise_stop,
        .free = hci_free,
};

int ble_hci_open_on(const HciSystem *system, Ble **ret, sd_event *event, const char *where,
                    const BleEvents *events, void *userdata) {
        _cleanup_(ble_freep) Ble *ble = NULL;
        Hci *hci = calloc(1, sizeof(*hci));
        int r;

        if (!hci)
                return -ENOMEM;
        ble = &hci->ble;
        *hci = (Hci){
                .ble.backend = &ble_hci,
                .n_ref = 1,
                .event = sd_event_ref(event),
                .events = *events,
                .userdata = userdata,
                .system = system,
                .only_id = BLE_HCI_NO_ADAPTER,
                .control_fd = -1,
                .adapter_id = BLE_HCI_NO_ADAPTER,
                .adapter_fd = -1,
        };

        r = prepare(hci, where);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(ble);
        return 0;
}
