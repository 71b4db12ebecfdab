/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/utf8.h"
#include "columns.h"
#include "screen.h"
#include "tty-guard.h"

enum {
        SCREEN_WORDS_SIZE = 1024,
        ROWS_DEFAULT = 24,
        COLUMNS_DEFAULT = 80,
        COLUMNS_MIN = 10,
        ROWS_MAX = 128,                                           /* of what is drawn */
        FRAME_SIZE = 2 * SCREEN_WORDS_SIZE + ROWS_MAX * 16 + 256, /* besides the picture */
        WRITE_MSEC = 1000,
};

#define ERASE_LINE_REST   "\033[K"
#define ERASE_SCREEN_REST "\033[J"

struct Screen {
        int fd;
        sd_event_source *resized;
        sd_event_source *stopped;

        char words[SCREEN_WORDS_SIZE];
        char *picture; /* secret */
        size_t n_picture;
        size_t picture_width;
        size_t picture_rows;
        const char *instead;

        /* What is drawn now, and how wide each line of it is. */
        size_t rows;
        size_t widths[ROWS_MAX];
};

/*
 * What is written at once, so that nobody sees half of it. It has its size from the start: a text
 * that grows would leave copies of the code behind.
 */
typedef struct Frame {
        char *text;
        size_t n, size;
} Frame;

bool screen_is_possible(int fd) {
        const char *term = getenv("TERM");

        return isatty(fd) && term && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

static struct winsize size_of(const Screen *screen) {
        struct winsize size = {};

        if (ioctl(screen->fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0)
                size = (struct winsize){ .ws_row = ROWS_DEFAULT, .ws_col = COLUMNS_DEFAULT };
        if (size.ws_col < COLUMNS_MIN)
                size.ws_col = COLUMNS_MIN;
        return size;
}

/* ---- frames --------------------------------------------------------------------------------- */

/* @n_more: what comes besides the picture and the words. */
static bool frame_begin(Frame *frame, const Screen *screen, size_t n_more) {
        size_t size = screen->n_picture + FRAME_SIZE + n_more;

        *frame = (Frame){ .text = malloc(size), .size = size };
        return frame->text;
}

static _printf_(2, 3) void frame_add(Frame *frame, const char *format, ...) {
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(frame->text + frame->n, frame->size - frame->n, format, ap);
        va_end(ap);
        assert(n >= 0 && (size_t)n < frame->size - frame->n);
        frame->n += (size_t)n;
}

/* A terminal that is gone needs nothing more; one that is slow is waited for. */
static bool can_write_again(int fd) {
        struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

        return errno == EINTR || (errno == EAGAIN && poll(&poll_fd, 1, WRITE_MSEC) > 0);
}

static void frame_end(Frame *frame, int fd) {
        for (size_t offset = 0; offset < frame->n;) {
                ssize_t k = write(fd, frame->text + offset, frame->n - offset);

                if (k > 0)
                        offset += (size_t)k;
                else if (k == 0 || !can_write_again(fd))
                        break;
        }
        secret_free(frame->text, frame->size);
}

/* How many rows the drawn lines take now: most terminals wrap them anew when they get narrower. */
static size_t count_drawn_rows(const Screen *screen) {
        size_t columns = size_of(screen).ws_col, rows = 0;

        for (size_t i = 0; i < screen->rows; i++)
                rows += screen->widths[i] > columns ? (screen->widths[i] + columns - 1) / columns
                                                    : 1;
        return rows;
}

/* To where the drawn lines begin. */
static void frame_go_back(Frame *frame, Screen *screen) {
        size_t rows = count_drawn_rows(screen);

        frame_add(frame, "\r");
        if (rows > 1)
                frame_add(frame, "\033[%zuA", rows - 1);
        screen->rows = 0;
}

/* All lines but the last one end in a newline, so that the last row of a terminal can be used. */
static void frame_line(Frame *frame, Screen *screen, const char *text, size_t n, size_t width) {
        if (screen->rows == ROWS_MAX)
                return;
        frame_add(frame, "%s%.*s" ERASE_LINE_REST, screen->rows > 0 ? "\n" : "", (int)n, text);
        screen->widths[screen->rows++] = width;
}

static void frame_picture(Frame *frame, Screen *screen) {
        const char *end;

        for (const char *p = screen->picture; *p; p = end + 1) {
                end = strchr(p, '\n');
                frame_line(frame, screen, p, (size_t)(end - p), screen->picture_width);
        }
}

/* At most so many rows: below a picture, what does not fit is left out. */
static void frame_words(Frame *frame, Screen *screen, const char *text, size_t rows) {
        size_t columns = (size_t)size_of(screen).ws_col - 1, n;

        for (; *text && rows > 0; text += n, rows--) {
                text += strspn(text, " ");
                n = columns_wrap(text, columns);
                frame_line(frame, screen, text, n, columns_of(text, n));
                n += text[n] == '\n';
        }
}

/* With a row for words, if there are any. */
static bool picture_fits(const Screen *screen) {
        struct winsize size = size_of(screen);

        return screen->picture_width <= size.ws_col &&
               screen->picture_rows + (screen->words[0] ? 1 : 0) <= size.ws_row;
}

static size_t rows_left(const Screen *screen) {
        if (!screen->picture || !picture_fits(screen))
                return ROWS_MAX;
        return size_of(screen).ws_row - screen->picture_rows;
}

static void draw(Screen *screen) {
        Frame frame;

        if (!frame_begin(&frame, screen, 0))
                return;
        frame_go_back(&frame, screen);
        if (screen->picture && picture_fits(screen))
                frame_picture(&frame, screen);
        else if (screen->picture)
                frame_words(&frame, screen, screen->instead, ROWS_MAX);
        frame_words(&frame, screen, screen->words, rows_left(screen));
        frame_add(&frame, ERASE_SCREEN_REST);
        frame_end(&frame, screen->fd);
}

static void undraw(Screen *screen) {
        Frame frame;

        if (!frame_begin(&frame, screen, 0))
                return;
        frame_go_back(&frame, screen);
        frame_add(&frame, ERASE_SCREEN_REST);
        frame_end(&frame, screen->fd);
}

/* ---- what is on it -------------------------------------------------------------------------- */

void screen_set_words(Screen *screen, const char *words) {
        snprintf(screen->words, sizeof(screen->words), "%s", words);
        /* Cut within a letter, or from somebody who does not write UTF-8. */
        if (!utf8_is_valid(screen->words, strlen(screen->words)))
                for (char *p = screen->words; *p; p++)
                        if ((unsigned char)*p >= 0x80)
                                *p = '?';
        draw(screen);
}

static void forget_picture(Screen *screen) {
        screen->picture = secret_free(screen->picture, screen->n_picture);
        screen->n_picture = 0;
}

static size_t count_lines(const char *text) {
        size_t n = 0;

        for (; *text; text++)
                n += *text == '\n';
        return n;
}

void screen_set_picture(Screen *screen, char *lines, size_t n, size_t width, const char *instead) {
        forget_picture(screen);
        screen->picture = lines;
        screen->n_picture = n;
        screen->picture_width = width;
        screen->picture_rows = count_lines(lines);
        screen->instead = instead;
        draw(screen);
}

void screen_remove_picture(Screen *screen) {
        if (!screen->picture)
                return;
        forget_picture(screen);
        draw(screen);
}

void screen_print(Screen *screen, const char *line) {
        Frame frame;

        undraw(screen);
        if (frame_begin(&frame, screen, strlen(line))) {
                frame_add(&frame, "%s\n", line);
                frame_end(&frame, screen->fd);
        }
        draw(screen);
}

/* ---- life ----------------------------------------------------------------------------------- */

static int on_resized(sd_event_source *source, const struct signalfd_siginfo *info,
                      void *userdata) {
        draw(userdata);
        return 0;
}

/* Ctrl-Z: the terminal is somebody else's until we go on. */
static int on_stopped(sd_event_source *source, const struct signalfd_siginfo *info,
                      void *userdata) {
        Screen *screen = userdata;

        undraw(screen);
        tty_guard_leave();
        raise(SIGSTOP);
        tty_guard_enter(screen->fd);
        draw(screen);
        return 0;
}

static int watch(Screen *screen, sd_event *event) {
        sigset_t signals;
        int r;

        sigemptyset(&signals);
        sigaddset(&signals, SIGWINCH);
        sigaddset(&signals, SIGTSTP);
        sigprocmask(SIG_BLOCK, &signals, NULL);

        r = sd_event_add_signal(event, &screen->resized, SIGWINCH, on_resized, screen);
        if (r < 0)
                return r;
        return sd_event_add_signal(event, &screen->stopped, SIGTSTP, on_stopped, screen);
}

int screen_open(Screen **ret, sd_event *event, int fd) {
        _cleanup_(screen_closep) Screen *screen = NULL;
        int r;

        screen = calloc(1, sizeof(*screen));
        if (!screen)
                return -ENOMEM;
        screen->fd = fd;

        r = watch(screen, event);
        if (r < 0)
                return r;
        tty_guard_enter(fd);

        *ret = TAKE_PTR(screen);
        return 0;
}

Screen *screen_close(Screen *screen) {
        if (!screen)
                return NULL;

        if (screen->rows > 0)
                undraw(screen);
        tty_guard_leave();
        sd_event_source_disable_unref(screen->resized);
        sd_event_source_disable_unref(screen->stopped);
        forget_picture(screen);
        free(screen);
        return NULL;
}
