/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/base64url.h"
#include "base/secret.h"
#include "webauthn/json-member.h"

static int member(const json_t *object, const char *name, json_t **ret) {
        json_t *value = json_object_get(object, name);

        if (!value || json_is_null(value))
                return -ENOENT;
        *ret = value;
        return 0;
}

int json_member(const json_t *object, const char *name, json_type type, json_t **ret) {
        json_t *value;
        int r;

        r = member(object, name, &value);
        if (r < 0)
                return r;
        if (json_typeof(value) != type)
                return -EBADMSG;

        *ret = value;
        return 0;
}

int json_member_text(const json_t *object, const char *name, const char **ret) {
        json_t *value;
        int r;

        r = json_member(object, name, JSON_STRING, &value);
        if (r < 0)
                return r;

        *ret = json_string_value(value);
        return 0;
}

int json_member_bool(const json_t *object, const char *name, bool *ret) {
        json_t *value;
        int r;

        r = member(object, name, &value);
        if (r < 0)
                return r;
        if (!json_is_boolean(value))
                return -EBADMSG;

        *ret = json_is_true(value);
        return 0;
}

int json_member_natural(const json_t *object, const char *name, uint64_t *ret) {
        json_t *value;
        double number;
        int r;

        r = member(object, name, &value);
        if (r < 0)
                return r;
        if (!json_is_number(value))
                return -EBADMSG;

        number = json_number_value(value);
        if (number < 0)
                *ret = 0;
        else if (number >= 0x1p64)
                *ret = UINT64_MAX;
        else
                *ret = (uint64_t)number;
        return 0;
}

int json_decode_bytes(const char *text, size_t n, Blob *ret) {
        _blob_ blob = {};
        int r;

        r = blob_init(&blob, n * 3 / 4);
        if (r < 0)
                return r;
        if (base64url_decode(text, n, blob.data, &blob.n) < 0)
                return -EBADMSG;

        *ret = TAKE_BLOB(blob);
        return 0;
}

int json_member_bytes(const json_t *object, const char *name, Blob *ret) {
        json_t *value;
        int r;

        r = json_member(object, name, JSON_STRING, &value);
        if (r < 0)
                return r;

        return json_decode_bytes(json_string_value(value), json_string_length(value), ret);
}

int json_member_enum(const json_t *object, const char *name, const char *const names[],
                     size_t n_names, unsigned *ret) {
        const char *text;
        int r;

        r = json_member_text(object, name, &text);
        if (r < 0)
                return r;

        for (unsigned i = 0; i < n_names; i++)
                if (strcmp(text, names[i]) == 0) {
                        *ret = i;
                        return 0;
                }

        return -ENOENT;
}

/* jansson lends its own buffer, of which we are the only user. */
static void erase_strings(json_t *json) {
        const char *name;
        json_t *value;
        size_t i;

        if (json_is_string(json))
                secret_erase((char *)json_string_value(json), json_string_length(json));
        json_object_foreach(json, name, value) {
                erase_strings(value);
        }
        json_array_foreach(json, i, value) {
                erase_strings(value);
        }
}

void json_erase(json_t *json) {
        if (!json)
                return;
        erase_strings(json);
        json_decref(json);
}
