/* SPDX-License-Identifier: MIT */

/*
 * A folder is the ether. Who scans has a datagram socket NAME.sock in it, with a random name; who
 * advertises sends to every socket in the folder each 100 ms, as phones do. A datagram is the UUID
 * (16 bits, little-endian), the RSSI (int8), then the service data.
 *
 * open() refuses a folder that is not ours (-EPERM) or that everybody may write to (-EACCES):
 * whoever can make a socket there can be any phone. Datagrams are strangers' input all the same.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "io/radio/ble.h"

#define SUFFIX ".sock"

enum {
        INTERVAL_USEC = 100 * 1000,
        ACCURACY_USEC = 5 * 1000,

        HEADER_SIZE = 3,
        DATAGRAM_SIZE_MAX = HEADER_SIZE + BLE_SERVICE_DATA_SIZE_MAX,
        RSSI = -40, /* as near as it gets */

        NAME_SIZE = 16 + sizeof(SUFFIX),
        /* At most these at a time, be it datagrams to read or receivers to send to. */
        DATAGRAMS_MAX = 64,
        RECEIVERS_MAX = 64,
};

typedef struct Loopback {
        Ble ble;        /* first */
        unsigned n_ref; /* the user's, and one while adverts are handed out */
        sd_event *event;
        BleEvents events;
        void *userdata;
        int folder_fd;

        sd_event_source *receiver; /* NULL: not scanning */
        int receiver_fd;
        char receiver_name[NAME_SIZE];

        sd_event_source *timer; /* NULL: not advertising */
        int sender_fd;
        uint8_t datagram[DATAGRAM_SIZE_MAX];
        size_t n_datagram;
} Loopback;

static Loopback *from_ble(Ble *ble) {
        return (Loopback *)ble;
}

static void loopback_unref(Loopback *loopback) {
        if (--loopback->n_ref == 0)
                free(loopback);
}

DEFINE_CLEANUP(Loopback *, loopback_unref);

/* By way of the open folder: its path may be longer than a socket's address can be. */
static void make_address(const Loopback *loopback, const char *name, struct sockaddr_un *ret) {
        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/%s", loopback->folder_fd,
                 name);
}

/* Malformed ones are dropped without a word: there is nobody to tell. */
static void hand_out(Loopback *loopback, const uint8_t *data, size_t n) {
        BleAdvert advert;

        if (n <= HEADER_SIZE || n > DATAGRAM_SIZE_MAX)
                return;
        advert = (BleAdvert){
                .uuid = get_le16(data),
                .rssi = (int8_t)data[2],
                .service_data = data + HEADER_SIZE,
                .n_service_data = n - HEADER_SIZE,
        };
        if (advert.uuid != BLE_UUID_FIDO && advert.uuid != BLE_UUID_GOOGLE)
                return;

        loopback->events.advert(loopback->userdata, &advert);
}

static int on_datagrams(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Loopback *loopback = userdata;
        _cleanup_(loopback_unrefp) Loopback *keep = loopback;

        keep->n_ref++;
        for (unsigned i = 0; i < DATAGRAMS_MAX && loopback->receiver; i++) {
                uint8_t data[DATAGRAM_SIZE_MAX];
                ssize_t n = recv(loopback->receiver_fd, data, sizeof(data), MSG_TRUNC);

                if (n < 0)
                        break;
                hand_out(loopback, data, (size_t)n);
        }

        return 0;
}

static int bind_receiver(Loopback *loopback) {
        struct sockaddr_un address;
        uint8_t random[8];

        if (getrandom(random, sizeof(random), 0) != sizeof(random))
                return -EIO;
        hex_encode_upper(random, sizeof(random), loopback->receiver_name);
        memcpy(loopback->receiver_name + 2 * sizeof(random), SUFFIX, sizeof(SUFFIX));
        make_address(loopback, loopback->receiver_name, &address);

        /* The mode of the socket becomes that of its file: at no time has it another. */
        if (fchmod(loopback->receiver_fd, 0600) < 0 ||
            bind(loopback->receiver_fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
                loopback->receiver_name[0] = '\0';
                return -errno;
        }

        return 0;
}

static void loopback_scan_stop(Ble *ble) {
        Loopback *loopback = from_ble(ble);

        loopback->receiver = sd_event_source_disable_unref(loopback->receiver);
        if (loopback->receiver_fd >= 0)
                close(loopback->receiver_fd);
        loopback->receiver_fd = -1;
        if (loopback->receiver_name[0])
                (void)unlinkat(loopback->folder_fd, loopback->receiver_name, 0);
        loopback->receiver_name[0] = '\0';
}

static int loopback_scan_start(Ble *ble) {
        Loopback *loopback = from_ble(ble);
        int r;

        if (loopback->receiver)
                return 0;

        loopback->receiver_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (loopback->receiver_fd < 0)
                return -errno;
        r = bind_receiver(loopback);
        if (r >= 0)
                r = sd_event_add_io(loopback->event, &loopback->receiver, loopback->receiver_fd,
                                    EPOLLIN, on_datagrams, loopback);
        if (r < 0) {
                loopback_scan_stop(ble);
                return r;
        }

        return 0;
}

static bool is_socket(const Loopback *loopback, const char *name) {
        struct stat st;

        return fstatat(loopback->folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
               S_ISSOCK(st.st_mode);
}

/* Not to ourselves: no radio hears what it sends. */
static bool is_receiver(const Loopback *loopback, const struct dirent *entry) {
        size_t n = strlen(entry->d_name);

        if (n < sizeof(SUFFIX) || strcmp(entry->d_name + n - strlen(SUFFIX), SUFFIX) != 0)
                return false;
        if (strcmp(entry->d_name, loopback->receiver_name) == 0)
                return false;

        return is_socket(loopback, entry->d_name);
}

/* Best effort, as on the air. A socket that nobody holds any more is cleared away. */
static void send_to(const Loopback *loopback, const char *name) {
        struct sockaddr_un address;

        if (strlen(name) >= sizeof(address.sun_path) - sizeof("/proc/self/fd/2147483647/"))
                return;

        make_address(loopback, name, &address);
        if (sendto(loopback->sender_fd, loopback->datagram, loopback->n_datagram,
                   MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof(address)) < 0 &&
            errno == ECONNREFUSED)
                (void)unlinkat(loopback->folder_fd, name, 0);
}

static void closedir_cleanup(DIR **folder) {
        if (*folder)
                closedir(*folder);
}

static void send_to_all(const Loopback *loopback) {
        int fd = openat(loopback->folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(closedir_cleanup) DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
        const struct dirent *entry;
        unsigned n = 0;

        if (!folder) {
                if (fd >= 0)
                        close(fd);
                return;
        }

        while (n < RECEIVERS_MAX && (entry = readdir(folder)))
                if (is_receiver(loopback, entry)) {
                        send_to(loopback, entry->d_name);
                        n++;
                }
}

static int on_interval(sd_event_source *source, uint64_t usec, void *userdata) {
        send_to_all(userdata);

        (void)sd_event_source_set_time_relative(source, INTERVAL_USEC);
        (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        return 0;
}

static void loopback_advertise_stop(Ble *ble) {
        Loopback *loopback = from_ble(ble);

        loopback->timer = sd_event_source_disable_unref(loopback->timer);
        if (loopback->sender_fd >= 0)
                close(loopback->sender_fd);
        loopback->sender_fd = -1;
}

static int start_sending(Loopback *loopback) {
        loopback->sender_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (loopback->sender_fd < 0)
                return -errno;

        return sd_event_add_time_relative(loopback->event, &loopback->timer, CLOCK_BOOTTIME, 0,
                                          ACCURACY_USEC, on_interval, loopback);
}

static int loopback_advertise_start(Ble *ble, uint16_t uuid, const uint8_t *service_data,
                                    size_t n) {
        Loopback *loopback = from_ble(ble);
        int r;

        if (n > BLE_SERVICE_DATA_SIZE_MAX)
                return -EMSGSIZE;

        loopback_advertise_stop(ble);
        put_le16(loopback->datagram, uuid);
        loopback->datagram[2] = (uint8_t)(int8_t)RSSI;
        if (n > 0)
                memcpy(loopback->datagram + HEADER_SIZE, service_data, n);
        loopback->n_datagram = HEADER_SIZE + n;

        r = start_sending(loopback);
        if (r < 0)
                loopback_advertise_stop(ble);
        return r < 0 ? r : 0;
}

static BleStatus loopback_status(Ble *ble) {
        return BLE_ON;
}

static Ble *loopback_free(Ble *ble) {
        Loopback *loopback = from_ble(ble);

        loopback_scan_stop(ble);
        loopback_advertise_stop(ble);
        if (loopback->folder_fd >= 0)
                close(loopback->folder_fd);
        sd_event_unref(loopback->event);

        loopback_unref(loopback);
        return NULL;
}

static int open_folder(const char *path, int *ret_fd) {
        struct stat st;
        int fd, r = 0;

        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        if (fstat(fd, &st) < 0)
                r = -errno;
        else if (st.st_uid != geteuid())
                r = -EPERM;
        else if (st.st_mode & S_IWOTH)
                r = -EACCES;
        if (r < 0) {
                close(fd);
                return r;
        }

        *ret_fd = fd;
        return 0;
}

static int loopback_open(Ble **ret, sd_event *event, const char *where, const BleEvents *events,
                         void *userdata) {
        _cleanup_(ble_freep) Ble *ble = NULL;
        Loopback *loopback;
        int r;

        if (!where)
                return -EINVAL;
        loopback = calloc(1, sizeof(Loopback));
        if (!loopback)
                return -ENOMEM;
        ble = &loopback->ble;
        *loopback = (Loopback){
                .ble.backend = &ble_loopback,
                .n_ref = 1,
                .event = sd_event_ref(event),
                .events = *events,
                .userdata = userdata,
                .folder_fd = -1,
                .receiver_fd = -1,
                .sender_fd = -1,
        };

        r = open_folder(where, &loopback->folder_fd);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(ble);
        return 0;
}

const BleBackend ble_loopback = {
        .name = "loopback",
        .open = loopback_open,
        .status = loopback_status,
        .scan_start = loopback_scan_start,
        .scan_stop = loopback_scan_stop,
        .advertise_start = loopback_advertise_start,
        .advertise_stop = loopback_advertise_stop,
        .free = loopback_free,
};
