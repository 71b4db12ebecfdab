/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "follow.h"
#include "tools/common/complain.h"
#include "words/words.h"

typedef struct Follower {
        const FollowParams *params;
        BusRequest *request;
        Outcome *outcome;
        sd_event_source *keys; /* or NULL; listened to while a linked phone is asked */
        bool ended;
        char problem[256]; /* of our own, that ends it; or "" */
} Follower;

/* At other times what is typed is left for the shell. */
static void listen_to_keys(Follower *follower, bool listen) {
        (void)sd_event_source_set_enabled(follower->keys, listen ? SD_EVENT_ON : SD_EVENT_OFF);
        if (listen)
                view_say(follower->params->view, /* Translators: c is a key. */ words_translate(
                                 "Press c to show a code instead.\n"));
}

static void on_state(void *userdata, const char *state) {
        Follower *follower = userdata;
        const FollowParams *params = follower->params;

        view_state(params->view, state);
        if (follower->keys)
                listen_to_keys(follower, strcmp(state, "contacting-phone") == 0);
        if (params->events && params->events->state)
                params->events->state(params->userdata, state);
        if (params->turn_on_bluetooth && strcmp(state, "bluetooth-off") == 0)
                bus_request_turn_on_bluetooth(follower->request);
}

/* It goes on until the daemon has stopped, and then has failed. */
static void give_up(Follower *follower, const char *what, int r, const char *remedy) {
        snprintf(follower->problem, sizeof(follower->problem), "%s cannot be made (%s). %s.", what,
                 strerror(-r), remedy);
        bus_request_cancel(follower->request);
}

static void on_code(void *userdata, const char *text) {
        _cleanup_(qr_matrix_freep) QrMatrix *matrix = NULL;
        Follower *follower = userdata;
        const FollowParams *params = follower->params;
        int r;

        r = qr_matrix_new(&matrix, text);
        if (r < 0) {
                give_up(follower, "The code", r, "Try again");
                return;
        }
        if (params->picture) {
                r = picture_show(params->picture, matrix);
                if (r < 0) {
                        give_up(follower, "The picture of --qr-png", r,
                                "Give a name in a folder where files can be made");
                        return;
                }
        }

        view_show_code(params->view, matrix);
        if (params->events && params->events->code)
                params->events->code(params->userdata, text, matrix);
}

static void on_code_gone(void *userdata) {
        const FollowParams *params = ((Follower *)userdata)->params;

        if (params->picture)
                picture_remove(params->picture);
        view_hide_code(params->view);
        if (params->events && params->events->code_gone)
                params->events->code_gone(params->userdata);
}

static void on_not_remembered(void *userdata, const char *problem) {
        if (problem)
                complain("--remember: %s; link the phone another time", problem);
        else
                complain("--remember: the phone did not offer it; allow it on the phone next time");
}

static void on_ended(void *userdata, Outcome *outcome) {
        Follower *follower = userdata;

        follower->ended = true;
        *follower->outcome = *outcome;
        *outcome = (Outcome){};
}

static void on_interrupt(void *userdata) {
        Follower *follower = userdata;

        if (follower->params->interrupts->n > 1) {
                outcome_fail(follower->outcome, "AbortError", "cancelled", "It was cancelled.");
                follower->ended = true;
        } else
                bus_request_cancel(follower->request);
}

/* The terminal hands each key out at once, see tty-guard.h. */
static int on_key(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Follower *follower = userdata;
        char key;

        if (read(fd, &key, 1) <= 0)
                return sd_event_source_set_enabled(source, SD_EVENT_OFF);
        if (key == 'c' || key == 'C')
                bus_request_use_code(follower->request);
        return 0;
}

static const BusRequestEvents request_events = {
        .state = on_state,
        .code = on_code,
        .code_gone = on_code_gone,
        .not_remembered = on_not_remembered,
        .ended = on_ended,
};

int follow(const FollowParams *params, Outcome *ret) {
        Follower follower = { .params = params, .outcome = ret };
        _cleanup_(sd_event_source_unrefp) sd_event_source *keys = NULL;
        Interrupts *interrupts = params->interrupts;
        int r;

        r = bus_request_new(&follower.request, params->bus, &params->request, &request_events,
                            &follower);
        if (r >= 0 && params->keys)
                r = sd_event_add_io(params->event, &keys, STDIN_FILENO, EPOLLIN, on_key, &follower);
        if (r >= 0 && keys)
                r = sd_event_source_set_enabled(keys, SD_EVENT_OFF);
        follower.keys = keys;
        if (r < 0) {
                bus_request_free(follower.request);
                return r;
        }
        interrupts->on_interrupt = on_interrupt;
        interrupts->userdata = &follower;
        if (interrupts->n > 0)
                bus_request_cancel(follower.request);

        while (r >= 0 && !follower.ended)
                r = sd_event_run(params->event, UINT64_MAX);

        interrupts->on_interrupt = NULL;
        bus_request_free(follower.request);
        if (r >= 0 && follower.problem[0])
                outcome_fail(ret, "UnknownError", "internal", follower.problem);
        return r < 0 ? r : 0;
}
