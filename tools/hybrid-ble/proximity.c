/* SPDX-License-Identifier: MIT */

/*
 * `hybrid-ble proximity`: one radio sends adverts, each once made and never seen before, and
 * another one listens. How long each takes, and how many never arrive.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "io/random.h"
#include "loop.h"
#include "plot.h"
#include "proximity-report.h"
#include "tools/common/complain.h"

#define USEC_PER_SEC 1000000ULL
#define SETTLE_USEC  (USEC_PER_SEC / 2)  /* until a scan that has begun hears something */
#define PAUSE_USEC   (USEC_PER_SEC / 10) /* between two adverts */
#define READY_USEC   (10 * USEC_PER_SEC) /* until both radios are on */

enum {
        ADVERT_SIZE = 20, /* as phones have it */
};

typedef enum Phase {
        PHASE_STARTING, /* until both radios are on */
        PHASE_PAUSE,
        PHASE_LISTENING, /* for the advert on the air */
        PHASE_OVER,
} Phase;

typedef struct Proximity Proximity;

/* One of the two radios. */
typedef struct End {
        Proximity *proximity;
        const RadioName *name;
        Ble *ble;
} End;

struct Proximity {
        const Options *options;
        ProximityReport report;
        sd_event *event;
        sd_event_source *timer;
        End rx, tx;
        Phase phase;
        Round *rounds;
        size_t n_rounds;
        uint8_t advert[ADVERT_SIZE];
        uint64_t sent_usec;
};

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata);

static int wait_for(Proximity *proximity, Phase phase, uint64_t usec) {
        proximity->phase = phase;
        proximity->timer = sd_event_source_disable_unref(proximity->timer);
        return sd_event_add_time_relative(proximity->event, &proximity->timer, CLOCK_MONOTONIC,
                                          usec, 1, on_timer, proximity);
}

static void end(Proximity *proximity, int r) {
        proximity->phase = PHASE_OVER;
        (void)sd_event_exit(proximity->event, r);
}

/* ---- rounds --------------------------------------------------------------------------------- */

static uint64_t now_usec(void) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}

static int send_advert(Proximity *proximity) {
        const Options *options = proximity->options;
        int r;

        r = random_env.random(NULL, proximity->advert, sizeof(proximity->advert));
        if (r < 0)
                return r;
        proximity->sent_usec = now_usec();
        r = proximity->tx.name->backend->advertise_start(proximity->tx.ble, options->uuid,
                                                         proximity->advert, ADVERT_SIZE);
        if (r < 0)
                return r;
        return wait_for(proximity, PHASE_LISTENING, options->round_usec);
}

static void finish_round(Proximity *proximity, const Round *round) {
        int r;

        proximity->tx.name->backend->advertise_stop(proximity->tx.ble);
        proximity->rounds[proximity->n_rounds++] = *round;
        r = proximity_report_round(&proximity->report, proximity->n_rounds, round);
        if (r >= 0 && proximity->n_rounds < proximity->options->n_rounds)
                r = wait_for(proximity, PHASE_PAUSE, PAUSE_USEC);
        else
                end(proximity, r);
        if (r < 0)
                end(proximity, r);
}

static void complain_not_ready(const End *end, const char *option) {
        BleStatus status = end->name->backend->status(end->ble);

        if (status != BLE_ON)
                complain("--%s %s: the radio is %s; see hybrid-ble adapters", option,
                         end->name->text, ble_status_name(status));
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        static const Round lost = { .rssi = RSSI_UNKNOWN };
        Proximity *proximity = userdata;
        int r = 0;

        switch (proximity->phase) {
        case PHASE_STARTING:
                complain_not_ready(&proximity->rx, "rx");
                complain_not_ready(&proximity->tx, "tx");
                end(proximity, -ENODEV);
                break;
        case PHASE_PAUSE:
                r = send_advert(proximity);
                break;
        case PHASE_LISTENING:
                finish_round(proximity, &lost);
                break;
        case PHASE_OVER:
                break;
        }
        if (r < 0) {
                complain("--tx %s: %s; try again", proximity->tx.name->text, strerrordesc_np(-r));
                end(proximity, r);
        }
        return 0;
}

/* ---- radios --------------------------------------------------------------------------------- */

static void on_advert(void *userdata, const BleAdvert *advert) {
        const End *rx = userdata;
        Proximity *proximity = rx->proximity;
        Round round = { .heard = true, .rssi = advert->rssi };

        if (rx != &proximity->rx || proximity->phase != PHASE_LISTENING ||
            advert->n_service_data != ADVERT_SIZE ||
            memcmp(advert->service_data, proximity->advert, ADVERT_SIZE) != 0)
                return;
        round.latency_ms = (double)(now_usec() - proximity->sent_usec) / 1000;
        finish_round(proximity, &round);
}

static bool is_on(const End *end) {
        return end->name->backend->status(end->ble) == BLE_ON;
}

static int begin_when_ready(Proximity *proximity) {
        if (proximity->phase != PHASE_STARTING || !is_on(&proximity->rx) || !is_on(&proximity->tx))
                return 0;
        return wait_for(proximity, PHASE_PAUSE, SETTLE_USEC);
}

static void on_status(void *userdata, BleStatus status) {
        const End *changed = userdata;
        Proximity *proximity = changed->proximity;
        int r;

        if (status != BLE_ON && status != BLE_STARTING)
                proximity_report_wait(&proximity->report, changed->name->text,
                                      ble_status_name(status));
        r = begin_when_ready(proximity);
        if (r < 0)
                end(proximity, r);
}

static int open_end(Proximity *proximity, End *end, const char *option) {
        static const BleEvents events = { .advert = on_advert, .status = on_status };
        int r;

        end->proximity = proximity;
        r = end->name->backend->open(&end->ble, proximity->event, end->name->where, &events, end);
        if (r < 0)
                complain("--%s %s: %s; give another one", option, end->name->text,
                         strerrordesc_np(-r));
        return r;
}

static int open_all(Proximity *proximity) {
        const Options *options = proximity->options;
        int r;

        proximity->rounds = calloc(options->n_rounds, sizeof(proximity->rounds[0]));
        if (!proximity->rounds)
                return complain_oom();
        if (options->plot) {
                r = plot_try(options->plot);
                if (r < 0)
                        return r;
        }
        r = proximity_report_open(&proximity->report, options);
        if (r >= 0)
                r = loop_new(&proximity->event, 0);
        if (r >= 0)
                r = open_end(proximity, &proximity->rx, "rx");
        if (r >= 0)
                r = open_end(proximity, &proximity->tx, "tx");
        return r;
}

static void proximity_done(Proximity *proximity) {
        sd_event_source_disable_unref(proximity->timer);
        ble_free(proximity->rx.ble);
        ble_free(proximity->tx.ble);
        sd_event_unref(proximity->event);
        free(proximity->rounds);
}

static int measure(Proximity *proximity) {
        int r;

        r = proximity->rx.name->backend->scan_start(proximity->rx.ble);
        if (r < 0) {
                complain("--rx %s: %s; try again", proximity->rx.name->text, strerrordesc_np(-r));
                return r;
        }
        r = wait_for(proximity, PHASE_STARTING, READY_USEC);
        if (r >= 0)
                r = begin_when_ready(proximity);
        return r < 0 ? r : sd_event_loop(proximity->event);
}

/* Of all rounds that there are, also when it was interrupted. */
static int sum_up(Proximity *proximity) {
        const Options *options = proximity->options;
        Summary summary;
        int r;

        if (summarise(proximity->rounds, proximity->n_rounds, &summary) < 0)
                return complain_oom();
        r = proximity_report_end(&proximity->report, &summary);
        if (r >= 0 && options->plot)
                r = plot_write(options->plot, proximity->rounds, proximity->n_rounds, &summary);
        return r < 0 ? r : (int)summary.n_heard;
}

int command_proximity(const Options *options) {
        Proximity proximity = {
                .options = options,
                .rx = { .name = &options->rx },
                .tx = { .name = &options->tx },
        };
        int r, n_heard = 0, closed;

        r = open_all(&proximity);
        if (r >= 0)
                r = measure(&proximity);
        if (r >= 0)
                r = n_heard = sum_up(&proximity);
        closed = proximity_report_close(&proximity.report);
        proximity_done(&proximity);
        return r < 0 || closed < 0 || n_heard == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
