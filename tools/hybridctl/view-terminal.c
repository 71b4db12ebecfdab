/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "screen.h"
#include "view.h"

enum {
        TEXT_SIZE = 512,
};

typedef struct TerminalView {
        View view;
        Screen *screen;
        char too_small[TEXT_SIZE]; /* what is said where the code does not fit */
} TerminalView;

static void begin(View *view, const char *origin) {
        TerminalView *terminal = (TerminalView *)view;
        Situation situation = view_situation(view, "preflight");
        char line[WORDS_SIZE];

        words_of_beginning(&situation, origin, line, sizeof(line));
        screen_print(terminal->screen, line);
}

static void state(View *view, const char *name) {
        Situation situation = view_situation(view, name);
        char lines[WORDS_SIZE];

        if (view->watching)
                return;
        words_of_lines(&situation, lines, sizeof(lines));
        screen_set_words(((TerminalView *)view)->screen, lines);
}

/* Two modules share a character cell, one above the other. */
static void say_too_small(TerminalView *terminal, size_t side) {
        const char *path = terminal->view.picture_path;

        words_of_small_terminal(side, (side + 1) / 2 + 1, path ? path : "", terminal->too_small,
                                sizeof(terminal->too_small));
}

static void show_code(View *view, const QrMatrix *code) {
        const char *no_color = getenv("NO_COLOR");
        QrTerminalStyle style = no_color && no_color[0] ? QR_TERMINAL_PLAIN : QR_TERMINAL_COLOUR;
        TerminalView *terminal = (TerminalView *)view;
        size_t n, side = code->size + 2 * QR_QUIET_ZONE;
        char *lines;

        say_too_small(terminal, side);
        if (qr_render_terminal(code, style, &lines, &n) >= 0)
                screen_set_picture(terminal->screen, lines, n, side, terminal->too_small);
}

static void hide_code(View *view) {
        screen_remove_picture(((TerminalView *)view)->screen);
}

static void say(View *view, const char *line) {
        screen_print(((TerminalView *)view)->screen, line);
}

static View *free_view(View *view) {
        screen_close(((TerminalView *)view)->screen);
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

int view_terminal_new(View **ret, sd_event *event, const char *picture_path) {
        TerminalView *terminal;
        int r;

        terminal = calloc(1, sizeof(*terminal));
        if (!terminal)
                return -ENOMEM;
        terminal->view = (View){ .ops = &ops, .picture_path = picture_path };

        r = screen_open(&terminal->screen, event, STDERR_FILENO);
        if (r < 0) {
                free(terminal);
                return r;
        }

        *ret = &terminal->view;
        return 0;
}

int view_for_people(View **ret, sd_event *event, const char *picture_path) {
        if (screen_is_possible(STDERR_FILENO))
                return view_terminal_new(ret, event, picture_path);
        return view_lines_new(ret, picture_path);
}
