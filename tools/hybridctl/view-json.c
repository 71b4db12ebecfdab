/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "json-line.h"
#include "view.h"

typedef struct JsonView {
        View view;
        bool several;
} JsonView;

static json_t *event_of(View *view, const char *name) {
        json_t *event = json_event(name);

        if (((JsonView *)view)->several)
                json_object_set_new(
                        event, "operation",
                        json_string(view->operation == HYBRID_CREATE ? "create" : "get"));
        return event;
}

static void begin(View *view, const char *origin) {
}

static void state(View *view, const char *name) {
        json_t *event = event_of(view, "state");

        json_object_set_new(event, "state", json_string(name));
        json_line(event);
}

static void show_code(View *view, const QrMatrix *code) {
        json_line(event_of(view, "qr-changed"));
}

static void hide_code(View *view) {
        json_line(event_of(view, "qr-withdrawn"));
}

static void say(View *view, const char *line) {
}

static View *free_view(View *view) {
        free(view);
        return NULL;
}

static const ViewOps ops = {
        .begin = begin,
        .state = state,
        .show_code = show_code,
        .hide_code = hide_code,
        .say = say,
        .free = free_view,
};

int view_json_new(View **ret, bool several) {
        JsonView *json = calloc(1, sizeof(*json));

        if (!json)
                return -ENOMEM;
        *json = (JsonView){ .view.ops = &ops, .several = several };
        *ret = &json->view;
        return 0;
}
