/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The lower end of a terminal, where a few lines are kept and drawn anew in place: an optional
 * picture of fixed width, and words below it, wrapped as the terminal is wide. Lines that are to
 * stay are printed above. While the screen is open the cursor is hidden and keys are not echoed;
 * both end with it, also when the program is stopped or crashes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "base/macro.h"

typedef struct Screen Screen;

/** True if the descriptor is a terminal that can be drawn on. */
bool screen_is_possible(int fd);

/** Opens the only screen there may be. 0, -ENOMEM or what sd-event says. */
int screen_open(Screen **ret, sd_event *event, int fd);

/** Takes all away that does not stay. NULL in, NULL out. */
Screen *screen_close(Screen *screen);
DEFINE_CLEANUP(Screen *, screen_close);

/** The words at the end; copied. "" for none. */
void screen_set_words(Screen *screen, const char *words);

/**
 * The picture above the words: lines of @width columns, each ending in a newline. Taken over, and
 * erased when it goes. Where it does not fit into the terminal, @instead is shown (static) until it
 * does.
 */
void screen_set_picture(Screen *screen, char *lines, size_t n, size_t width, const char *instead);
void screen_remove_picture(Screen *screen);

/** A line that stays. */
void screen_print(Screen *screen, const char *line);
