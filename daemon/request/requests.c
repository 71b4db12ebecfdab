/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/request/request.h"

static_assert((int)N_REQUEST_SLOTS <= (int)PHONES_N_WINDOWS_MAX, "all windows may see phones");

/* ---- coming and going ----------------------------------------------------------------------- */

int requests_add(Requests *requests, Request *request) {
        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (!requests->slots[i]) {
                        requests->slots[i] = request;
                        requests->n++;
                        requests->changed(requests->userdata);
                        return 0;
                }
        return -ENOSPC;
}

void requests_remove(Requests *requests, Request *request) {
        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (requests->slots[i] == request) {
                        requests->slots[i] = NULL;
                        requests->n--;
                        requests->changed(requests->userdata);
                }
}

void requests_done(Requests *requests) {
        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (requests->slots[i])
                        request_free(requests->slots[i]);
        free(requests->window);
        requests->window = NULL;
        requests->slot = sd_bus_slot_unref(requests->slot);
}

static Request *last_lingering(const Requests *requests) {
        Request *last = NULL;
        uint64_t since = 0;

        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (requests->slots[i] && request_lingers_since(requests->slots[i]) > since) {
                        last = requests->slots[i];
                        since = request_lingers_since(last);
                }
        return last;
}

void requests_end_older_lingering(Requests *requests) {
        const Request *last = last_lingering(requests);

        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (requests->slots[i] && requests->slots[i] != last &&
                    request_is_answered(requests->slots[i]))
                        request_end_linger(requests->slots[i]);
}

/* ---- who is there --------------------------------------------------------------------------- */

size_t requests_count_of(const Requests *requests, const char *sender) {
        size_t n = 0;

        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                n += requests->slots[i] && !request_is_answered(requests->slots[i]) &&
                     strcmp(request_sender(requests->slots[i]), sender) == 0;
        return n;
}

size_t requests_count_of_caller(const Requests *requests, const Caller *caller) {
        size_t n = 0;

        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                n += requests->slots[i] && !request_is_answered(requests->slots[i]) &&
                     caller_is_same(request_caller(requests->slots[i]), caller);
        return n;
}

Request *requests_find(const Requests *requests, const char *path) {
        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (requests->slots[i] && strcmp(request_path(requests->slots[i]), path) == 0)
                        return requests->slots[i];
        return NULL;
}

size_t requests_windows(const Requests *requests, const char *ret[static N_REQUEST_SLOTS]) {
        size_t n = 0;

        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (requests->slots[i] && request_window(requests->slots[i]))
                        ret[n++] = request_window(requests->slots[i]);
        return n;
}

/* ---- the radio ------------------------------------------------------------------------------ */

void requests_advert(Requests *requests, const BleAdvert *advert) {
        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (requests->slots[i])
                        request_advert(requests->slots[i], advert);
}

void requests_radio_status(Requests *requests, BleStatus status) {
        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (requests->slots[i])
                        request_radio_status(requests->slots[i], status);
}
