/* SPDX-License-Identifier: MIT */

/*
 * Which adapters there are, in what condition, and which of them is used.
 */

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "io/radio/ble-hci-internal.h"

static bool is_eligible(const Hci *hci, const HciAdapter *adapter) {
        if (hci->only_id != BLE_HCI_NO_ADAPTER && hci->only_id != adapter->id)
                return false;
        return !(hci->incapable & 1ULL << adapter->id % 64);
}

/* What is switched on before what is not, what is in use before the others, then by number. */
static bool is_better(const Hci *hci, const HciAdapter *a, const HciAdapter *b) {
        if (a->up != b->up)
                return a->up;
        if (a->id == hci->adapter_id || b->id == hci->adapter_id)
                return a->id == hci->adapter_id;
        return a->id < b->id;
}

static const HciAdapter *choose(const Hci *hci, const HciAdapter *adapters, size_t n) {
        const HciAdapter *best = NULL;

        for (size_t i = 0; i < n; i++)
                if (is_eligible(hci, &adapters[i]) && (!best || is_better(hci, &adapters[i], best)))
                        best = &adapters[i];
        return best;
}

BleStatus hci_look(const Hci *hci, uint16_t *ret_id) {
        HciAdapter adapters[HCI_ADAPTERS_MAX];
        const HciAdapter *best;
        int n;

        if (hci->control_fd < 0)
                return hci->permitted ? BLE_ABSENT : BLE_NO_PERMISSION;
        n = hci->system->list(hci->control_fd, adapters);
        best = choose(hci, adapters, n > 0 ? (size_t)n : 0);
        if (best && !hci->permitted)
                return BLE_NO_PERMISSION;
        if (!best || !best->up) {
                /* What is blocked may not even show as an adapter. */
                if (hci->system->is_blocked(best ? best->id : -1))
                        return BLE_BLOCKED;
                return best ? BLE_OFF : BLE_ABSENT;
        }

        *ret_id = best->id;
        return BLE_ON;
}

/* Adapters have come, gone, or are in another condition; which, the next look will tell. */
static int on_control(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Hci *hci = userdata;
        uint8_t packet[HCI_PACKET_SIZE_MAX];
        ssize_t n = 1;

        for (unsigned i = 0; i < BLE_HCI_PACKETS_MAX && n > 0; i++)
                n = read(fd, packet, sizeof(packet));
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
                hci->control = sd_event_source_disable_unref(hci->control);
                close(hci->control_fd);
                hci->control_fd = -1;
        }

        hci->incapable = 0;
        hci_update(hci);
        return 0;
}

/* Without it there is no radio, which is a status and not an error; one may come. */
void hci_open_control(Hci *hci) {
        int fd;

        if (hci->control_fd >= 0)
                return;
        fd = hci->system->open_control(&hci->permitted);
        if (fd < 0) {
                hci->permitted = fd != -EPERM && fd != -EACCES;
                return;
        }
        if (sd_event_add_io(hci->event, &hci->control, fd, EPOLLIN, on_control, hci) < 0) {
                close(fd);
                return;
        }
        hci->control_fd = fd;
}
