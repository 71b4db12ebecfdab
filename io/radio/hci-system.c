/* SPDX-License-Identifier: MIT */

/*
 * The only file that needs libbluetooth: its header has the kernel's definitions of HCI sockets,
 * which are in no header of the kernel's own. Its functions are of no use here: hci_send_req() waits
 * for the answer, hci_send_cmd() tries in a circle while a socket is full.
 *
 * What the kernel does with raw sockets (Linux 6.1):
 *
 * - Anybody may open and bind one, and list adapters; but who has not CAP_NET_RAW may only send
 *   harmless commands, of which scanning is none (EPERM), and has all but harmless events struck
 *   from the filter. Nobody is told: hence the filter is read back.
 * - A socket bound to HCI_DEV_NONE gets events of the kernel's own (0xfd) when adapters are added
 *   and removed, switched on and off. Not when rfkill gives one free, nor when an adapter is switched
 *   on that the kernel had just switched on by itself to find out what it is.
 * - A socket bound to an adapter gets all that the controller says, and all that others send to it;
 *   not what it has sent itself. It outlives the adapter's being off (ENETDOWN to what is sent), but
 *   not its removal (EPIPE).
 * - When it is closed the controller goes on with all that it was told, such as a scan.
 */

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/radio/hci-system.h"
#include "io/radio/rfkill.h"

_Static_assert((int)HCI_ADAPTERS_MAX == HCI_MAX_DEV, "as many as one list can have");

static void set_bit(uint32_t *words, unsigned bit) {
        words[bit / 32] |= 1U << (bit % 32);
}

static void allow_event(struct hci_filter *filter, uint8_t event) {
        set_bit(&filter->type_mask, HCI_EVENT_PKT);
        set_bit(filter->event_mask, event & HCI_FLT_EVENT_BITS);
}

/* The filter may come out smaller than it was asked for. */
static int set_filter(int fd, const struct hci_filter *filter, bool *ret_complete) {
        struct hci_filter actual = {};
        socklen_t size = sizeof(actual);

        if (setsockopt(fd, SOL_HCI, HCI_FILTER, filter, sizeof(*filter)) < 0 ||
            getsockopt(fd, SOL_HCI, HCI_FILTER, &actual, &size) < 0)
                return -errno;

        *ret_complete =
                actual.type_mask == filter->type_mask &&
                memcmp(actual.event_mask, filter->event_mask, sizeof(actual.event_mask)) == 0;
        return 0;
}

/* With its filter from the first packet on. */
static int open_socket(uint16_t id, const struct hci_filter *filter, bool *ret_complete) {
        const struct sockaddr_hci address = {
                .hci_family = AF_BLUETOOTH,
                .hci_dev = id,
                .hci_channel = HCI_CHANNEL_RAW,
        };
        int fd, r;

        fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, BTPROTO_HCI);
        if (fd < 0)
                return -errno;
        r = set_filter(fd, filter, ret_complete);
        if (r >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                r = -errno;
        if (r < 0) {
                close(fd);
                return r;
        }
        return fd;
}

static int open_control(bool *ret_permitted) {
        struct hci_filter filter = {};

        allow_event(&filter, EVT_STACK_INTERNAL);
        return open_socket(HCI_DEV_NONE, &filter, ret_permitted);
}

static int open_adapter(uint16_t id) {
        struct hci_filter filter = {};
        bool complete = false;
        int fd;

        allow_event(&filter, EVT_CMD_COMPLETE);
        allow_event(&filter, EVT_CMD_STATUS);
        allow_event(&filter, EVT_LE_META_EVENT);
        set_bit(&filter.type_mask, HCI_COMMAND_PKT);
        fd = open_socket(id, &filter, &complete);
        if (fd >= 0 && !complete) {
                close(fd);
                return -EPERM;
        }
        return fd;
}

static int list(int control_fd, HciAdapter ret[static HCI_ADAPTERS_MAX]) {
        _Alignas(struct hci_dev_list_req)
                uint8_t buffer[sizeof(struct hci_dev_list_req) +
                               HCI_ADAPTERS_MAX * sizeof(struct hci_dev_req)] = {};
        struct hci_dev_list_req *request = (struct hci_dev_list_req *)buffer;

        request->dev_num = HCI_ADAPTERS_MAX;
        if (ioctl(control_fd, HCIGETDEVLIST, request) < 0)
                return -errno;

        for (size_t i = 0; i < request->dev_num; i++)
                ret[i] = (HciAdapter){
                        .id = request->dev_req[i].dev_id,
                        .up = request->dev_req[i].dev_opt & 1U << HCI_UP,
                };
        return request->dev_num;
}

static bool reads_one(const char *path) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        char c = '\0';

        if (fd < 0)
                return false;
        if (read(fd, &c, 1) != 1)
                c = '\0';
        close(fd);
        return c == '1';
}

/* Its own switch lies in its folder; one of the machine may have taken it away altogether. */
static bool is_blocked(int id) {
        glob_t files = {};
        char pattern[64];
        bool blocked = false;

        if (id < 0)
                return rfkill_bluetooth_is_blocked();
        snprintf(pattern, sizeof(pattern), "/sys/class/bluetooth/hci%d/rfkill*/{soft,hard}", id);
        if (glob(pattern, GLOB_BRACE | GLOB_NOSORT, NULL, &files) == 0)
                for (size_t i = 0; i < files.gl_pathc; i++)
                        blocked |= reads_one(files.gl_pathv[i]);
        globfree(&files);
        return blocked;
}

const HciSystem hci_system_linux = {
        .open_control = open_control,
        .list = list,
        .open_adapter = open_adapter,
        .is_blocked = is_blocked,
};
