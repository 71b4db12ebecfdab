/* SPDX-License-Identifier: MIT */

#include <cairo.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "plot.h"
#include "tools/common/complain.h"

#define PI 3.14159265358979323846

enum {
        WIDTH = 960,
        HEIGHT_OF_PANEL = 300,
        MARGIN_LEFT = 84,
        MARGIN_RIGHT = 150, /* what is beside the lines */
        MARGIN_TOP = 62,
        MARGIN_BOTTOM = 58,
        N_TICKS = 5, /* about */
};

#ifdef WITH_SANITIZER
/* What fontconfig has read it keeps to the end, and the leak checker asks this function. */
_public_ const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void) {
        return "leak:libfontconfig.so";
}
#endif

typedef struct Colour {
        double red, green, blue;
} Colour;

static const Colour ink = { 0.13, 0.13, 0.15 }, faint = { 0.86, 0.87, 0.89 },
                    latency_colour = { 0.11, 0.39, 0.73 }, rssi_colour = { 0.13, 0.52, 0.31 },
                    lost_colour = { 0.80, 0.16, 0.16 };

/* One diagram: rounds from left to right, values from the bottom up. */
typedef struct Panel {
        cairo_t *cairo;
        const char *title, *unit;
        Colour colour;
        double top; /* of the whole panel */
        double low, high, step;
        size_t n_rounds;
} Panel;

static void set_colour(cairo_t *cairo, Colour colour) {
        cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue);
}

/* ---- scales --------------------------------------------------------------------------------- */

/* 1, 2 or 5 times a power of ten. */
static double round_step(double range) {
        static const double factors[] = { 1, 2, 5, 10 };
        double wanted = range / N_TICKS, power = 1;

        while (power * 10 <= wanted)
                power *= 10;
        while (power > wanted)
                power /= 10;
        for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++)
                if (power * factors[i] >= wanted)
                        return power * factors[i];
        return power * 10;
}

static double round_down(double value, double step) {
        double n = (double)(long long)(value / step);

        return (n * step > value ? n - 1 : n) * step;
}

static void set_scale(Panel *panel, double low, double high) {
        if (high - low < 1)
                high = low + 1;
        panel->step = round_step(high - low);
        panel->low = round_down(low, panel->step);
        panel->high = round_down(high, panel->step) + panel->step;
}

static double x_of(const Panel *panel, double round) {
        double columns = WIDTH - MARGIN_LEFT - MARGIN_RIGHT;

        return MARGIN_LEFT + columns * (round - 0.5) / (double)panel->n_rounds;
}

static double y_of(const Panel *panel, double value) {
        double rows = HEIGHT_OF_PANEL - MARGIN_TOP - MARGIN_BOTTOM;

        return panel->top + HEIGHT_OF_PANEL - MARGIN_BOTTOM -
               rows * (value - panel->low) / (panel->high - panel->low);
}

/* ---- words ---------------------------------------------------------------------------------- */

typedef enum Align {
        ALIGN_LEFT,
        ALIGN_CENTRE,
        ALIGN_RIGHT,
} Align;

static void write_text(cairo_t *cairo, double x, double y, Align align, const char *text) {
        cairo_text_extents_t extents;

        cairo_text_extents(cairo, text, &extents);
        cairo_move_to(cairo, x - extents.x_advance * align / 2, y);
        cairo_show_text(cairo, text);
}

static void set_font(cairo_t *cairo, double size, cairo_font_weight_t weight) {
        cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL, weight);
        cairo_set_font_size(cairo, size);
}

/* ---- a panel -------------------------------------------------------------------------------- */

static void draw_horizontal(const Panel *panel, double value) {
        /* On whole pixels: lines stay sharp. */
        double y = (double)(long)y_of(panel, value) + 0.5;

        cairo_move_to(panel->cairo, MARGIN_LEFT, y);
        cairo_line_to(panel->cairo, WIDTH - MARGIN_RIGHT, y);
        cairo_stroke(panel->cairo);
}

static void draw_values(const Panel *panel) {
        char text[32];
        size_t n = (size_t)((panel->high - panel->low) / panel->step + 0.5);

        for (size_t i = 0; i <= n; i++) {
                double value = panel->low + (double)i * panel->step;

                set_colour(panel->cairo, faint);
                draw_horizontal(panel, value);
                set_colour(panel->cairo, ink);
                snprintf(text, sizeof(text), "%.*f", panel->step < 1 ? 1 : 0, value);
                write_text(panel->cairo, MARGIN_LEFT - 10, y_of(panel, value) + 4, ALIGN_RIGHT,
                           text);
        }
}

static void draw_rounds(const Panel *panel) {
        double step = panel->n_rounds > N_TICKS ? round_step((double)panel->n_rounds) : 1;
        double bottom = panel->top + HEIGHT_OF_PANEL - MARGIN_BOTTOM;
        char text[32];

        set_colour(panel->cairo, ink);
        for (size_t i = 1; (double)i * step <= (double)panel->n_rounds; i++) {
                snprintf(text, sizeof(text), "%.0f", (double)i * step);
                write_text(panel->cairo, x_of(panel, (double)i * step), bottom + 20, ALIGN_CENTRE,
                           text);
        }
        write_text(panel->cairo, (MARGIN_LEFT + WIDTH - MARGIN_RIGHT) / 2.0, bottom + 42,
                   ALIGN_CENTRE, "advert");
}

static void draw_frame(const Panel *panel) {
        set_font(panel->cairo, 15, CAIRO_FONT_WEIGHT_BOLD);
        set_colour(panel->cairo, ink);
        write_text(panel->cairo, MARGIN_LEFT, panel->top + 36, ALIGN_LEFT, panel->title);
        set_font(panel->cairo, 12, CAIRO_FONT_WEIGHT_NORMAL);
        write_text(panel->cairo, MARGIN_LEFT - 10, panel->top + MARGIN_TOP - 10, ALIGN_RIGHT,
                   panel->unit);
        cairo_set_line_width(panel->cairo, 1);
        draw_values(panel);
        draw_rounds(panel);
}

/* A dashed line over all rounds, with its name beside it. */
static void draw_mark(const Panel *panel, double value, const char *name) {
        static const double dashes[] = { 6, 4 };
        char text[64];

        set_colour(panel->cairo, panel->colour);
        cairo_set_dash(panel->cairo, dashes, 2, 0);
        draw_horizontal(panel, value);
        cairo_set_dash(panel->cairo, NULL, 0, 0);
        snprintf(text, sizeof(text), "%s %.0f %s", name, value, panel->unit);
        write_text(panel->cairo, WIDTH - MARGIN_RIGHT + 8, y_of(panel, value) + 4, ALIGN_LEFT,
                   text);
}

static double radius_for(size_t n_rounds) {
        return n_rounds > 500 ? 1.5 : n_rounds > 100 ? 2.5 : 3.5;
}

static void draw_dot(const Panel *panel, size_t i, double value) {
        cairo_arc(panel->cairo, x_of(panel, (double)i + 1), y_of(panel, value),
                  radius_for(panel->n_rounds), 0, 2 * PI);
        cairo_fill(panel->cairo);
}

/* ---- the two -------------------------------------------------------------------------------- */

/* A lost advert is a cross at the upper edge, where late ones are. */
static void draw_lost(const Panel *panel, size_t i) {
        double x = x_of(panel, (double)i + 1), y = y_of(panel, panel->high), r = 4;

        set_colour(panel->cairo, lost_colour);
        cairo_set_line_width(panel->cairo, 1.5);
        cairo_move_to(panel->cairo, x - r, y - r);
        cairo_line_to(panel->cairo, x + r, y + r);
        cairo_move_to(panel->cairo, x + r, y - r);
        cairo_line_to(panel->cairo, x - r, y + r);
        cairo_stroke(panel->cairo);
}

static void name_the_crosses(const Panel *panel, size_t n_lost) {
        char text[64];

        if (n_lost == 0)
                return;
        snprintf(text, sizeof(text), "\303\227 %zu not heard", n_lost);
        set_colour(panel->cairo, lost_colour);
        write_text(panel->cairo, WIDTH - MARGIN_RIGHT + 8, y_of(panel, panel->high) + 4, ALIGN_LEFT,
                   text);
}

static void draw_latency(cairo_t *cairo, const Round *rounds, size_t n, const Summary *summary) {
        Panel panel = { .cairo = cairo,
                        .title = "How long until an advert is heard",
                        .unit = "ms",
                        .colour = latency_colour,
                        .n_rounds = n };

        set_scale(&panel, 0, summary->latency_ms.max);
        draw_frame(&panel);
        if (summary->n_heard > 0) {
                draw_mark(&panel, summary->latency_ms.median, "median");
                if (y_of(&panel, summary->latency_ms.median) -
                            y_of(&panel, summary->latency_ms.p95) >
                    14)
                        draw_mark(&panel, summary->latency_ms.p95, "95 % within");
        }
        for (size_t i = 0; i < n; i++) {
                set_colour(cairo, panel.colour);
                if (rounds[i].heard)
                        draw_dot(&panel, i, rounds[i].latency_ms);
                else
                        draw_lost(&panel, i);
        }
        name_the_crosses(&panel, summary->n_rounds - summary->n_heard);
}

static void draw_rssi(cairo_t *cairo, const Round *rounds, size_t n, const Summary *summary) {
        Panel panel = { .cairo = cairo,
                        .title = "How strong it was (RSSI)",
                        .unit = "dBm",
                        .colour = rssi_colour,
                        .top = HEIGHT_OF_PANEL,
                        .n_rounds = n };

        set_scale(&panel, summary->rssi.min - 1, summary->rssi.max + 1);
        draw_frame(&panel);
        draw_mark(&panel, summary->rssi.median, "median");
        set_colour(cairo, panel.colour);
        for (size_t i = 0; i < n; i++)
                if (rounds[i].heard && rounds[i].rssi != RSSI_UNKNOWN)
                        draw_dot(&panel, i, rounds[i].rssi);
}

static int complain_plot(const char *path, const char *why) {
        complain("--plot %s: %s; give a file that can be written", path, why);
        return -EIO;
}

int plot_try(const char *path) {
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

        if (fd < 0)
                return complain_plot(path, strerrordesc_np(errno));
        close(fd);
        return 0;
}

int plot_write(const char *path, const Round *rounds, size_t n, const Summary *summary) {
        int height = summary->rssi.n > 0 ? 2 * HEIGHT_OF_PANEL : HEIGHT_OF_PANEL;
        cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, height);
        cairo_t *cairo = cairo_create(surface);
        cairo_status_t status;

        cairo_set_source_rgb(cairo, 1, 1, 1);
        cairo_paint(cairo);
        if (n > 0)
                draw_latency(cairo, rounds, n, summary);
        if (summary->rssi.n > 0)
                draw_rssi(cairo, rounds, n, summary);
        status = cairo_status(cairo);
        if (status == CAIRO_STATUS_SUCCESS)
                status = cairo_surface_write_to_png(surface, path);
        cairo_destroy(cairo);
        cairo_surface_destroy(surface);
        return status == CAIRO_STATUS_SUCCESS ? 0
                                              : complain_plot(path, cairo_status_to_string(status));
}
