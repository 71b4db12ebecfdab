/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "hybrid.h"
#include "request-file.h"
#include "tools/common/complain.h"

static void close_stream(FILE **stream) {
        if (*stream && *stream != stdin)
                fclose(*stream);
}

static int read_stream(FILE *stream, char **ret, size_t *ret_n) {
        char *text = malloc(HYBRID_REQUEST_JSON_SIZE_MAX + 1);
        size_t n;

        if (!text)
                return -ENOMEM;
        n = fread(text, 1, HYBRID_REQUEST_JSON_SIZE_MAX + 1, stream);
        if (ferror(stream) || n > HYBRID_REQUEST_JSON_SIZE_MAX) {
                free(text);
                return ferror(stream) ? -errno : -EFBIG;
        }

        text[n] = '\0';
        *ret = text;
        *ret_n = n;
        return 0;
}

/* Also makes sure that it is UTF-8 without NUL, which the bus demands. */
static int check_json(const char *name, const char *text, size_t n) {
        _cleanup_(json_decrefp) json_t *json = NULL;
        json_error_t error;

        json = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
        if (!json) {
                complain("%s: it is not JSON (line %d: %s); give the site's options for a passkey",
                         name, error.line, error.text);
                return -EINVAL;
        }
        if (!json_is_object(json)) {
                complain("%s: it is no JSON object; give the site's options for a passkey", name);
                return -EINVAL;
        }
        return 0;
}

int request_file_read(const char *path, char **ret) {
        bool standard = strcmp(path, "-") == 0;
        const char *name = standard ? "standard input" : path;
        _cleanup_(close_stream) FILE *stream = standard ? stdin : fopen(path, "re");
        char *text = NULL;
        size_t n = 0;
        int r;

        r = stream ? read_stream(stream, &text, &n) : -errno;
        if (r < 0) {
                complain("%s: %s; give a file with the site's request, at most 64 KiB", name,
                         strerror(-r));
                return r;
        }
        r = check_json(name, text, n);
        if (r < 0) {
                free(text);
                return r;
        }

        *ret = text;
        return 0;
}
