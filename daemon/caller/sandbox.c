/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "daemon/caller/sandbox.h"

#define SNAP_PREFIX "snap."

typedef struct Text {
        const char *data;
        size_t n;
} Text;

/* Takes what is before the next separator, or all. False if nothing is left. */
static bool take_part(Text *text, char separator, Text *ret) {
        const char *end;

        if (text->n == 0)
                return false;
        end = memchr(text->data, separator, text->n);
        ret->data = text->data;
        ret->n = end ? (size_t)(end - text->data) : text->n;
        text->data += ret->n + (end ? 1 : 0);
        text->n -= ret->n + (end ? 1 : 0);
        return true;
}

static bool equals(Text text, const char *word) {
        return text.n == strlen(word) && memcmp(text.data, word, text.n) == 0;
}

static bool begins_with(Text text, const char *word) {
        return text.n >= strlen(word) && memcmp(text.data, word, strlen(word)) == 0;
}

static bool ends_with(Text text, const char *word) {
        size_t n = strlen(word);

        return text.n >= n && memcmp(text.data + text.n - n, word, n) == 0;
}

bool app_id_is_valid(const char *text) {
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789.-_";
        size_t n = strlen(text);

        return n > 0 && n < APP_ID_SIZE && text[0] != '.' && strspn(text, allowed) == n;
}

static int copy_app_id(Text text, char ret[static APP_ID_SIZE]) {
        char id[APP_ID_SIZE];

        if (text.n >= sizeof(id) || memchr(text.data, '\0', text.n))
                return -EBADMSG;
        memcpy(id, text.data, text.n);
        id[text.n] = '\0';
        if (!app_id_is_valid(id))
                return -EBADMSG;
        memcpy(ret, id, text.n + 1);
        return 0;
}

int flatpak_info_read(const char *data, size_t n, char ret[static APP_ID_SIZE]) {
        bool in_application = false, found = false;
        Text text = { data, n }, line, id = {};

        while (take_part(&text, '\n', &line)) {
                if (begins_with(line, "["))
                        in_application = equals(line, "[Application]");
                if (!in_application || !begins_with(line, "name="))
                        continue;
                if (found)
                        return -EBADMSG;
                found = true;
                id = (Text){ line.data + strlen("name="), line.n - strlen("name=") };
        }
        return found ? copy_app_id(id, ret) : -EBADMSG;
}

/* "snap.NAME.APP-UUID.scope", or ".service". Returns 1 if it is the unit of a snap. */
static int read_unit(Text unit, char ret[static APP_ID_SIZE]) {
        Text name, app;
        int r;

        if (!begins_with(unit, SNAP_PREFIX) ||
            !(ends_with(unit, ".scope") || ends_with(unit, ".service")))
                return 0;
        unit.data += strlen(SNAP_PREFIX);
        unit.n -= strlen(SNAP_PREFIX);
        /* Else it would be the suffix that is taken for a name. */
        if (!take_part(&unit, '.', &name) || !take_part(&unit, '.', &app) || app.n == 0 ||
            unit.n == 0)
                return -EBADMSG;
        r = copy_app_id(name, ret);
        return r < 0 ? r : 1;
}

/* Goes through the units along one path; all that are snaps' have to be the same one's. */
static int read_path(Text path, bool *found, char ret[static APP_ID_SIZE]) {
        char id[APP_ID_SIZE];
        Text unit;
        int r;

        while (take_part(&path, '/', &unit)) {
                r = read_unit(unit, id);
                if (r < 0 || (r > 0 && *found && strcmp(id, ret) != 0))
                        return -EBADMSG;
                if (r > 0)
                        memcpy(ret, id, sizeof(id));
                *found |= r > 0;
        }
        return 0;
}

int cgroup_read_snap(const char *data, char ret[static APP_ID_SIZE]) {
        Text text = { data, strlen(data) }, line, number, controllers;
        char id[APP_ID_SIZE];
        bool found = false;
        int r;

        /* Systemd's own tree: the only one now, or the one that it names after itself. */
        while (take_part(&text, '\n', &line)) {
                if (!take_part(&line, ':', &number) || !take_part(&line, ':', &controllers) ||
                    !(controllers.n == 0 || equals(controllers, "name=systemd")))
                        continue;
                r = read_path(line, &found, id);
                if (r < 0)
                        return r;
        }
        if (!found)
                return -ENOENT;
        memcpy(ret, id, sizeof(id));
        return 0;
}
