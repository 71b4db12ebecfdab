/* SPDX-License-Identifier: MIT */

/*
 * Calls a program that the bus has to start, again and again, in turn with the skeleton, and prints a
 * line for each pair: microseconds from the call until hybridd's code is in hand, and until the
 * skeleton's answer is. Argument: how many pairs.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"

static const char request_json[] =
        "{\"rpId\":\"example.com\",\"challenge\":\"AAECAwQFBgcICQoLDA0ODw\"}";

static double now_usec(void) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* Ends the owner of a name, so that the next call starts it again. */
static int end_owner(sd_bus *bus, const char *name) {
        _cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
        pid_t pid;
        int r;

        r = sd_bus_get_name_creds(bus, name, SD_BUS_CREDS_PID, &creds);
        if (r >= 0)
                r = sd_bus_creds_get_pid(creds, &pid);
        if (r < 0)
                return r;
        kill(pid, SIGKILL);
        usleep(30000);
        return 0;
}

static int time_code(sd_bus *bus, double *ret_usec) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL, *code = NULL;
        const char *path;
        char text[256];
        int fd, r;
        double start;

        start = now_usec();
        r = sd_bus_call_method(bus, "org.hybridd.Hybrid1", "/org/hybridd/Hybrid1",
                               "org.hybridd.Hybrid1.Manager", "GetCredential", NULL, &reply,
                               "ssa{sv}", "", "https://example.com", 2, "public_key", "s",
                               request_json, "prompt", "s", "none");
        if (r >= 0)
                r = sd_bus_message_read(reply, "o", &path);
        if (r >= 0)
                r = sd_bus_call_method(bus, "org.hybridd.Hybrid1", path,
                                       "org.hybridd.Hybrid1.Request", "GetQrCode", NULL, &code, "");
        if (r >= 0)
                r = sd_bus_message_read(code, "h", &fd);
        if (r < 0)
                return r;
        if (pread(fd, text, sizeof(text), 0) < 100 || memcmp(text, "FIDO:/", 6) != 0)
                return -1;
        *ret_usec = now_usec() - start;
        return end_owner(bus, "org.hybridd.Hybrid1");
}

static int time_skeleton(sd_bus *bus, double *ret_usec) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        double start = now_usec();
        int r;

        r = sd_bus_call_method(bus, "org.hybridd.Skeleton", "/skeleton", "org.hybridd.Skeleton",
                               "Answer", NULL, &reply, "");
        if (r < 0)
                return r;
        *ret_usec = now_usec() - start;
        return end_owner(bus, "org.hybridd.Skeleton");
}

int main(int argc, char *argv[]) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        double code_usec, skeleton_usec;

        if (argc != 2 || sd_bus_open_user(&bus) < 0)
                return 2;
        for (int i = 0; i < atoi(argv[1]); i++) {
                if (time_code(bus, &code_usec) < 0 || time_skeleton(bus, &skeleton_usec) < 0) {
                        fprintf(stderr, "bench-activation: a call failed\n");
                        return 1;
                }
                printf("%.0f %.0f\n", code_usec, skeleton_usec);
        }
        return 0;
}
