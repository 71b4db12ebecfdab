/* SPDX-License-Identifier: MIT */

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ceremony/log.h"
#include "ceremony/program-path.h"
#include "ceremony/run.h"
#include "daemon/worker.h"

#define USEC_PER_SEC      1000000ULL
#define RETIRE_GRACE_USEC (5 * USEC_PER_SEC)

struct Worker {
        sd_event *event;
        pid_t pid;
        sd_event_source *child;  /* NULL once it was reaped */
        sd_event_source *killer; /* runs while it retires */
        int fd;                  /* our end, until the link takes it */
        Link *link;
};

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

/*
 * The module's libraries are linked with each other, and none with those of the daemon. Not to look
 * there first spares a quarter of all instructions up to the code. AddressSanitizer has to be found
 * there.
 */
#ifdef WITH_SANITIZER
#define RTLD_OWN_LIBRARIES_FIRST 0
#else
#define RTLD_OWN_LIBRARIES_FIRST RTLD_DEEPBIND
#endif

/* In the new process: nothing of the daemon is left open but the link. */
static void leave_daemon(int link_fd) {
        sigset_t no_signals;

        close_range(STDERR_FILENO + 1, (unsigned)link_fd - 1, 0);
        close_range((unsigned)link_fd + 1, ~0U, 0);
        sigemptyset(&no_signals);
        sigprocmask(SIG_SETMASK, &no_signals, NULL);
        prctl(PR_SET_NAME, "hybrid-ceremony", 0, 0, 0);
}

/* The life of the new process. The daemon's bus and event loop are not touched in it. */
_Noreturn static void be_ceremony(const char *module_path, int link_fd) {
        CeremonyRun run = NULL;
        void *module;

        leave_daemon(link_fd);
        module = dlopen(module_path, RTLD_LAZY | RTLD_LOCAL | RTLD_OWN_LIBRARIES_FIRST);
        if (module)
                run = (CeremonyRun)dlsym(module, CEREMONY_RUN_SYMBOL);
        if (!run) {
                log_error("Failed to load the ceremony: %s", dlerror());
                exit(EXIT_FAILURE);
        }
        exit(run(link_fd, log_level()) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* The end of the process is only of interest to whoever waits for its memory. */
static int on_child(sd_event_source *source, const siginfo_t *info, void *userdata) {
        Worker *worker = userdata;

        if (info->si_code != CLD_EXITED || info->si_status != 0)
                log_warning("A ceremony ended with %s %d",
                            info->si_code == CLD_EXITED ? "status" : "signal", info->si_status);
        worker->child = sd_event_source_disable_unref(worker->child);
        if (worker->killer)
                worker_free(worker); /* it was on its way out */
        return 0;
}

/* Forks; returns our end of the link. */
static int start_process(Worker *worker, const char *module_path) {
        int fds[2], r;

        r = link_socket_pair(fds);
        if (r < 0)
                return r;

        worker->pid = fork();
        if (worker->pid == 0)
                be_ceremony(module_path, fds[1]);
        close(fds[1]);
        if (worker->pid < 0) {
                r = -errno;
                close(fds[0]);
                return r;
        }
        return fds[0];
}

/* Not once only: of a process that somebody traces the end is announced before it can be had, and the
 * loop would look that one time. It is told so by way of "off", since else it would not hear of it. */
static int watch_process(Worker *worker) {
        int r;

        r = sd_event_add_child(worker->event, &worker->child, worker->pid, WEXITED, on_child,
                               worker);
        if (r >= 0)
                r = sd_event_source_set_enabled(worker->child, SD_EVENT_OFF);
        return r < 0 ? r : sd_event_source_set_enabled(worker->child, SD_EVENT_ON);
}

int worker_new(Worker **ret, sd_event *event) {
        char path[PROGRAM_PATH_SIZE];
        Worker *worker;
        int r;

        r = program_path(CEREMONY_MODULE_NAME, "ceremony", path);
        if (r < 0)
                return log_error_errno(r, "Failed to find " CEREMONY_MODULE_NAME);

        worker = calloc(1, sizeof(*worker));
        if (!worker)
                return -ENOMEM;
        worker->event = sd_event_ref(event);

        worker->fd = start_process(worker, path);
        if (worker->fd < 0) {
                r = worker->fd;
                worker_free(worker);
                return log_error_errno(r, "Failed to start a process");
        }

        r = watch_process(worker);
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

        log_warning("A ceremony does not end by itself; killing it");
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
        link_listen(worker->link, false);
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
