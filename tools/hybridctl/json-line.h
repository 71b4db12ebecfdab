/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Output for programs: one JSON object a line, "event" first.
 */

#include <jansson.h>

/** A new object with "event"; NULL if memory runs out. */
json_t *json_event(const char *name);

/** Prints one line on stdout at once. Takes and erases the object. 0, -EIO or -ENOMEM. */
int json_line(json_t *object);

/** Text on stdout and a newline, at once. 0, or -EIO after having complained. */
int print_text(const char *text);
