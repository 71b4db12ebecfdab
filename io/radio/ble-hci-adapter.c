/* SPDX-License-Identifier: MIT */

/*
 * The talk with one adapter. One command at a time is under way: the next one is asked of the state
 * machines when the last one is answered, or has gone without an answer for too long. All else that
 * comes is reports, and what other programs have sent.
 */

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "io/radio/ad-structure.h"
#include "io/radio/ble-hci-internal.h"

/* ---- life ----------------------------------------------------------------------------------- */

static int on_packets(sd_event_source *source, int fd, uint32_t revents, void *userdata);

int hci_adapter_open(Hci *hci, uint16_t id) {
        int r;

        r = hci->system->open_adapter(id);
        if (r < 0)
                return r;
        hci->adapter_fd = r;
        hci->adapter_id = id;
        hci->identified = false;
        hci->identify_usec = 0;
        hci->reports = (HciReports){};

        r = sd_event_add_io(hci->event, &hci->adapter, hci->adapter_fd, EPOLLIN, on_packets, hci);
        if (r < 0)
                hci_adapter_close(hci);
        return r < 0 ? r : 0;
}

void hci_adapter_close(Hci *hci) {
        hci->adapter = sd_event_source_disable_unref(hci->adapter);
        if (hci->adapter_fd >= 0)
                close(hci->adapter_fd);
        hci->adapter_fd = -1;
        hci->adapter_id = BLE_HCI_NO_ADAPTER;
        hci->asker = HCI_ASKER_NOBODY;
        hci->reports = (HciReports){};
        hci_scan_detach(&hci->scan);
        hci_advertise_detach(&hci->advertise);
}

/* Something is wrong with it, but it may be well again. */
static void lose(Hci *hci, uint64_t now_usec) {
        hci_adapter_close(hci);
        hci->reopen_usec = now_usec + BLE_HCI_REOPEN_USEC;
        hci->changed = true;
}

void hci_adapter_farewell(Hci *hci) {
        HciCommand command;

        if (hci->adapter_fd < 0)
                return;
        if (hci_scan_farewell(&hci->scan, &command))
                (void)!write(hci->adapter_fd, command.data, command.n);
        for (unsigned i = 0; hci_advertise_farewell(&hci->advertise, i, &command); i++)
                (void)!write(hci->adapter_fd, command.data, command.n);
        hci_adapter_close(hci);
}

bool hci_adapter_is_over(const Hci *hci) {
        return hci_scan_is_over(&hci->scan) && hci_advertise_is_over(&hci->advertise);
}

/* ---- commands ------------------------------------------------------------------------------- */

static void on_abilities(Hci *hci, const HciPacket *answer, uint64_t now_usec) {
        HciAbilities abilities;

        if (answer->status != HCI_STATUS_SUCCESS ||
            hci_abilities_decode(answer->data, answer->n, &abilities) < 0) {
                hci->identify_usec = now_usec + HCI_SCAN_RETRY_USEC;
                return;
        }

        hci->identified = true;
        hci_scan_attach(&hci->scan, &abilities, now_usec);
        hci_advertise_attach(&hci->advertise, &abilities, now_usec);
        if (!abilities.legacy_scan && !abilities.extended_scan) {
                hci->incapable |= 1ULL << hci->adapter_id % 64;
                hci->changed = true;
        }
}

static void on_answer(Hci *hci, const HciPacket *answer, uint64_t now_usec) {
        HciAsker asker = hci->asker;

        hci->asker = HCI_ASKER_NOBODY;
        switch (asker) {
        case HCI_ASKER_ABILITIES:
                on_abilities(hci, answer, now_usec);
                break;
        case HCI_ASKER_SCAN:
                hci_scan_done(&hci->scan, answer->status, now_usec);
                break;
        case HCI_ASKER_ADVERTISE:
                hci_advertise_done(&hci->advertise, answer->status, now_usec);
                break;
        case HCI_ASKER_NOBODY:
                break;
        }
}

static HciAsker next_command(Hci *hci, uint64_t now_usec, HciCommand *ret) {
        if (!hci->identified) {
                if (hci->identify_usec > now_usec)
                        return HCI_ASKER_NOBODY;
                *ret = hci_command_read_supported();
                return HCI_ASKER_ABILITIES;
        }
        if (hci_scan_next(&hci->scan, now_usec, ret))
                return HCI_ASKER_SCAN;
        if (hci_advertise_next(&hci->advertise, now_usec, ret))
                return HCI_ASKER_ADVERTISE;
        return HCI_ASKER_NOBODY;
}

static void send_command(Hci *hci, const HciCommand *command, uint64_t now_usec) {
        hci->awaited = command->opcode;
        hci->answer_usec = now_usec + BLE_HCI_ANSWER_USEC;

        if (write(hci->adapter_fd, command->data, command->n) == (ssize_t)command->n)
                return;
        if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
                return; /* nobody will answer: it is tried again then */
        if (errno == EPERM)
                hci->permitted = false;
        lose(hci, now_usec);
}

void hci_adapter_pump(Hci *hci, uint64_t now_usec) {
        static const HciPacket no_answer = { .status = HCI_STATUS_NO_ANSWER };
        HciCommand command;

        if (hci->adapter_fd < 0)
                return;
        if (hci->asker != HCI_ASKER_NOBODY && hci->answer_usec <= now_usec)
                on_answer(hci, &no_answer, now_usec);
        if (hci->asker != HCI_ASKER_NOBODY || hci->changed)
                return;

        hci->asker = next_command(hci, now_usec, &command);
        if (hci->asker != HCI_ASKER_NOBODY)
                send_command(hci, &command, now_usec);
}

uint64_t hci_adapter_due(const Hci *hci) {
        uint64_t scan_usec, advertise_usec;

        if (hci->adapter_fd < 0)
                return HCI_NEVER;
        if (hci->asker != HCI_ASKER_NOBODY)
                return hci->answer_usec;
        if (!hci->identified)
                return hci->identify_usec;

        scan_usec = hci_scan_due(&hci->scan);
        advertise_usec = hci_advertise_due(&hci->advertise);
        return scan_usec < advertise_usec ? scan_usec : advertise_usec;
}

/* ---- packets -------------------------------------------------------------------------------- */

/* The user may stop or free the radio in each of the callbacks. */
static void hand_out(Hci *hci, const HciPacket *event) {
        HciReport report;

        hci_reports_begin(&hci->reports, event->data, event->n);
        while (hci->scan.wanted && hci_reports_next(&hci->reports, &report)) {
                AdReader reader = { .data = report.data, .n = report.n };
                BleAdvert advert = { .rssi = report.rssi };

                while (hci->scan.wanted && ad_reader_next_fido(&reader, &advert))
                        hci->events.advert(hci->userdata, &advert);
        }
}

/* A reset makes the controller forget everything, switched off and on included. */
static void on_their_command(Hci *hci, const HciPacket *command, uint64_t now_usec) {
        if (command->opcode == HCI_RESET) {
                lose(hci, now_usec);
                return;
        }
        hci_scan_overhear(&hci->scan, command, now_usec);
        hci_advertise_overhear(&hci->advertise, command, now_usec);
}

static void on_packet(Hci *hci, const uint8_t *data, size_t n) {
        HciPacket packet;

        if (hci_packet_decode(data, n, &packet) < 0)
                return; /* garbage: there is nobody to tell */

        switch (packet.kind) {
        case HCI_COMPLETE:
                if (hci->asker != HCI_ASKER_NOBODY && packet.opcode == hci->awaited)
                        on_answer(hci, &packet, hci_now());
                break;
        case HCI_COMMAND_SENT:
                on_their_command(hci, &packet, hci_now());
                break;
        case HCI_LE_META:
                hand_out(hci, &packet);
                break;
        case HCI_ADAPTER:
        case HCI_OTHER:
                break;
        }
}

/* True if the socket is of no use any more. */
static bool read_packets(Hci *hci, sd_event_source *source, int fd, uint32_t revents) {
        for (unsigned i = 0; i < BLE_HCI_PACKETS_MAX && hci->adapter == source; i++) {
                uint8_t packet[HCI_PACKET_SIZE_MAX];
                ssize_t n = read(fd, packet, sizeof(packet));

                if (n > 0)
                        on_packet(hci, packet, (size_t)n);
                else if (n == 0 || (errno != EAGAIN && errno != EINTR))
                        return true;
                else
                        return revents & (EPOLLERR | EPOLLHUP);
        }
        return false;
}

static int on_packets(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Hci *hci = userdata;
        _unused_ _cleanup_(hci_unrefp) Hci *keep = hci_ref(hci);

        if (read_packets(hci, source, fd, revents))
                lose(hci, hci_now());
        if (hci->freed)
                return 0;

        hci_adapter_pump(hci, hci_now());
        if (hci->changed || hci_adapter_is_over(hci))
                hci_update(hci);
        else
                hci_arm_timer(hci);
        return 0;
}
