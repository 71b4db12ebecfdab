/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Making texts of strangers fit to be shown: names come from phones, sites from pages.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
        SHOWN_TEXT_SIZE = 1024,
};

/**
 * Copies text with NUL. Control characters, those that turn the direction of writing, and bytes that
 * are no UTF-8 become U+FFFD; what is longer than n_max characters ends in an ellipsis.
 */
void shown_text(const char *text, size_t n_max, char ret[static SHOWN_TEXT_SIZE]);

/**
 * A site as it stands in texts: between marks that keep it left to right, whatever is around it, and
 * by which shown_markup() finds it.
 */
void shown_site(const char *rp_id, char ret[static SHOWN_TEXT_SIZE]);

/**
 * A program's file as it stands in texts: between the same marks. Both ends of a long one are kept, and
 * blanks can be seen, so that no name of a file reads like a sentence of ours.
 */
void shown_path(const char *path, char ret[static SHOWN_TEXT_SIZE]);

/**
 * How an internationalised site is written: only where that cannot be mistaken for another one, since
 * each label is of one script, and that has no letters that look like Latin ones. "" otherwise.
 */
void shown_site_written(const char *rp_id, char ret[static SHOWN_TEXT_SIZE]);

/** The text as Pango's markup, with sites in bold. To be freed with g_free(). */
char *shown_markup(const char *text);
