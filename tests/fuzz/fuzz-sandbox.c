/* SPDX-License-Identifier: MIT */

/*
 * What tells which sandbox or unit a caller is in: a name that stands there, and nobody else's beside it.
 * Input: the text of a .flatpak-info and of a /proc/PID/cgroup, each as if it were the one and the other.
 */

#include <errno.h>
#include <stdio.h>

#include "daemon/caller/caller-unit.h"
#include "daemon/caller/sandbox.h"
#include "fuzz.h"

/* The text with a line of a second name behind it; NUL-terminated. */
static char *with_line(const uint8_t *data, size_t n, const char *line) {
        char *text = malloc(n + strlen(line) + 1);

        check(text);
        memcpy(text, data, n);
        memcpy(text + n, line, strlen(line) + 1);
        return text;
}

static void try_flatpak(const uint8_t *data, size_t n) {
        static const char second[] = "\n[Application]\nname=org.example.Other\n";
        char id[APP_ID_SIZE] = "nobody", other[APP_ID_SIZE], *text;
        int r;

        r = flatpak_info_read((const char *)data, n, id);
        check(r == 0 || r == -EBADMSG);
        if (r < 0) {
                check(strcmp(id, "nobody") == 0);
                return;
        }
        check(app_id_is_valid(id));
        check(memmem(data, n, id, strlen(id)));

        /* What is about two applications is about none. */
        text = with_line(data, n, second);
        check(flatpak_info_read(text, n + strlen(second), other) == -EBADMSG);
        free(text);
}

static void try_snap(const char *text, size_t n) {
        char id[APP_ID_SIZE] = "nobody", part[APP_ID_SIZE + 8], *longer;
        int r;

        r = cgroup_read_snap(text, id);
        check(r == 0 || r == -EBADMSG || r == -ENOENT);
        check(r == 0 || strcmp(id, "nobody") == 0);
        if (r == 0) {
                check(app_id_is_valid(id) && !strchr(id, '.'));
                snprintf(part, sizeof(part), "snap.%s.", id);
                check(strstr(text, part));
        }

        /* One snap more: it is the same one, the only one, or there are two now. */
        longer = with_line((const uint8_t *)text, n, "\n0::/snap.second.app-1.scope\n");
        r = cgroup_read_snap(longer, part);
        check(r == 0 || r == -EBADMSG);
        if (strcmp(id, "nobody") != 0)
                check((r == 0) == (strcmp(id, "second") == 0));
        check(r < 0 || strcmp(part, "second") == 0);
        free(longer);
}

static void try_unit(const char *text) {
        char unit[UNIT_NAME_SIZE];

        unit_from_cgroup(text, unit);
        check(strlen(unit) < sizeof(unit));
        check(!strchr(unit, '/') && !strchr(unit, '\n'));
        check(strstr(text, unit));
        check(unit[0] == '\0' || strstr(unit, ".scope") || strstr(unit, ".service"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        char *text = with_line(data, n, "");

        try_flatpak(data, n);
        try_snap(text, strlen(text));
        try_unit(text);
        free(text);
        return 0;
}
