/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/secret.h"
#include "browser/host/browser-call.h"

#define _json_ _cleanup_(json_decrefp) json_t

static const char *const type_names[_BROWSER_CALL_TYPE_MAX] = {
        [BROWSER_CALL_CREATE] = "create",     [BROWSER_CALL_GET] = "get",
        [BROWSER_CALL_CANCEL] = "cancel",     [BROWSER_CALL_STATUS] = "status",
        [BROWSER_CALL_DIAGNOSE] = "diagnose",
};

void browser_call_done(BrowserCall *call) {
        free(call->origin);
        free(call->top_origin);
        if (call->options)
                secret_free(call->options, strlen(call->options));
        *call = (BrowserCall){};
}

static int parse_type(const json_t *object, BrowserCallType *ret) {
        const char *name = json_string_value(json_object_get(object, "type"));

        for (size_t i = 0; name && i < _BROWSER_CALL_TYPE_MAX; i++)
                if (strcmp(type_names[i], name) == 0) {
                        *ret = (BrowserCallType)i;
                        return 0;
                }
        return -EINVAL;
}

/* jansson takes no NUL in texts, so these are whole. */
static int copy_text(const json_t *value, char **ret) {
        if (!json_is_string(value))
                return -EINVAL;
        *ret = strdup(json_string_value(value));
        return *ret ? 0 : -ENOMEM;
}

static int copy_options(const json_t *value, char **ret) {
        if (!json_is_object(value))
                return -EINVAL;
        *ret = json_dumps(value, JSON_COMPACT);
        return *ret ? 0 : -ENOMEM;
}

static int parse_request(const json_t *object, BrowserCall *call) {
        const json_t *top_origin = json_object_get(object, "topOrigin");
        int r;

        r = copy_text(json_object_get(object, "origin"), &call->origin);
        if (r >= 0 && top_origin)
                r = copy_text(top_origin, &call->top_origin);
        if (r >= 0)
                r = copy_options(json_object_get(object, "options"), &call->options);
        return r;
}

static int parse_object(const json_t *object, BrowserCall *call) {
        int r;

        r = parse_type(object, &call->type);
        if (r >= 0 && (call->type == BROWSER_CALL_CREATE || call->type == BROWSER_CALL_GET))
                r = parse_request(object, call);
        return r;
}

int browser_call_parse(const char *text, size_t n, BrowserCall *ret) {
        _json_ *object = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
        const json_t *id = json_object_get(object, "id");
        BrowserCall call = {};
        int r;

        if (!json_is_integer(id))
                return -EBADMSG;
        call.id = json_integer_value(id);

        r = parse_object(object, &call);
        if (r < 0) {
                int64_t call_id = call.id;

                browser_call_done(&call);
                call.id = call_id;
        }
        *ret = call;
        return r;
}
