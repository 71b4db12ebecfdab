/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include "io/fetch/curl-loop.h"

struct CurlLoop {
        sd_event *event;
        sd_event_source *timer;
        CURLM *multi;
        CURL *transfer; /* that runs, or NULL */
        curl_loop_done_t done;
        void *userdata;
};

/* The last thing after each call into curl, since the callee may free the loop. */
static void look_for_end(CurlLoop *loop) {
        const CURLMsg *message;
        CURLcode result;
        int n;

        while ((message = curl_multi_info_read(loop->multi, &n))) {
                if (message->msg != CURLMSG_DONE || message->easy_handle != loop->transfer)
                        continue;
                result = message->data.result;
                curl_multi_remove_handle(loop->multi, loop->transfer);
                loop->transfer = NULL;
                loop->done(loop->userdata, result);
                return;
        }
}

static void act(CurlLoop *loop, curl_socket_t fd, int what) {
        int n_running;

        (void)curl_multi_socket_action(loop->multi, fd, what, &n_running);
        look_for_end(loop);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        int what = 0;

        if (revents & EPOLLIN)
                what |= CURL_CSELECT_IN;
        if (revents & EPOLLOUT)
                what |= CURL_CSELECT_OUT;
        if (revents & (EPOLLERR | EPOLLHUP))
                what |= CURL_CSELECT_ERR;
        act(userdata, fd, what);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        act(userdata, CURL_SOCKET_TIMEOUT, 0);
        return 0;
}

/* curl wants to know about a socket. -1 ends the transfer. */
static int on_socket(CURL *transfer, curl_socket_t fd, int what, void *userdata,
                     void *socket_userdata) {
        sd_event_source *source = socket_userdata;
        CurlLoop *loop = userdata;
        uint32_t events =
                (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);

        if (what == CURL_POLL_REMOVE) {
                sd_event_source_disable_unref(source);
                return 0;
        }
        if (source)
                return sd_event_source_set_io_events(source, events) < 0 ? -1 : 0;
        if (sd_event_add_io(loop->event, &source, fd, events, on_io, loop) < 0)
                return -1;
        if (curl_multi_assign(loop->multi, fd, source) != CURLM_OK) {
                sd_event_source_disable_unref(source);
                return -1;
        }
        return 0;
}

static int on_timeout_wanted(CURLM *multi, long msec, void *userdata) {
        CurlLoop *loop = userdata;

        if (msec < 0)
                return sd_event_source_set_enabled(loop->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
        if (sd_event_source_set_time_relative(loop->timer, (uint64_t)msec * 1000) < 0)
                return -1;
        return sd_event_source_set_enabled(loop->timer, SD_EVENT_ONESHOT) < 0 ? -1 : 0;
}

static int set_up(CurlLoop *loop) {
        if (curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
            curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop) != CURLM_OK ||
            curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timeout_wanted) != CURLM_OK ||
            curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop) != CURLM_OK)
                return -EINVAL;
        return 0;
}

int curl_loop_new(CurlLoop **ret, sd_event *event, curl_loop_done_t done, void *userdata) {
        _cleanup_(curl_loop_freep) CurlLoop *loop = calloc(1, sizeof(CurlLoop));
        int r;

        if (!loop)
                return -ENOMEM;
        loop->event = sd_event_ref(event);
        loop->done = done;
        loop->userdata = userdata;

        r = sd_event_add_time_relative(event, &loop->timer, CLOCK_BOOTTIME, 0, 1000, on_timer,
                                       loop);
        if (r >= 0)
                r = sd_event_source_set_enabled(loop->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;
        loop->multi = curl_multi_init();
        if (!loop->multi)
                return -ENOMEM;
        r = set_up(loop);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(loop);
        return 0;
}

int curl_loop_start(CurlLoop *loop, CURL *transfer) {
        if (curl_multi_add_handle(loop->multi, transfer) != CURLM_OK)
                return -ENOMEM;
        loop->transfer = transfer;
        return 0;
}

CurlLoop *curl_loop_free(CurlLoop *loop) {
        if (!loop)
                return NULL;

        if (loop->transfer)
                curl_multi_remove_handle(loop->multi, loop->transfer);
        if (loop->multi) /* closes connections that were kept, and says so to on_socket() */
                curl_multi_cleanup(loop->multi);
        sd_event_source_disable_unref(loop->timer);
        sd_event_unref(loop->event);
        free(loop);
        return NULL;
}
