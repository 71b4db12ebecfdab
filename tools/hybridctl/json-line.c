/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "json-line.h"
#include "tools/common/complain.h"
#include "tools/common/output.h"
#include "webauthn/json-member.h"

json_t *json_event(const char *name) {
        return json_pack("{s:s}", "event", name);
}

int print_text(const char *text) {
        fputs(text, stdout);
        fputc('\n', stdout);
        return flush_output();
}

int json_line(json_t *object) {
        char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(6));
        int r;

        json_erase(object);
        if (!text)
                return complain_oom();
        r = print_text(text);
        secret_free(text, strlen(text));
        return r;
}
