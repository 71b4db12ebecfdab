/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The window: draws one page at a time, and tells which button was used. It knows nothing of the bus.
 */

#include <gtk/gtk.h>

#include "io/qr/qr-render.h"
#include "prompt/page.h"

typedef struct Window Window;

/** A phone that can be chosen. Strings are copied. */
typedef struct WindowPhone {
        const char *path;
        const char *name; /* of a stranger: made fit to be shown here */
        guint64 last_used;
} WindowPhone;

typedef struct WindowEvents {
        void (*action)(gpointer userdata, PageAction action);
        void (*phone)(gpointer userdata, const char *path);
} WindowEvents;

/**
 * A window that is not shown yet. @parent is the handle of the caller's, or ""; @token lets it have
 * the focus, or is "".
 */
Window *window_new(const char *parent, const char *token, const WindowEvents *events,
                   gpointer userdata);
void window_free(Window *window);

/** Shows this page, and the window if it is not shown yet. */
void window_set_page(Window *window, const Page *page);

/** An internationalised site as it is written, or "". */
void window_set_written(Window *window, const char *written);

/** Takes the code over; NULL takes it away at once. */
void window_set_code(Window *window, QrMatrix *matrix);

/** The phones of the page with PICTURE_PHONES. */
void window_set_phones(Window *window, const WindowPhone *phones, size_t n);

/** Shows what may help, or offers to, below the code. */
void window_show_tips(Window *window);
