/* SPDX-License-Identifier: MIT */

/*
 * hybrid-ble: hears and sends the adverts by which phones say that they are near. To see what a
 * radio hears, to try dongles, and for tests.
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "base/secret.h"
#include "options.h"
#include "report.h"
#include "tools/common/complain.h"

enum {
        EXIT_USAGE = 2,
};

typedef struct Session {
        const Options *options;
        sd_event *event;
        Ble *ble;
        EidKey key; /* if there is one */
        uint64_t start_usec;
} Session;

static double seconds_since_start(const Session *session) {
        uint64_t now = 0;

        (void)sd_event_now(session->event, CLOCK_MONOTONIC, &now);
        return (double)(now - session->start_usec) / 1e6;
}

static void on_status(void *userdata, BleStatus status) {
        const Session *session = userdata;

        report_status(session->options->json, seconds_since_start(session), status);
}

static void on_advert(void *userdata, const BleAdvert *advert) {
        const Session *session = userdata;
        uint8_t plaintext[EID_PLAINTEXT_SIZE];
        Match match = MATCH_UNKNOWN;

        if (session->options->has_key)
                match = eid_open(&session->key, advert->service_data, advert->n_service_data,
                                 plaintext) == 0
                                ? MATCH_YES
                                : MATCH_NO;
        report_advert(session->options->json, seconds_since_start(session), advert, match);
}

static const BleEvents events = {
        .advert = on_advert,
        .status = on_status,
};

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int open_loop(Session *session) {
        uint64_t duration = session->options->duration_usec;
        sigset_t signals;
        int r;

        sigemptyset(&signals);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
                return -errno;

        r = sd_event_new(&session->event);
        if (r >= 0)
                r = sd_event_add_signal(session->event, NULL, SIGINT, NULL, NULL);
        if (r >= 0)
                r = sd_event_add_signal(session->event, NULL, SIGTERM, NULL, NULL);
        if (r >= 0 && duration > 0)
                r = sd_event_add_time_relative(session->event, NULL, CLOCK_MONOTONIC, duration, 0,
                                               on_time, NULL);
        if (r >= 0)
                r = sd_event_now(session->event, CLOCK_MONOTONIC, &session->start_usec);
        return r;
}

static int open_radio(Session *session) {
        const Options *options = session->options;
        int r;

        r = options->radio->open(&session->ble, session->event, options->radio_where, &events,
                                 session);
        if (r < 0)
                complain("--ble %s%s%s: %s; give "
                         "another adapter or folder",
                         options->radio->name, options->radio_where ? ":" : "",
                         options->radio_where ? options->radio_where : "", strerrordesc_np(-r));
        return r;
}

static int begin(Session *session) {
        const Options *options = session->options;
        int r;

        report_status(options->json, 0, options->radio->status(session->ble));
        if (options->command == COMMAND_SCAN)
                return options->radio->scan_start(session->ble);

        r = options->radio->advertise_start(session->ble, options->uuid, options->data,
                                            options->n_data);
        if (r >= 0)
                report_advertising(options->json, options->radio->name);
        return r;
}

static int run(const Options *options) {
        Session session = { .options = options };
        CLEANUP_ERASE(session);
        int r;

        if (options->has_key)
                eid_key_init(&session.key, options->key);
        r = open_loop(&session);
        if (r < 0)
                complain("event loop: %s; try again", strerrordesc_np(-r));
        if (r >= 0)
                r = open_radio(&session);
        if (r >= 0) {
                r = begin(&session);
                if (r >= 0)
                        r = sd_event_loop(session.event);
                if (r < 0)
                        complain("%s: %s; try again", options->radio->name, strerrordesc_np(-r));
        }
        ble_free(session.ble);
        sd_event_unref(session.event);
        return r;
}

int main(int argc, char *argv[]) {
        Options options;
        CLEANUP_ERASE(options);
        int r;

        r = options_parse(argc, argv, &options);
        if (r <= 0)
                return r < 0 ? EXIT_USAGE : EXIT_SUCCESS;
        return run(&options) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
