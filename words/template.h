/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Texts that something is filled in to, at a name in braces: so translations may put them in any order,
 * and no text can do what printf() would. What is written is always NUL-terminated, and is cut between
 * characters if need be; @size is at least 1.
 */

#include <stdbool.h>
#include <stddef.h>

typedef struct TemplateValue {
        const char *name; /* with its braces */
        const char *value;
} TemplateValue;

/** Fills in values by their names. Braces with other names stay as they are. */
void template_fill_in(const char *text, const TemplateValue *values, size_t n_values, char *ret,
                      size_t size);

/** Fills in the only place of a text, whatever its name. Without a place, the value is left out. */
void template_fill_in_place(const char *text, const char *value, char *ret, size_t size);

/** Whether something was made by filling in this text's only place; if so, what was filled in. */
bool template_place(const char *filled_in, const char *text, char *ret_value, size_t size);

/** Appends @n_text bytes to the @n that are there already. Returns how many there are then. */
size_t template_append(char *ret, size_t n, size_t size, const char *text, size_t n_text);
