/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which programs may ask, and for which origins: read from callers.d, hybridd-callers.conf(5).
 * Only root can write there; a file of which that is not true is ignored, and so is one with a
 * mistake in it, since a table can only ever allow. If the administrator's folder is there and cannot
 * be used, nobody may ask: it might have taken away what the other one allows.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "daemon/caller/caller.h"

#define CALLERS_ADMIN_FOLDER "/etc/hybridd/callers.d"

enum {
        CALLER_PROBLEM_SIZE = 512,
};

typedef enum CallerVerdict {
        CALLER_LISTED,     /* it may ask for this origin */
        CALLER_FORBIDDEN,  /* it is listed, but may not ask for this origin, or not like this */
        CALLER_NOT_LISTED, /* no table speaks of it */
} CallerVerdict;

typedef struct CallerJudgement {
        CallerVerdict verdict;
        char name[CALLER_NAME_SIZE]; /* the table's name for it; "" if it is not listed */
        bool any_origin_by_terminal; /* it may ask for any origin, because it is on a terminal */
        const char *why;             /* it may not, for people; static */
} CallerJudgement;

typedef struct CallerTable CallerTable;

/**
 * Reads both folders. A file of the second takes the place of one with the same name in the first;
 * a link to /dev/null takes it away. What is ignored is said in the log. 0 or -ENOMEM.
 */
int caller_table_new(CallerTable **ret, const char *vendor_folder, const char *admin_folder);
/** The first thing that was wrong, and *ret_n how many there were; NULL if there was none. Borrowed. */
const char *caller_table_problem(const CallerTable *table, size_t *ret_n);
CallerTable *caller_table_free(CallerTable *table);
DEFINE_CLEANUP(CallerTable *, caller_table_free);

/** @top_origin is "" if there is none, and else has to be allowed as well. */
void caller_table_judge(const CallerTable *table, const Caller *caller, const char *origin,
                        const char *top_origin, CallerJudgement *ret);
