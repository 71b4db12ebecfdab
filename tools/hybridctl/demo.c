/* SPDX-License-Identifier: MIT */

/* `hybridctl demo`: a registration and a sign-in, all on this machine. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "command.h"
#include "demo.h"
#include "screen.h"
#include "tools/common/complain.h"
#include "words/words.h"

/* What would lead the programs of the demonstration out of it. */
static const char *const foreign_variables[] = {
        "ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "JOURNAL_STREAM",           "NOTIFY_SOCKET",
        "all_proxy", "https_proxy", "http_proxy", "DBUS_SESSION_BUS_ADDRESS",
};

static int open_loop(Demo *demo) {
        sigset_t child;
        int r;

        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        sigprocmask(SIG_BLOCK, &child, NULL);

        r = sd_event_default(&demo->event);
        if (r >= 0)
                r = interrupts_add(&demo->interrupts, demo->event);
        if (r < 0)
                complain("event loop: %s; try again", strerror(-r));
        return r;
}

static int open_view(Demo *demo) {
        const Options *options = demo->options;
        int r;

        if (options->json)
                r = view_json_new(&demo->view, true);
        else
                r = view_for_people(&demo->view, demo->event, options->qr_png);
        if (r < 0)
                return complain_oom();
        demo->view->watching = true;
        demo->slow = !options->json && screen_is_possible(STDERR_FILENO);
        return 0;
}

static void on_tunnel_event(void *userdata, const char *event) {
        Demo *demo = userdata;

        if (demo->current && strcmp(event, "tunnel-connect") == 0)
                demo_step(demo->current, STEP_JOINED);
}

static int hold_rounds(Demo *demo) {
        static const HybridOperation operations[] = { HYBRID_CREATE, HYBRID_GET };

        for (size_t i = 0; i < ELEMENTSOF(operations); i++) {
                demo->current = &demo->rounds[i];
                if (!demo_round_hold(demo->current, demo, operations[i]))
                        return -EPROTO;
                demo_report_round(demo->current);
        }
        return 0;
}

static int run(Demo *demo) {
        const LabParams params = {
                .event = demo->event,
                .interrupts = &demo->interrupts,
                .log_level = demo->options->log_level,
                .tunnel_event = on_tunnel_event,
                .userdata = demo,
        };
        int r;

        if (demo->options->qr_png) {
                r = picture_new(&demo->picture, demo->options->qr_png);
                if (r < 0)
                        return r;
        }
        r = lab_open(&demo->lab, &params);
        if (r >= 0)
                r = open_view(demo);
        if (r < 0)
                return r;

        demo_report_setup(demo);
        return hold_rounds(demo);
}

/* Not if it was a person who ended it. */
static bool failed_by_itself(const Demo *demo) {
        return demo->interrupts.n == 0 || (demo->current && demo->current->problem[0] != '\0');
}

static int report(Demo *demo, int r) {
        bool show_logs = r < 0 && failed_by_itself(demo);

        demo->view = view_free(demo->view); /* the terminal is free for other lines */
        if (r >= 0)
                r = demo_report_summary(demo);
        else if (demo->current)
                demo_report_failure(demo->current);
        else if (demo->interrupts.n > 0)
                complain("demo: it was cancelled");
        if (show_logs)
                lab_show_logs(&demo->lab);
        if (demo->options->keep && demo->lab.folder[0] != '\0' && !demo->options->json)
                fprintf(stderr, words_translate("All files are in %s.\n"), demo->lab.folder);
        return r;
}

static void demo_done(Demo *demo) {
        for (size_t i = 0; i < ELEMENTSOF(demo->rounds); i++)
                demo_round_done(&demo->rounds[i]);
        lab_close(&demo->lab, demo->options->keep);
        picture_free(demo->picture);
        view_free(demo->view);
        sd_event_unref(demo->event);
}

int command_demo(const Options *options) {
        Demo demo = { .options = options };
        int r;

        for (size_t i = 0; i < ELEMENTSOF(foreign_variables); i++)
                unsetenv(foreign_variables[i]);

        r = open_loop(&demo);
        if (r >= 0)
                r = run(&demo);
        r = report(&demo, r);
        demo_done(&demo);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
