/* SPDX-License-Identifier: MIT */

/* For what is no terminal: a log, a pipe. The code never goes there, in whatever form. */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "view.h"

typedef struct LinesView {
        View view;
        bool said_where; /* the code is */
} LinesView;

static void begin(View *view, const char *origin) {
        Situation situation = view_situation(view, "preflight");
        char line[WORDS_SIZE];

        words_of_beginning(&situation, origin, line, sizeof(line));
        fprintf(stderr, "%s\n", line);
}

static void state(View *view, const char *name) {
        Situation situation = view_situation(view, name);
        char lines[WORDS_SIZE];

        words_of_lines(&situation, lines, sizeof(lines));
        if (lines[0] != '\0' && !view->watching)
                fprintf(stderr, "%s\n", lines);
}

static void show_code(View *view, const QrMatrix *code) {
        LinesView *lines = (LinesView *)view;

        if (lines->said_where || view->watching)
                return;
        lines->said_where = true;
        if (view->picture_path)
                fprintf(stderr, "%s %s\n", words_phrase(PHRASE_PICTURE), view->picture_path);
        else
                fprintf(stderr, "%s\n", words_phrase(PHRASE_ONLY_TERMINAL));
}

static void hide_code(View *view) {
}

static void say(View *view, const char *line) {
        fprintf(stderr, "%s\n", line);
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

int view_lines_new(View **ret, const char *picture_path) {
        LinesView *lines = calloc(1, sizeof(*lines));

        if (!lines)
                return -ENOMEM;
        lines->view = (View){ .ops = &ops, .picture_path = picture_path };
        *ret = &lines->view;
        return 0;
}
