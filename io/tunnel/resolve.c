/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "io/tunnel/resolve.h"

/*
 * What the loop and the thread share. Both hold a reference; whoever lets go last frees it. The
 * eventfd belongs to the loop, which closes it under the lock, so that the thread can tell.
 */
typedef struct ResolveJob {
        pthread_mutex_t lock;
        unsigned n_ref;
        int notify_fd; /* -1: nobody waits any more */

        char *host;
        char port[sizeof("65535")];

        int error; /* EAI_…; 0: addresses are there */
        AddressList addresses;
} ResolveJob;

struct Resolve {
        ResolveJob *job;
        sd_event_source *source;
        resolve_done_t done;
        void *userdata;
};

static ResolveJob *job_unref(ResolveJob *job) {
        unsigned n_ref;

        pthread_mutex_lock(&job->lock);
        n_ref = --job->n_ref;
        pthread_mutex_unlock(&job->lock);

        if (n_ref == 0) {
                pthread_mutex_destroy(&job->lock);
                free(job->host);
                free(job);
        }

        return NULL;
}

DEFINE_CLEANUP(ResolveJob *, job_unref);

static void take_addresses(const struct addrinfo *info, AddressList *ret) {
        for (; info && ret->n < ADDRESS_LIST_MAX; info = info->ai_next) {
                Address *address = &ret->items[ret->n];

                if (info->ai_family != AF_INET && info->ai_family != AF_INET6)
                        continue;
                memcpy(&address->any, info->ai_addr, info->ai_addrlen);
                address->n = info->ai_addrlen;
                ret->n++;
        }
}

static int query(const ResolveJob *job, AddressList *ret) {
        const struct addrinfo hints = {
                .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV,
                .ai_family = AF_UNSPEC,
                .ai_socktype = SOCK_STREAM,
        };
        struct addrinfo *info = NULL;
        int r;

        r = getaddrinfo(job->host, job->port, &hints, &info);
        if (r != 0)
                return r;
        take_addresses(info, ret);
        freeaddrinfo(info);

        return ret->n > 0 ? 0 : EAI_NODATA;
}

static void *resolve_thread(void *argument) {
        _cleanup_(job_unrefp) ResolveJob *job = argument;
        AddressList addresses = {};
        int error = query(job, &addresses);

        pthread_mutex_lock(&job->lock);
        job->error = error;
        job->addresses = addresses;
        if (job->notify_fd >= 0)
                (void)eventfd_write(job->notify_fd, 1);
        pthread_mutex_unlock(&job->lock);

        return NULL;
}

static const char *describe_error(int error) {
        switch (error) {
        case EAI_NONAME:
        case EAI_NODATA:
        case EAI_ADDRFAMILY:
                return "name not known";
        case EAI_AGAIN:
                return "no answer from the name service";
        case EAI_FAIL:
                return "the name service failed";
        case EAI_MEMORY:
                return "out of memory";
        default:
                return "name not resolved";
        }
}

static int on_resolved(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Resolve *resolve = userdata;
        AddressList addresses;
        int error;

        pthread_mutex_lock(&resolve->job->lock);
        error = resolve->job->error;
        addresses = resolve->job->addresses;
        pthread_mutex_unlock(&resolve->job->lock);

        resolve->source = sd_event_source_disable_unref(resolve->source);
        resolve->done(resolve->userdata, error == 0 ? &addresses : NULL,
                      error == 0 ? NULL : describe_error(error));
        return 0;
}

static int job_new(ResolveJob **ret, const char *host, uint16_t port) {
        _cleanup_(job_unrefp) ResolveJob *job = calloc(1, sizeof(ResolveJob));

        if (!job)
                return -ENOMEM;
        pthread_mutex_init(&job->lock, NULL);
        job->n_ref = 1;
        job->notify_fd = -1;

        snprintf(job->port, sizeof(job->port), "%u", port);
        job->host = strdup(host);
        if (!job->host)
                return -ENOMEM;

        *ret = TAKE_PTR(job);
        return 0;
}

/* The thread takes no signals: those are for the threads that know about them. */
static int start_thread(ResolveJob *job) {
        sigset_t all, before;
        pthread_attr_t attr;
        pthread_t thread;
        int r;

        r = pthread_attr_init(&attr);
        if (r != 0)
                return -r;
        pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);

        job->n_ref++;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&thread, &attr, resolve_thread, job);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (r != 0)
                job->n_ref--;

        pthread_attr_destroy(&attr);
        return -r;
}

int resolve_new(Resolve **ret, sd_event *event, const char *host, uint16_t port,
                resolve_done_t done, void *userdata) {
        _cleanup_(resolve_freep) Resolve *resolve = calloc(1, sizeof(Resolve));
        int r;

        if (!resolve)
                return -ENOMEM;
        resolve->done = done;
        resolve->userdata = userdata;

        r = job_new(&resolve->job, host, port);
        if (r < 0)
                return r;
        resolve->job->notify_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (resolve->job->notify_fd < 0)
                return -errno;
        r = sd_event_add_io(event, &resolve->source, resolve->job->notify_fd, EPOLLIN, on_resolved,
                            resolve);
        if (r < 0)
                return r;
        r = start_thread(resolve->job);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(resolve);
        return 0;
}

Resolve *resolve_free(Resolve *resolve) {
        if (!resolve)
                return NULL;

        sd_event_source_disable_unref(resolve->source);
        if (resolve->job) {
                pthread_mutex_lock(&resolve->job->lock);
                if (resolve->job->notify_fd >= 0)
                        close(resolve->job->notify_fd);
                resolve->job->notify_fd = -1;
                pthread_mutex_unlock(&resolve->job->lock);
                job_unref(resolve->job);
        }

        free(resolve);
        return NULL;
}
