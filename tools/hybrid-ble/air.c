/* SPDX-License-Identifier: MIT */

/* `hybrid-ble scan` and `hybrid-ble advertise`. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "command.h"
#include "loop.h"
#include "report.h"
#include "tools/common/complain.h"
#include "tools/common/output.h"

typedef struct Session {
        const Options *options;
        sd_event *event;
        Ble *ble;
        EidKey key; /* if there is one */
        uint64_t start_usec;
        bool told_advertising;
} Session;

static double seconds_since_start(const Session *session) {
        uint64_t now = 0;

        (void)sd_event_now(session->event, CLOCK_MONOTONIC, &now);
        return (double)(now - session->start_usec) / 1e6;
}

/* What was to be sent is only on the air once the radio is on. */
static void tell_advertising(Session *session, BleStatus status) {
        const Options *options = session->options;

        if (options->command == COMMAND_ADVERTISE && status == BLE_ON && !session->told_advertising)
                report_advertising(options->json, options->radio->name);
        session->told_advertising = status == BLE_ON;
}

/* A reader who has gone wants no more. */
static void end_if_nobody_reads(const Session *session) {
        if (flush_output() < 0)
                (void)sd_event_exit(session->event, -EIO);
}

static void on_status(void *userdata, BleStatus status) {
        Session *session = userdata;

        report_status(session->options->json, seconds_since_start(session), status);
        tell_advertising(session, status);
        end_if_nobody_reads(session);
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
        end_if_nobody_reads(session);
}

static const BleEvents events = {
        .advert = on_advert,
        .status = on_status,
};

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
        BleStatus status = options->radio->status(session->ble);
        int r;

        report_status(options->json, 0, status);
        if (flush_output() < 0)
                return -EIO;
        if (options->command == COMMAND_SCAN)
                return options->radio->scan_start(session->ble);

        r = options->radio->advertise_start(session->ble, options->uuid, options->data,
                                            options->n_data);
        if (r >= 0)
                tell_advertising(session, status);
        return r < 0 ? r : flush_output();
}

static int run(Session *session) {
        const Options *options = session->options;
        int r;

        r = loop_new(&session->event, options->duration_usec);
        if (r < 0)
                return r;
        r = sd_event_now(session->event, CLOCK_MONOTONIC, &session->start_usec);
        if (r >= 0)
                r = open_radio(session);
        if (r < 0)
                return r;
        r = begin(session);
        if (r >= 0)
                r = sd_event_loop(session->event);
        if (r < 0 && r != -EIO)
                complain("%s: %s; try again", options->radio->name, strerrordesc_np(-r));
        return r;
}

int command_air(const Options *options) {
        Session session = { .options = options };
        CLEANUP_ERASE(session);
        int r;

        if (options->has_key)
                eid_key_init(&session.key, options->key);
        r = run(&session);
        ble_free(session.ble);
        sd_event_unref(session.event);
        return r < 0 || flush_output() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
