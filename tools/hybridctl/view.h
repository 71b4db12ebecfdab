/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where people or programs see what happens: a terminal that is drawn on, plain lines for what is no
 * terminal, or JSON lines. One of these for the whole run of the program.
 */

#include <stdbool.h>
#include <stdio.h>
#include <systemd/sd-event.h>

#include "base/macro.h"
#include "hybrid.h"
#include "io/qr/qr-render.h"
#include "words/words.h"

typedef struct View View;

typedef struct ViewOps {
        void (*begin)(View *view, const char *origin);
        void (*state)(View *view, const char *state);
        void (*show_code)(View *view, const QrMatrix *code);
        void (*hide_code)(View *view);
        void (*say)(View *view, const char *line);
        View *(*free)(View *view);
} ViewOps;

/** What every kind of view begins with. */
struct View {
        const ViewOps *ops;
        HybridOperation operation;
        char site[256];           /* the RP ID, "" if that is not known yet */
        const char *picture_path; /* where the code is to be seen too, or NULL; borrowed */
        bool watching; /* people have nothing to do but to look, so they are not told to */
};

/** A view for people on stderr: drawn if that is a terminal, else in lines. 0 or a negative errno. */
int view_for_people(View **ret, sd_event *event, const char *picture_path);

int view_terminal_new(View **ret, sd_event *event, const char *picture_path);
int view_lines_new(View **ret, const char *picture_path);

/** JSON lines on stdout. @several: each event says which operation it belongs to. */
int view_json_new(View **ret, bool several);

/** Another ceremony begins, of this site (its RP ID, or "" if that is not known yet). */
static inline void view_begin(View *view, HybridOperation operation, const char *site,
                              const char *origin) {
        view->operation = operation;
        snprintf(view->site, sizeof(view->site), "%s", site);
        view->ops->begin(view, origin);
}

/** What the words in a state are about. Borrowed from the view. */
static inline Situation view_situation(const View *view, const char *state) {
        return (Situation){
                .state = state,
                .create = view->operation == HYBRID_CREATE,
                .site = view->site,
                .caller = "",
                .path = "",
                .kind = "",
                .origin = "",
                .phone = "",
                .cause = "",
                .message = "",
        };
}

static inline void view_state(View *view, const char *state) {
        view->ops->state(view, state);
}

/** Shows this code instead of any earlier one. What is made of it is erased when it goes. */
static inline void view_show_code(View *view, const QrMatrix *code) {
        view->ops->show_code(view, code);
}

static inline void view_hide_code(View *view) {
        view->ops->hide_code(view);
}

/** A line for people, which stays. */
static inline void view_say(View *view, const char *line) {
        view->ops->say(view, line);
}

/** NULL in, NULL out. */
static inline View *view_free(View *view) {
        return view ? view->ops->free(view) : NULL;
}

DEFINE_CLEANUP(View *, view_free);
