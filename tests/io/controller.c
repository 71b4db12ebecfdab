/* SPDX-License-Identifier: MIT */

#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "controller.h"
#include "unit.h"

enum {
        STATUS_SUCCESS = 0x00,
        STATUS_UNKNOWN = 0x01,
        STATUS_DISALLOWED = 0x0c,
        STATUS_INVALID = 0x12,
        STATUS_NO_SET = 0x42,
};

Controller controller;

static void make_pair(int *ret_ours, int *ret_theirs) {
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
                         0);
        *ret_ours = fds[0];
        *ret_theirs = fds[1];
}

/* ---- the kernel ------------------------------------------------------------------------------ */

static int open_control(bool *ret_permitted) {
        int fd;

        if (controller.control_error < 0)
                return controller.control_error;
        if (controller.control_fd >= 0)
                close(controller.control_fd);
        make_pair(&controller.control_fd, &fd);
        *ret_permitted = controller.permitted;
        return fd;
}

static int list(int control_fd, HciAdapter ret[static HCI_ADAPTERS_MAX]) {
        if (controller.list_error < 0)
                return controller.list_error;
        memcpy(ret, controller.adapters, sizeof(controller.adapters));
        return controller.n_adapters;
}

static bool is_blocked(int id) {
        return controller.blocked_id == id || controller.blocked_id == -1;
}

static void close_adapter(void) {
        controller.source = sd_event_source_disable_unref(controller.source);
        if (controller.fd >= 0)
                close(controller.fd);
        controller.fd = -1;
}

static int on_command(sd_event_source *source, int fd, uint32_t revents, void *userdata);

static int open_adapter(uint16_t id) {
        int fd;

        if (controller.adapter_error < 0)
                return controller.adapter_error;
        close_adapter();
        make_pair(&controller.fd, &fd);
        ck_assert_int_ge(sd_event_add_io(controller.event, &controller.source, controller.fd,
                                         EPOLLIN, on_command, NULL),
                         0);
        controller.opened_id = id;
        controller.n_opened++;
        return fd;
}

const HciSystem controller_system = {
        .open_control = open_control,
        .list = list,
        .open_adapter = open_adapter,
        .is_blocked = is_blocked,
};

/* ---- commands -------------------------------------------------------------------------------- */

static bool is_known(HciOpcode opcode) {
        if (opcode == HCI_READ_SUPPORTED_COMMANDS)
                return true;
        return opcode < HCI_LE_SET_ADVERTISING_SET_RANDOM_ADDRESS ? controller.legacy
                                                                  : controller.extended;
}

static uint8_t enable_scan(bool on, uint16_t duration) {
        if (controller.scanning == on && !on)
                return STATUS_DISALLOWED;
        controller.scanning = on;
        controller.scan_duration = duration;
        return STATUS_SUCCESS;
}

static uint8_t set_scan(bool active) {
        if (controller.scanning)
                return STATUS_DISALLOWED;
        controller.scans_actively = active;
        return STATUS_SUCCESS;
}

static void set_advert(const uint8_t *data, size_t n) {
        memcpy(controller.advert, data, n);
        controller.n_advert = n;
}

static uint8_t carry_out_extended(HciOpcode opcode, const uint8_t *data) {
        bool needs_set = opcode == HCI_LE_SET_ADVERTISING_SET_RANDOM_ADDRESS ||
                         opcode == HCI_LE_SET_EXTENDED_ADVERTISING_DATA ||
                         opcode == HCI_LE_SET_EXTENDED_ADVERTISING_ENABLE;

        if (needs_set && !controller.has_set)
                return STATUS_NO_SET;
        switch (opcode) {
        case HCI_LE_SET_EXTENDED_SCAN_PARAMETERS:
                return set_scan(data[3]);
        case HCI_LE_SET_EXTENDED_SCAN_ENABLE:
                return enable_scan(data[0], get_le16(data + 2));
        case HCI_LE_SET_EXTENDED_ADVERTISING_PARAMETERS:
                controller.has_set = true;
                return controller.advertising ? STATUS_DISALLOWED : STATUS_SUCCESS;
        case HCI_LE_SET_ADVERTISING_SET_RANDOM_ADDRESS:
                memcpy(controller.address, data + 1, HCI_ADDRESS_SIZE);
                return STATUS_SUCCESS;
        case HCI_LE_SET_EXTENDED_ADVERTISING_DATA:
                set_advert(data + 4, data[3]);
                return STATUS_SUCCESS;
        case HCI_LE_SET_EXTENDED_ADVERTISING_ENABLE:
                controller.advertising = data[0];
                return STATUS_SUCCESS;
        case HCI_LE_REMOVE_ADVERTISING_SET:
                controller.has_set = false;
                return controller.advertising ? STATUS_DISALLOWED : STATUS_SUCCESS;
        default:
                return STATUS_UNKNOWN;
        }
}

static uint8_t carry_out_legacy(HciOpcode opcode, const uint8_t *data) {
        switch (opcode) {
        case HCI_LE_SET_SCAN_PARAMETERS:
                return set_scan(data[0]);
        case HCI_LE_SET_SCAN_ENABLE:
                return enable_scan(data[0], 0);
        case HCI_LE_SET_RANDOM_ADDRESS:
                if (controller.scanning || controller.advertising)
                        return STATUS_DISALLOWED;
                memcpy(controller.address, data, HCI_ADDRESS_SIZE);
                return STATUS_SUCCESS;
        case HCI_LE_SET_ADVERTISING_PARAMETERS:
                return controller.advertising ? STATUS_DISALLOWED : STATUS_SUCCESS;
        case HCI_LE_SET_ADVERTISING_DATA:
                ck_assert_uint_le(data[0], HCI_ADVERTISING_DATA_SIZE);
                set_advert(data + 1, data[0]);
                return STATUS_SUCCESS;
        case HCI_LE_SET_ADVERTISING_ENABLE:
                controller.advertising = data[0];
                return STATUS_SUCCESS;
        default:
                return carry_out_extended(opcode, data);
        }
}

static uint8_t carry_out(HciOpcode opcode, const uint8_t *data) {
        if (!is_known(opcode))
                return STATUS_UNKNOWN;
        if (controller.refused == opcode)
                return controller.refused_with;
        return carry_out_legacy(opcode, data);
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Unknown commands are answered by a status, all others by their completion. */
static void answer(HciOpcode opcode, uint8_t status, const uint8_t *data, size_t n) {
        uint8_t packet[HCI_PACKET_SIZE_MAX] = { HCI_PACKET_EVENT };
        ByteWriter w = { .data = packet, .size = sizeof(packet), .n = 3 };
        uint8_t opcode_bytes[2];

        if (controller.silent)
                return;
        put_le16(opcode_bytes, (uint16_t)opcode);
        packet[1] =
                status == STATUS_UNKNOWN ? HCI_EVENT_COMMAND_STATUS : HCI_EVENT_COMMAND_COMPLETE;
        if (status == STATUS_UNKNOWN)
                byte_writer_append_u8(&w, status);
        byte_writer_append_u8(&w, 1);
        byte_writer_append(&w, opcode_bytes, sizeof(opcode_bytes));
        if (status != STATUS_UNKNOWN)
                byte_writer_append_u8(&w, status);
        byte_writer_append(&w, data, n);
        packet[2] = (uint8_t)(w.n - 3);
        controller_send(packet, w.n);
}

static void answer_supported(void) {
        uint8_t data[64] = {};

        if (controller.legacy) {
                data[25] |= 0xb0;
                data[26] |= 0x0e;
        }
        if (controller.extended) {
                data[36] |= 0x2e;
                data[37] |= 0x61;
        }
        answer(HCI_READ_SUPPORTED_COMMANDS, STATUS_SUCCESS, data, sizeof(data));
}

static void on_one_command(const uint8_t *packet, size_t n) {
        HciOpcode opcode;

        ck_assert_uint_ge(n, 4);
        ck_assert_uint_eq(packet[0], HCI_PACKET_COMMAND);
        ck_assert_uint_eq(packet[3], n - 4);
        opcode = get_le16(packet + 1);
        ck_assert_uint_lt(controller.n_commands, CONTROLLER_COMMANDS_MAX);
        controller.commands[controller.n_commands++] = opcode;

        if (opcode == HCI_READ_SUPPORTED_COMMANDS)
                answer_supported();
        else
                answer(opcode, carry_out(opcode, packet + 4), NULL, 0);
}

static int on_command(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        while (controller.source == source) {
                uint8_t packet[HCI_PACKET_SIZE_MAX + 1];
                ssize_t n = read(fd, packet, sizeof(packet));

                if (n > 0)
                        on_one_command(packet, (size_t)n);
                else if (n == 0)
                        close_adapter();
                else if (errno != ECONNRESET) /* which comes before what was sent last */
                        break;
        }
        return 0;
}

bool controller_send(const uint8_t *packet, size_t n) {
        return controller.fd >= 0 && write(controller.fd, packet, n) == (ssize_t)n;
}

void controller_send_hex(const char *hex) {
        _bytes_ bytes = bytes_from_hex(hex);

        ck_assert(controller_send(bytes.data, bytes.n));
}

void controller_report(HciForm form, int8_t rssi, const uint8_t *data, size_t n) {
        static const uint8_t legacy[] = { 1, 0x03, 1, 1, 2, 3, 4, 5, 6 };
        const uint8_t extended[] = { 1,    0x10,          0, 1, 1, 2, 3, 4, 5, 6, 1, 0, 0xff,
                                     0x7f, (uint8_t)rssi, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
        uint8_t packet[HCI_PACKET_SIZE_MAX] = { HCI_PACKET_EVENT, HCI_EVENT_LE_META };
        ByteWriter w = { .data = packet, .size = sizeof(packet), .n = 3 };

        byte_writer_append_u8(&w, form == HCI_EXTENDED ? HCI_LE_EXTENDED_ADVERTISING_REPORT
                                                       : HCI_LE_ADVERTISING_REPORT);
        if (form == HCI_EXTENDED)
                byte_writer_append(&w, extended, sizeof(extended));
        else
                byte_writer_append(&w, legacy, sizeof(legacy));
        byte_writer_append_u8(&w, (uint8_t)n);
        byte_writer_append(&w, data, n);
        if (form == HCI_LEGACY)
                byte_writer_append_u8(&w, (uint8_t)rssi);
        packet[2] = (uint8_t)(w.n - 3);
        ck_assert(controller_send(packet, w.n));
}

void controller_others(HciCommand command) {
        uint8_t status = carry_out(command.opcode, command.data + 4);

        ck_assert(controller_send(command.data, command.n));
        answer(command.opcode, status, NULL, 0);
}

unsigned controller_count(HciOpcode opcode) {
        unsigned n = 0;

        for (unsigned i = 0; i < controller.n_commands; i++)
                n += controller.commands[i] == opcode;
        return n;
}

/* ---- adapters -------------------------------------------------------------------------------- */

void controller_tell(void) {
        static const uint8_t event[] = {
                HCI_PACKET_EVENT, HCI_EVENT_STACK_INTERNAL, 6, 1, 0, 3, 0, 0, 0
        };

        if (controller.control_fd >= 0 && controller.permitted)
                ck_assert_int_eq(write(controller.control_fd, event, sizeof(event)), sizeof(event));
}

static int find(uint16_t id) {
        for (int i = 0; i < controller.n_adapters; i++)
                if (controller.adapters[i].id == id)
                        return i;
        ck_abort_msg("no hci%u", id);
}

/* What a controller does ends when it is switched off. */
static void forget(uint16_t id) {
        if (controller.opened_id == id)
                controller.scanning = controller.advertising = controller.has_set = false;
}

/* The kernel lists the newest first. */
void controller_plug(uint16_t id, bool up) {
        ck_assert_int_lt(controller.n_adapters, HCI_ADAPTERS_MAX);
        memmove(controller.adapters + 1, controller.adapters,
                sizeof(controller.adapters) - sizeof(controller.adapters[0]));
        controller.adapters[0] = (HciAdapter){ .id = id, .up = up };
        controller.n_adapters++;
        controller_tell();
}

void controller_unplug(uint16_t id) {
        int at = find(id);

        controller.adapters[at] = controller.adapters[--controller.n_adapters];
        forget(id);
        if (controller.opened_id == id)
                close_adapter();
        controller_tell();
}

void controller_switch(uint16_t id, bool up) {
        controller.adapters[find(id)].up = up;
        if (!up)
                forget(id);
        controller_tell();
}

void controller_init(sd_event *event) {
        controller = (Controller){
                .event = event,
                .permitted = true,
                .blocked_id = -2,
                .control_fd = -1,
                .fd = -1,
                .legacy = true,
                .extended = true,
                .adapters = { { .id = 0, .up = true } },
                .n_adapters = 1,
        };
}

void controller_done(void) {
        close_adapter();
        if (controller.control_fd >= 0)
                close(controller.control_fd);
        controller.control_fd = -1;
}
