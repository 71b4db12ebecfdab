/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macro.h"
#include "bus-connection.h"
#include "daemon/names.h"
#include "lab-files.h"
#include "lab.h"
#include "tools/common/complain.h"

#define USEC_PER_SEC 1000000ULL
#define START_USEC   (5 * USEC_PER_SEC) /* how long a program may take to be ready */

enum {
        BUS_STOP_MSEC = 2000, /* how long hybridd may take to go when the bus has gone */
        REAP_MSEC = 10,
};

/* ---- what children say ---------------------------------------------------------------------- */

static void on_bus_line(void *userdata, const char *line) {
        Lab *lab = userdata;

        if (lab->bus_address[0] == '\0')
                snprintf(lab->bus_address, sizeof(lab->bus_address), "%s", line);
}

static void take_tunnel_event(Lab *lab, const json_t *json) {
        const char *event = json_string_value(json_object_get(json, "event"));
        const char *address = json_string_value(json_object_get(json, "address"));
        json_int_t port = json_integer_value(json_object_get(json, "port"));

        if (!event)
                return;
        if (strcmp(event, "listening") == 0 && address)
                snprintf(lab->tunnel_address, sizeof(lab->tunnel_address), "%s:%d", address,
                         (int)port);
        else if (lab->params.tunnel_event)
                lab->params.tunnel_event(lab->params.userdata, event);
}

static void on_tunnel_line(void *userdata, const char *line) {
        _cleanup_(json_decrefp) json_t *json = json_loads(line, 0, NULL);

        take_tunnel_event(userdata, json);
}

/* ---- starting ------------------------------------------------------------------------------- */

/* Starts a program that prints lines, with its errors in a log of this name. */
static int start(Lab *lab, Child *child, LineReader *lines, bool lines_are_extra,
                 void (*on_line)(void *userdata, const char *line), const char *name,
                 const char *log_name, const char *const *arguments) {
        int log_fd, line_fd = -1, r;

        log_fd = lab_open_log(lab, log_name);
        if (log_fd < 0)
                return log_fd;
        r = line_reader_open(lines, lab->params.event, &line_fd, on_line, lab);
        if (r >= 0) {
                const ChildParams params = {
                        .name = name,
                        .arguments = arguments,
                        .stdin_fd = -1,
                        .stdout_fd = lines_are_extra ? log_fd : line_fd,
                        .stderr_fd = log_fd,
                        .extra_fd = lines_are_extra ? line_fd : -1,
                };

                r = child_start(child, lab->params.event, &params);
                close(line_fd);
        }
        close(log_fd);
        return r;
}

/* Lets the event loop run until the child has said where it is to be found. */
static int wait_for_address(Lab *lab, const Child *child, const char *address) {
        char why[128] = "it does not say that it is ready";
        uint64_t now, deadline;
        int r;

        r = sd_event_now(lab->params.event, CLOCK_MONOTONIC, &deadline);
        deadline += START_USEC;
        while (r >= 0 && address[0] == '\0' && !child->ended && lab->params.interrupts->n == 0) {
                r = sd_event_now(lab->params.event, CLOCK_MONOTONIC, &now);
                if (r >= 0 && now >= deadline)
                        break;
                if (r >= 0)
                        r = sd_event_run(lab->params.event, deadline - now);
        }
        if (r < 0 || address[0] != '\0')
                return r < 0 ? r : 0;

        if (lab->params.interrupts->n > 0)
                return -ECANCELED;
        if (child->ended)
                child_describe_end(child, why, sizeof(why));
        complain("%s: %s; see its log below", child->name, why);
        return -EIO;
}

static int start_bus(Lab *lab) {
        char config_option[LAB_FILE_SIZE + 16], config[LAB_FILE_SIZE], print[32];
        const char *const arguments[] = {
                "dbus-daemon", config_option, "--nofork", "--nopidfile", print, NULL,
        };
        int r;

        lab_file(lab, LAB_BUS_CONFIG, config);
        snprintf(config_option, sizeof(config_option), "--config-file=%s", config);
        snprintf(print, sizeof(print), "--print-address=%d", CHILD_EXTRA_FD);
        r = start(lab, &lab->bus_daemon, &lab->bus_lines, true, on_bus_line, "dbus-daemon",
                  LAB_BUS_LOG, arguments);
        if (r == -ENOENT)
                complain("dbus-daemon: it is not in PATH; install it (Debian: package "
                         "dbus-daemon)");
        else if (r < 0)
                complain("dbus-daemon: %s; try again", strerror(-r));
        return r < 0 ? r : wait_for_address(lab, &lab->bus_daemon, lab->bus_address);
}

static int start_tunnel(Lab *lab) {
        const char *const arguments[] = {
                lab->programs.tunnel, "--listen", "127.0.0.1:0", "--self-signed",
                lab->folder,          "--json",   NULL,
        };
        int r;

        r = start(lab, &lab->tunnel, &lab->tunnel_lines, false, on_tunnel_line, "hybrid-tunnel",
                  LAB_TUNNEL_LOG, arguments);
        if (r < 0)
                complain("hybrid-tunnel: %s; try again", strerror(-r));
        return r < 0 ? r : wait_for_address(lab, &lab->tunnel, lab->tunnel_address);
}

static int connect_bus(Lab *lab) {
        int r;

        r = bus_open_address(&lab->bus, lab->bus_address);
        if (r < 0)
                return r;
        r = sd_bus_attach_event(lab->bus, lab->params.event, 0);
        if (r < 0)
                complain("event loop: %s; try again", strerror(-r));
        return r;
}

/* The phones that the person has linked are none of the demonstration's. */
static int keep_state_apart(const Lab *lab) {
        char folder[LAB_FILE_SIZE];

        lab_file(lab, LAB_STATE, folder);
        return setenv("XDG_STATE_HOME", folder, 1) < 0 ? complain_oom() : 0;
}

int lab_open(Lab *lab, const LabParams *params) {
        int r;

        *lab = (Lab){ .params = *params };
        prctl(PR_SET_CHILD_SUBREAPER, 1); /* hybridd is not a child of ours, but its orphans are */
        r = programs_find(&lab->programs);
        if (r >= 0)
                r = lab_make_folder(lab);
        if (r >= 0)
                r = keep_state_apart(lab);
        if (r >= 0)
                r = start_tunnel(lab);
        if (r >= 0)
                r = lab_write_config(lab);
        if (r >= 0)
                r = start_bus(lab);
        if (r >= 0)
                r = connect_bus(lab);
        return r;
}

/* ---- ending --------------------------------------------------------------------------------- */

/* hybridd is the bus' child, not ours. It ends when the bus does, or else by its id. -1: none. */
static int find_daemon(const Lab *lab) {
        _cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
        pid_t pid;

        if (!lab->bus || lab->bus_daemon.ended ||
            sd_bus_get_name_creds(lab->bus, BUS_NAME, SD_BUS_CREDS_PID, &creds) < 0 ||
            sd_bus_creds_get_pid(creds, &pid) < 0)
                return -1;
        return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* What the bus' children leave behind is ours, see lab_open(). */
static void reap_orphans(void) {
        for (int msec = 0; msec < BUS_STOP_MSEC; msec += REAP_MSEC) {
                pid_t pid;

                while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
                        ;
                if (pid < 0)
                        return;
                poll(NULL, 0, REAP_MSEC);
        }
}

static void end_daemon(int pidfd) {
        struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

        if (pidfd < 0)
                return;
        if (poll(&poll_fd, 1, BUS_STOP_MSEC) == 0)
                syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
        close(pidfd);
}

void lab_close(Lab *lab, bool keep) {
        int daemon = find_daemon(lab);

        lab->bus = sd_bus_flush_close_unref(lab->bus);
        child_end(&lab->bus_daemon);
        end_daemon(daemon);
        child_end(&lab->tunnel);
        reap_orphans();
        line_reader_close(&lab->bus_lines);
        line_reader_close(&lab->tunnel_lines);
        if (lab->folder[0] != '\0' && !keep)
                lab_remove_folder(lab);
}
