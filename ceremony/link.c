/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "ceremony/link.h"

/* A field on the wire: its length in four bytes, its bytes, and a NUL for convenience. */
#define FIELD_HEAD_SIZE 4

/* Fields that each type has, and whether a descriptor comes with it. */
static const struct {
        uint8_t n_fields;
        bool has_fd;
} shapes[_LINK_TYPE_MAX] = {
        [LINK_BEGIN] = { LINK_BEGIN_N_FIELDS, false },
        [LINK_ADVERT] = { 1, false },
        [LINK_CANCEL] = { 1, false },
        [LINK_ACCEPTED] = { 3, false },
        [LINK_QR] = { 0, true },
        [LINK_QR_WITHDRAWN] = { 2, false },
        [LINK_SCAN_START] = { 0, false },
        [LINK_SCAN_STOP] = { 0, false },
        [LINK_STATE] = { 1, false },
        [LINK_DONE] = { LINK_DONE_N_FIELDS, true },
        [LINK_FAILED] = { LINK_FAILED_N_FIELDS, false },
        [LINK_ASK_SITE] = { 1, false },
        [LINK_SITE_MAY_BE_ASKED] = { 0, false },
        [LINK_USE_PHONE] = { 0, true },
        [LINK_USE_CODE] = { 0, false },
        [LINK_PHONE_LOST] = { 1, false },
        [LINK_LINKED] = { LINK_LINKED_N_FIELDS, true },
};

struct Link {
        int fd;
        sd_event_source *io;
        LinkEvents events;
        void *userdata;
        bool *freed; /* set when link_free() is called from a handler */
};

int link_socket_pair(int ret_fds[static 2]) {
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_fds) < 0)
                return -errno;
        return 0;
}

Link *link_free(Link *link) {
        if (!link)
                return NULL;

        if (link->freed)
                *link->freed = true;
        sd_event_source_disable_unref(link->io);
        close(link->fd);
        free(link);
        return NULL;
}

void link_listen(Link *link, bool listen) {
        sd_event_source_set_enabled(link->io, listen ? SD_EVENT_ON : SD_EVENT_OFF);
}

/* ---- receiving ------------------------------------------------------------------------------ */

static int parse_field(const uint8_t **data, size_t *n, LinkField *ret) {
        uint64_t n_field = 0;

        if (*n < FIELD_HEAD_SIZE)
                return -EBADMSG;
        for (unsigned i = 0; i < FIELD_HEAD_SIZE; i++)
                n_field |= (uint64_t)(*data)[i] << (8 * i);
        *data += FIELD_HEAD_SIZE;
        *n -= FIELD_HEAD_SIZE;

        if (n_field >= *n || (*data)[n_field] != '\0')
                return -EBADMSG;

        *ret = (LinkField){ (const char *)*data, (size_t)n_field };
        *data += n_field + 1;
        *n -= (size_t)n_field + 1;
        return 0;
}

/* Checks a packet against the shape of its type. Text fields hold no NUL. */
static int parse_packet(const uint8_t *data, size_t n, LinkPacket *packet) {
        int r;

        if (n < 1 || data[0] >= _LINK_TYPE_MAX)
                return -EBADMSG;
        packet->type = (LinkType)data[0];
        data++;
        n--;

        while (n > 0) {
                if (packet->n_fields == shapes[packet->type].n_fields)
                        return -EBADMSG;
                r = parse_field(&data, &n, &packet->fields[packet->n_fields]);
                if (r < 0)
                        return r;
                if (packet->type != LINK_ADVERT && strlen(packet->fields[packet->n_fields].data) !=
                                                           packet->fields[packet->n_fields].n)
                        return -EBADMSG;
                packet->n_fields++;
        }

        if (packet->n_fields != shapes[packet->type].n_fields ||
            (packet->fd >= 0) != shapes[packet->type].has_fd)
                return -EBADMSG;
        return 0;
}

/* Takes the descriptor out of a received message; there was no room for more than one. */
static int take_fd(struct msghdr *message) {
        struct cmsghdr *control = CMSG_FIRSTHDR(message);
        int fd = -1;

        if (control && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS)
                memcpy(&fd, CMSG_DATA(control), sizeof(fd));
        return fd;
}

/* The packet's size, above 0; 0 if the other side has gone; -EAGAIN; another error. */
static ssize_t receive(Link *link, uint8_t *buffer, size_t size, LinkPacket *ret) {
        char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(__alignof__(struct cmsghdr))));
        struct iovec iov = { buffer, size };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control,
                .msg_controllen = CMSG_LEN(sizeof(int)), /* the padding has room for another */
        };
        ssize_t n;

        n = recvmsg(link->fd, &message, MSG_CMSG_CLOEXEC);
        /* Reset: it has gone without reading all; but what it sent before is still to come. */
        if (n < 0)
                return errno == EINTR || errno == ECONNRESET ? -EAGAIN : -errno;
        if (n == 0)
                return 0;

        *ret = (LinkPacket){ .fd = take_fd(&message) };
        if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ||
            parse_packet(buffer, (size_t)n, ret) < 0) {
                if (ret->fd >= 0)
                        close(ret->fd);
                return -EBADMSG;
        }
        return n;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        static uint8_t buffer[LINK_PACKET_SIZE_MAX]; /* one loop, and handlers do not come back */
        Link *link = userdata;
        LinkPacket packet;
        bool freed = false;
        ssize_t n;

        n = receive(link, buffer, sizeof(buffer), &packet);
        if (n == -EAGAIN)
                return 0;
        if (n <= 0) {
                sd_event_source_set_enabled(link->io, SD_EVENT_OFF);
                link->events.gone(link->userdata);
                return 0;
        }

        link->freed = &freed;
        link->events.packet(link->userdata, &packet);
        if (!freed)
                link->freed = NULL;
        if (packet.fd >= 0)
                close(packet.fd);

        /* A request holds a challenge, an advert none; nothing of either is to stay here. */
        if (packet.type != LINK_ADVERT)
                secret_erase(buffer, (size_t)n);
        return 0;
}

int link_new(Link **ret, sd_event *event, int fd, const LinkEvents *events, void *userdata) {
        Link *link;
        int r;

        link = calloc(1, sizeof(*link));
        if (!link) {
                close(fd);
                return -ENOMEM;
        }

        *link = (Link){ .fd = fd, .events = *events, .userdata = userdata };
        r = sd_event_add_io(event, &link->io, fd, EPOLLIN, on_io, link);
        if (r < 0) {
                link_free(link);
                return r;
        }

        *ret = link;
        return 0;
}

/* ---- sending -------------------------------------------------------------------------------- */

static void write_field(ByteWriter *w, const void *data, size_t n) {
        uint8_t head[FIELD_HEAD_SIZE];

        put_le32(head, (uint32_t)n);
        byte_writer_append(w, head, sizeof(head));
        byte_writer_append(w, data, n);
        byte_writer_append_u8(w, '\0');
}

static int send_packet(Link *link, const uint8_t *data, size_t n, int fd) {
        char control[CMSG_SPACE(sizeof(int))]
                __attribute__((aligned(__alignof__(struct cmsghdr)))) = {};
        struct iovec iov = { (void *)data, n };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

        if (fd >= 0) {
                struct cmsghdr *header;

                message.msg_control = control;
                message.msg_controllen = sizeof(control);
                header = CMSG_FIRSTHDR(&message);
                header->cmsg_level = SOL_SOCKET;
                header->cmsg_type = SCM_RIGHTS;
                header->cmsg_len = CMSG_LEN(sizeof(int));
                memcpy(CMSG_DATA(header), &fd, sizeof(fd));
        }

        if (sendmsg(link->fd, &message, MSG_NOSIGNAL) < 0)
                return -errno;
        return 0;
}

static int send_strings(Link *link, LinkType type, int fd, va_list strings) {
        ByteWriter w = BYTE_WRITER_COUNTING;
        va_list again;
        const char *text;
        int r;

        va_copy(again, strings);
        byte_writer_append_u8(&w, (uint8_t)type);
        while ((text = va_arg(strings, const char *)))
                write_field(&w, text, strlen(text));
        if (w.n > LINK_PACKET_SIZE_MAX) {
                va_end(again);
                return -EMSGSIZE;
        }

        w = (ByteWriter){ .data = malloc(w.n), .size = w.n };
        if (!w.data) {
                va_end(again);
                return -ENOMEM;
        }
        byte_writer_append_u8(&w, (uint8_t)type);
        while ((text = va_arg(again, const char *)))
                write_field(&w, text, strlen(text));
        va_end(again);

        r = send_packet(link, w.data, w.n, fd);
        secret_free(w.data, w.size);
        return r;
}

int link_send(Link *link, LinkType type, ...) {
        va_list strings;
        int r;

        va_start(strings, type);
        r = send_strings(link, type, -1, strings);
        va_end(strings);
        return r;
}

int link_send_fd(Link *link, LinkType type, int fd, ...) {
        va_list strings;
        int r;

        va_start(strings, fd);
        r = send_strings(link, type, fd, strings);
        va_end(strings);
        return r;
}

int link_send_bytes(Link *link, LinkType type, const uint8_t *data, size_t n) {
        uint8_t buffer[1 + FIELD_HEAD_SIZE + 256];
        ByteWriter w = BYTE_WRITER(buffer);

        byte_writer_append_u8(&w, (uint8_t)type);
        write_field(&w, data, n);
        if (!byte_writer_fits(&w))
                return -EMSGSIZE;
        return send_packet(link, buffer, w.n, -1);
}
