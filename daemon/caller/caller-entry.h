/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One program in a table of callers: a section [caller NAME] of a file.
 */

#include <stddef.h>
#include <stdio.h>

#include "daemon/caller/caller-table.h"

typedef struct TextList {
        char **items;
        size_t n;
} TextList;

typedef struct CallerEntry {
        char *id; /* NAME of its section */
        char *name;
        CallerKind kind; /* CALLER_KIND_UNKNOWN while it was not said */
        char *exe;
        char *app_id;
        TextList parents;
        TextList origins;
        bool any_origin;
        bool terminal;
        bool terminal_said;
} CallerEntry;

typedef struct CallerEntries {
        CallerEntry *items;
        size_t n;
} CallerEntries;

void caller_entries_done(CallerEntries *entries);

/**
 * Reads an open file and adds its entries, all or none. @path is for @ret_problem, which says what is
 * wrong and where. 0; -EINVAL; -ENOMEM.
 */
int caller_entries_read(CallerEntries *entries, FILE *file, const char *path,
                        char ret_problem[static CALLER_PROBLEM_SIZE]);

/** Whether this is the program that the entry is about: itself, and what started it. */
bool caller_entry_fits(const CallerEntry *entry, const Caller *caller);

/** Whether the entry allows an origin. */
bool caller_entry_has_origin(const CallerEntry *entry, const char *origin);
