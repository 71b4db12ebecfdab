/* SPDX-License-Identifier: MIT */

/* A table of callers of whatever bytes: each entry of it names one program, and its origins, or none is. */

#include <errno.h>
#include <stdio.h>

#include "daemon/caller/caller-entry.h"
#include "fuzz.h"

static void check_entry(const CallerEntry *entry) {
        check(entry->id && entry->id[0] != '\0');
        check(entry->kind != CALLER_KIND_UNKNOWN);
        /* An entry that names no program would be about all of them. */
        check(!entry->exe == (entry->kind != CALLER_KIND_HOST));
        check(!entry->app_id == (entry->kind == CALLER_KIND_HOST));
        check(!entry->exe || entry->exe[0] == '/');
        for (size_t i = 0; i < entry->parents.n; i++)
                check(entry->parents.items[i][0] == '/');
        check(entry->any_origin || entry->origins.n > 0);
        for (size_t i = 0; i < entry->origins.n; i++)
                check(strncmp(entry->origins.items[i], "http", 4) == 0);
        if (!entry->any_origin)
                check(!caller_entry_has_origin(entry, "https://not.listed.invalid/"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        char problem[CALLER_PROBLEM_SIZE] = "";
        CallerEntries entries = {};
        FILE *file;
        int r;

        /* A stream of no bytes cannot be made, and says no more than one with a line end. */
        file = n > 0 ? fmemopen((uint8_t *)data, n, "r") : fmemopen((char *)"\n", 1, "r");
        check(file);
        r = caller_entries_read(&entries, file, "test.conf", problem);
        fclose(file);
        check(r == 0 || r == -EINVAL);
        check((r == 0) == (problem[0] == '\0'));
        check(r == 0 || entries.n == 0);
        for (size_t i = 0; i < entries.n; i++)
                check_entry(&entries.items[i]);
        caller_entries_done(&entries);
        return 0;
}
