/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ceremony/link.h"
#include "unit.h"

typedef struct End {
        sd_event *event;
        Link *link;
        int peer; /* the other end, as a plain socket */
        unsigned n_packets;
        LinkType last_type;
        char last_field[64];
        bool had_fd, gone;
} End;

static void on_packet(void *userdata, LinkPacket *packet) {
        End *end = userdata;

        end->n_packets++;
        end->last_type = packet->type;
        end->had_fd = packet->fd >= 0;
        if (packet->n_fields > 0)
                snprintf(end->last_field, sizeof(end->last_field), "%s", packet->fields[0].data);
}

static void on_gone(void *userdata) {
        ((End *)userdata)->gone = true;
}

static const LinkEvents events = { on_packet, on_gone };

static void end_init(End *end) {
        int fds[2];

        *end = (End){};
        ck_assert_int_ge(sd_event_new(&end->event), 0);
        ck_assert_int_eq(link_socket_pair(fds), 0);
        ck_assert_int_eq(link_new(&end->link, end->event, fds[0], &events, end), 0);
        end->peer = fds[1];
}

static void end_done(End *end) {
        link_free(end->link);
        if (end->peer >= 0)
                close(end->peer);
        sd_event_unref(end->event);
}
#define _end_ _cleanup_(end_done) End

static void run(End *end) {
        for (unsigned i = 0; i < 10; i++)
                ck_assert_int_ge(sd_event_run(end->event, 0), 0);
}

/* Two links, one at each end of a pair. */
START_TEST(test_packets_arrive) {
        static const uint8_t advert[] = { 0, 1, 2, 0 };
        _end_ end;
        _cleanup_(link_freep) Link *other = NULL;

        end_init(&end);
        ck_assert_int_eq(link_new(&other, end.event, TAKE_FD(end.peer), &events, &end), 0);

        ck_assert_int_eq(link_send(other, LINK_STATE, "connecting", NULL), 0);
        run(&end);
        ck_assert_uint_eq(end.n_packets, 1);
        ck_assert_int_eq(end.last_type, LINK_STATE);
        ck_assert_str_eq(end.last_field, "connecting");

        ck_assert_int_eq(link_send_bytes(other, LINK_ADVERT, advert, sizeof(advert)), 0);
        run(&end);
        ck_assert_uint_eq(end.n_packets, 2);
        ck_assert_int_eq(link_send_fd(other, LINK_QR, STDIN_FILENO, NULL), 0);
        run(&end);
        ck_assert_uint_eq(end.n_packets, 3);
        ck_assert(end.had_fd);
}
END_TEST

START_TEST(test_misshapen_packets_end_the_link) {
        static const struct {
                const char *bytes;
                size_t n;
        } wrong[] = {
                { "\xc8", 1 },                 /* no such type */
                { "\x08", 1 },                 /* a field missing */
                { "\x06\x01\0\0\0x\0", 7 },    /* a field too many */
                { "\x08\xff\xff\xff\xff", 5 }, /* a length that cannot be */
                { "\x08\x01\0\0\0x", 6 },      /* no NUL */
                { "\x08\x03\0\0\0a\0b\0", 9 }, /* a NUL inside */
                { "\x08\x01\0\0\0x\0y", 8 },   /* bytes left over */
                { "\x04", 1 },                 /* no descriptor */
                { "\x0d", 1 },                 /* one type too high */
        };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                _end_ end;

                end_init(&end);
                ck_assert_int_eq(send(end.peer, wrong[i].bytes, wrong[i].n, 0),
                                 (ssize_t)wrong[i].n);
                run(&end);
                ck_assert_msg(end.gone && end.n_packets == 0, "packet %zu", i);
        }
}
END_TEST

static unsigned count_fds(void) {
        DIR *folder = opendir("/proc/self/fd");
        unsigned n = 0;

        ck_assert_ptr_nonnull(folder);
        while (readdir(folder))
                n++;
        closedir(folder);
        return n;
}

static void send_with_fds(int socket, const void *data, size_t n_data, unsigned n_fds) {
        char control[CMSG_SPACE(8 * sizeof(int))]
                __attribute__((aligned(__alignof__(struct cmsghdr)))) = {};
        struct iovec iov = { (void *)data, n_data };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control,
                .msg_controllen = CMSG_SPACE(n_fds * sizeof(int)),
        };
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        int fds[8] = {}; /* stdin, as often as wanted */

        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(header), fds, n_fds * sizeof(int));
        ck_assert_int_eq(sendmsg(socket, &message, 0), (ssize_t)n_data);
}

/* Whatever comes with a packet, nothing of it stays open here unless a handler keeps it. */
START_TEST(test_descriptors_do_not_pile_up) {
        static const struct {
                const char *bytes;
                size_t n;
                unsigned n_fds;
                bool fine;
        } rows[] = {
                { "\x04", 1, 1, true },                  /* as it should be */
                { "\x04", 1, 2, false },                 /* one too many, in what is padding */
                { "\x04", 1, 8, false },                 /* seven too many */
                { "\x06", 1, 1, false },                 /* one where none belongs */
                { "\x08\x03\0\0\0a\0b\0", 9, 1, false }, /* and misshapen besides */
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _end_ end;
                unsigned n_fds;

                end_init(&end);
                n_fds = count_fds();
                send_with_fds(end.peer, rows[i].bytes, rows[i].n, rows[i].n_fds);
                run(&end);
                ck_assert_uint_eq(count_fds(), n_fds);
                ck_assert_msg(end.gone != rows[i].fine && (end.n_packets == 1) == rows[i].fine,
                              "packet %zu", i);
        }
}
END_TEST

START_TEST(test_end_is_noticed) {
        _end_ end;

        end_init(&end);
        close(TAKE_FD(end.peer));
        run(&end);
        ck_assert(end.gone);
}
END_TEST

/* A process that ends without having read all its adverts resets the socket, in front of its answer. */
START_TEST(test_answer_of_a_process_that_has_ended) {
        static const char answer[] = "\x08\x04\0\0\0"
                                     "done";
        _end_ end;

        end_init(&end);
        ck_assert_int_eq(link_send_bytes(end.link, LINK_ADVERT, (const uint8_t *)"x", 1), 0);
        ck_assert_int_eq(send(end.peer, answer, sizeof(answer), 0), sizeof(answer));
        close(TAKE_FD(end.peer));
        run(&end);
        ck_assert_uint_eq(end.n_packets, 1);
        ck_assert_str_eq(end.last_field, "done");
        ck_assert(end.gone);
}
END_TEST

START_TEST(test_listening_can_wait) {
        _end_ end;

        end_init(&end);
        link_listen(end.link, false);
        ck_assert_int_eq(send(end.peer, "\x06", 1, 0), 1);
        run(&end);
        ck_assert_uint_eq(end.n_packets, 0);
        link_listen(end.link, true);
        run(&end);
        ck_assert_uint_eq(end.n_packets, 1);
}
END_TEST

START_TEST(test_what_is_too_large_is_not_sent) {
        _cleanup_(bytes_done) Bytes large = { .data = malloc(LINK_PACKET_SIZE_MAX + 1) };
        _end_ end;

        end_init(&end);
        memset(large.data, 'x', LINK_PACKET_SIZE_MAX);
        large.data[LINK_PACKET_SIZE_MAX] = '\0';
        ck_assert_int_eq(link_send(end.link, LINK_STATE, (const char *)large.data, NULL),
                         -EMSGSIZE);
        ck_assert_int_eq(link_send_bytes(end.link, LINK_ADVERT, large.data, 1000), -EMSGSIZE);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("link", &tcase);

        tcase_add_test(tcase, test_packets_arrive);
        tcase_add_test(tcase, test_misshapen_packets_end_the_link);
        tcase_add_test(tcase, test_descriptors_do_not_pile_up);
        tcase_add_test(tcase, test_end_is_noticed);
        tcase_add_test(tcase, test_answer_of_a_process_that_has_ended);
        tcase_add_test(tcase, test_listening_can_wait);
        tcase_add_test(tcase, test_what_is_too_large_is_not_sent);
        return unit_run(suite);
}
