/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A process of our own, which dies with us, whatever happens. It is no part of the terminal's job:
 * Ctrl-C is for us, and we end it in order.
 */

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

enum {
        CHILD_EXTRA_FD = 3, /* the number an extra descriptor has in the child */
};

typedef struct ChildParams {
        const char *name;             /* for people; borrowed for the life of the child */
        const char *const *arguments; /* the program first, NULL last; without '/' it is in PATH */
        int stdin_fd;                 /* each is borrowed; -1: /dev/null */
        int stdout_fd;
        int stderr_fd;
        int extra_fd;                  /* -1: none */
        void (*ended)(void *userdata); /* from the event loop; may be NULL */
        void *userdata;
} ChildParams;

typedef struct Child {
        const char *name;
        pid_t pid; /* 0: not started */
        bool ended;
        int code; /* SIGNAL: -number, else the exit status */
        sd_event_source *source;
        void (*on_ended)(void *userdata);
        void *userdata;
} Child;

/**
 * Starts a program; SIGCHLD must be blocked. @child must not move while it runs. 0, or a negative
 * errno, such as -ENOENT if there is no such program.
 */
int child_start(Child *child, sd_event *event, const ChildParams *params);

/** Ends it, by force if it must be, and waits for that. Harmless for one that has not started. */
void child_end(Child *child);

/** "it ended with status 1", "it was killed by signal 9"; writes at most `size` bytes. */
void child_describe_end(const Child *child, char *ret, size_t size);
