/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "io/tunnel/race.h"

enum {
        /* What the peer has not acknowledged for so long is lost: a dead network is noticed. */
        UNACKNOWLEDGED_MSEC_MAX = 20 * 1000,
};

typedef struct Attempt {
        Race *race;
        int fd; /* -1: not started, or failed */
        sd_event_source *source;
        const Address *address;
} Attempt;

struct Race {
        sd_event *event;
        sd_event_source *timer; /* starts the next attempt */
        race_done_t done;
        void *userdata;

        AddressList addresses;
        Attempt attempts[ADDRESS_LIST_MAX];
        size_t n_started;
        size_t n_failed;
        char error[128]; /* of the attempt that failed last */
};

static void attempt_stop(Attempt *attempt) {
        attempt->source = sd_event_source_disable_unref(attempt->source);
        if (attempt->fd >= 0)
                close(attempt->fd);
        attempt->fd = -1;
}

static void attempt_failed(Attempt *attempt, int error) {
        char text[ADDRESS_TEXT_SIZE];

        attempt_stop(attempt);
        attempt->race->n_failed++;
        address_format(attempt->address, text);
        snprintf(attempt->race->error, sizeof(attempt->race->error), "connect %s: %s", text,
                 strerrordesc_np(error));
}

static void race_won(Race *race, Attempt *attempt) {
        int fd = TAKE_FD(attempt->fd);

        for (size_t i = 0; i < race->n_started; i++)
                attempt_stop(&race->attempts[i]);
        race->timer = sd_event_source_disable_unref(race->timer);

        race->done(race->userdata, fd, NULL);
}

/* The next attempt starts now, or all is over if there is none. May free the race. */
static void race_go_on(Race *race) {
        if (race->n_started < race->addresses.n) {
                (void)sd_event_source_set_time_relative(race->timer, 0);
                (void)sd_event_source_set_enabled(race->timer, SD_EVENT_ONESHOT);
        } else if (race->n_failed == race->n_started)
                race->done(race->userdata, -1, race->error);
}

static int on_connected(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Attempt *attempt = userdata;
        socklen_t n = sizeof(int);
        int error = 0;

        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
                error = errno;
        if (error == 0) {
                race_won(attempt->race, attempt);
                return 0;
        }

        attempt_failed(attempt, error);
        race_go_on(attempt->race);
        return 0;
}

/* Latency is all that counts here: many small messages, each waited for. */
static int set_options(int fd) {
        const int yes = 1, unacknowledged = UNACKNOWLEDGED_MSEC_MAX;

        if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) < 0 ||
            setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof(unacknowledged)) <
                    0)
                return -errno;

        return 0;
}

static int attempt_start(Attempt *attempt) {
        const Address *address = attempt->address;
        int r;

        attempt->fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (attempt->fd < 0)
                return -errno;
        r = set_options(attempt->fd);
        if (r < 0)
                return r;
        if (connect(attempt->fd, &address->any, address->n) < 0 && errno != EINPROGRESS)
                return -errno;

        /* Also if it is connected already: the loop tells, and in order. */
        return sd_event_add_io(attempt->race->event, &attempt->source, attempt->fd, EPOLLOUT,
                               on_connected, attempt);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Race *race = userdata;
        Attempt *attempt = &race->attempts[race->n_started];
        int r;

        *attempt = (Attempt){
                .race = race,
                .fd = -1,
                .address = &race->addresses.items[race->n_started],
        };
        race->n_started++;

        r = attempt_start(attempt);
        if (r < 0) {
                attempt_failed(attempt, -r);
                race_go_on(race);
        } else if (race->n_started < race->addresses.n) {
                (void)sd_event_source_set_time_relative(race->timer, RACE_STAGGER_USEC);
                (void)sd_event_source_set_enabled(race->timer, SD_EVENT_ONESHOT);
        }

        return 0;
}

int race_new(Race **ret, sd_event *event, const AddressList *addresses, race_done_t done,
             void *userdata) {
        _cleanup_(race_freep) Race *race = calloc(1, sizeof(Race));
        int r;

        if (!race)
                return -ENOMEM;
        race->event = sd_event_ref(event);
        race->addresses = *addresses;
        race->done = done;
        race->userdata = userdata;

        r = sd_event_add_time_relative(event, &race->timer, CLOCK_BOOTTIME, 0, 1000, on_timer,
                                       race);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(race);
        return 0;
}

Race *race_free(Race *race) {
        if (!race)
                return NULL;

        for (size_t i = 0; i < race->n_started; i++)
                attempt_stop(&race->attempts[i]);
        sd_event_source_disable_unref(race->timer);
        sd_event_unref(race->event);

        free(race);
        return NULL;
}
