/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The requests that are open, and what they share.
 */

#include "daemon/caller/caller.h"
#include "daemon/phones/phones.h"
#include "daemon/services.h"
#include "daemon/worker-spare.h"

enum {
        N_REQUESTS_MAX = 16,
        N_REQUESTS_PER_CALLER_MAX = 4,
        N_REQUEST_SLOTS = 2 * N_REQUESTS_MAX, /* with those that are told "busy" */
};

typedef struct Request Request;

typedef struct Requests {
        Services *services;
        Phones *phones;
        WorkerSpare *spare;
        /* One has come, or has gone. */
        void (*changed)(void *userdata);
        void *userdata;

        Request *slots[N_REQUEST_SLOTS]; /* NULL where none is */
        size_t n;
        char *window; /* the unique name that is known to be hybrid-prompt's; or NULL */
        sd_bus_slot *slot;
} Requests;

/** Has them answer on the bus. 0 or a negative errno. */
int requests_serve(Requests *requests);

/** Frees all of them, and takes them off the bus. */
void requests_done(Requests *requests);

/** Enters an open request, or takes it out. -ENOSPC */
int requests_add(Requests *requests, Request *request);
void requests_remove(Requests *requests, Request *request);

/**
 * A new ceremony is more important than those that only wait for phones to be remembered. The one
 * answered last goes on: its person may just be reading the phone's question.
 */
void requests_end_older_lingering(Requests *requests);

/** Those that are not answered yet: of a connection, and of a program on any connection. */
size_t requests_count_of(const Requests *requests, const char *sender);
size_t requests_count_of_caller(const Requests *requests, const Caller *caller);

Request *requests_find(const Requests *requests, const char *path);

/** The connections that serve windows of requests, as often as they do. Borrowed. */
size_t requests_windows(const Requests *requests, const char *ret[static N_REQUEST_SLOTS]);

/** What the radio has to say to all of them. */
void requests_advert(Requests *requests, const BleAdvert *advert);
void requests_radio_status(Requests *requests, BleStatus status);
