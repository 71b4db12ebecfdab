/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ceremony/log.h"
#include "ceremony/program-path.h"
#include "daemon/worker.h"

#define USEC_PER_SEC      1000000ULL
#define RETIRE_GRACE_USEC (5 * USEC_PER_SEC)

#define LINK_FD 3 /* as ceremony/main.c has it */

struct Worker {
        sd_event *event;
        pid_t pid;
        sd_event_source *child;  /* NULL once it was reaped */
        sd_event_source *killer; /* runs while it retires */
        int fd;                  /* our end, until the link takes it */
        Link *link;
};

extern char **environ;

static Worker *worker_free(Worker *worker) {
        sd_event_source_disable_unref(worker->child);
        sd_event_source_disable_unref(worker->killer);
        link_free(worker->link);
        if (worker->fd >= 0)
                close(worker->fd);
        sd_event_unref(worker->event);
        free(worker);
        return NULL;
}

/* The process is told how much to log, and nothing else by its arguments or environment. */
static int spawn(const char *path, int fd, pid_t *ret) {
        static const char *const level_names[] = { "error",   "error",  "error", "error",
                                                   "warning", "notice", "info",  "debug" };
        char *arguments[] = { (char *)"hybrid-ceremony", (char *)level_names[log_level()], NULL };
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t no_signals;
        int r;

        sigemptyset(&no_signals);
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, fd, LINK_FD);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setsigmask(&attributes, &no_signals);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);

        r = posix_spawn(ret, path, &actions, &attributes, arguments, environ);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

/* The end of the process is only of interest to whoever waits for its memory. */
static int on_child(sd_event_source *source, const siginfo_t *info, void *userdata) {
        Worker *worker = userdata;

        if (info->si_code != CLD_EXITED || info->si_status != 0)
                log_warning("hybrid-ceremony ended with %s %d",
                            info->si_code == CLD_EXITED ? "status" : "signal", info->si_status);
        worker->child = sd_event_source_disable_unref(worker->child);
        if (worker->killer)
                worker_free(worker); /* it was on its way out */
        return 0;
}

int worker_new(Worker **ret, sd_event *event) {
        char path[PROGRAM_PATH_SIZE];
        Worker *worker;
        int fds[2], r;

        r = program_path("hybrid-ceremony", "ceremony", path);
        if (r < 0)
                return log_error_errno(r, "Failed to find hybrid-ceremony");

        worker = calloc(1, sizeof(*worker));
        if (!worker)
                return -ENOMEM;
        worker->event = sd_event_ref(event);
        worker->fd = -1;

        r = link_socket_pair(fds);
        if (r < 0) {
                worker_free(worker);
                return r;
        }
        worker->fd = fds[0];

        r = spawn(path, fds[1], &worker->pid);
        close(fds[1]);
        if (r < 0) {
                worker_free(worker);
                return log_error_errno(r, "Failed to start %s", path);
        }

        r = sd_event_add_child(event, &worker->child, worker->pid, WEXITED, on_child, worker);
        if (r < 0) {
                kill(worker->pid, SIGKILL);
                waitpid(worker->pid, NULL, 0);
                worker_free(worker);
                return r;
        }

        *ret = worker;
        return 0;
}

int worker_use(Worker *worker, const LinkEvents *events, void *userdata) {
        return link_new(&worker->link, worker->event, TAKE_FD(worker->fd), events, userdata);
}

Link *worker_link(Worker *worker) {
        return worker->link;
}

static int on_grace_over(sd_event_source *source, uint64_t usec, void *userdata) {
        Worker *worker = userdata;

        log_warning("hybrid-ceremony does not end by itself; killing it");
        kill(worker->pid, SIGKILL);
        return 0;
}

Worker *worker_retire(Worker *worker) {
        int r;

        if (!worker)
                return NULL;
        if (!worker->child)
                return worker_free(worker);

        /* Its end of the link closing tells it that nobody listens, but it may have more to do. */
        r = sd_event_add_time_relative(worker->event, &worker->killer, CLOCK_MONOTONIC,
                                       RETIRE_GRACE_USEC, 0, on_grace_over, worker);
        if (r < 0)
                return worker_kill(worker);
        link_mute(worker->link);
        return NULL;
}

Worker *worker_kill(Worker *worker) {
        if (!worker)
                return NULL;

        if (worker->child) {
                kill(worker->pid, SIGKILL);
                worker->child = sd_event_source_disable_unref(worker->child);
                waitpid(worker->pid, NULL, 0); /* killed: this does not wait long */
        }
        return worker_free(worker);
}
