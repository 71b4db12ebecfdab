/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <string.h>

#include "base/macro.h"
#include "daemon/caller/caller-unit.h"

static bool ends_with(const char *text, size_t n, const char *suffix) {
        size_t n_suffix = strlen(suffix);

        return n > n_suffix && memcmp(text + n - n_suffix, suffix, n_suffix) == 0;
}

/* Slices are above units, and what a unit divides itself into is below; neither is one. */
static bool is_unit(const char *text, size_t n) {
        return n < UNIT_NAME_SIZE &&
               (ends_with(text, n, ".service") || ends_with(text, n, ".scope"));
}

/* The line of the unified hierarchy, or of systemd's own: what stands behind its prefix. */
static const char *find_path(const char *text) {
        static const char *const prefixes[] = { "0::/", "1:name=systemd:/" };

        for (const char *line = text; line; line = strchr(line, '\n')) {
                line += *line == '\n';
                for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
                        if (strncmp(line, prefixes[i], strlen(prefixes[i])) == 0)
                                return line + strlen(prefixes[i]);
        }
        return "";
}

void unit_from_cgroup(const char *text, char ret[static UNIT_NAME_SIZE]) {
        const char *path = find_path(text);

        ret[0] = '\0';
        while (*path != '\0' && *path != '\n') {
                size_t n = strcspn(path, "/\n");

                if (is_unit(path, n)) {
                        memcpy(ret, path, n);
                        ret[n] = '\0';
                }
                path += n;
                path += *path == '/';
        }
}
