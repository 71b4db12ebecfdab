/* SPDX-License-Identifier: MIT */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base64url.h"
#include "base/secret.h"
#include "webauthn/json-writer.h"

static void write_string(ByteWriter *w, const char *text) {
        byte_writer_append(w, text, strlen(text));
}

static void write_escaped(ByteWriter *w, const char *text, size_t n) {
        char escape[sizeof("\\u0000")];

        for (size_t i = 0; i < n; i++) {
                unsigned char c = (unsigned char)text[i];

                if (c == '"' || c == '\\')
                        byte_writer_append_u8(w, '\\');
                if (c < 0x20) {
                        snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)c);
                        write_string(w, escape);
                } else
                        byte_writer_append_u8(w, c);
        }
}

/* What comes before a value: a comma, unless it is the first in its bracket, and its name. */
static void start_value(JsonWriter *json, const char *name) {
        if (json->need_comma)
                write_string(json->bytes, ",");
        json->need_comma = true;
        if (!name)
                return;
        write_string(json->bytes, "\"");
        write_escaped(json->bytes, name, strlen(name));
        write_string(json->bytes, "\":");
}

void json_writer_open(JsonWriter *json, const char *name, char bracket) {
        start_value(json, name);
        byte_writer_append_u8(json->bytes, (uint8_t)bracket);
        json->need_comma = false;
}

void json_writer_close(JsonWriter *json, char bracket) {
        byte_writer_append_u8(json->bytes, (uint8_t)bracket);
        json->need_comma = true;
}

void json_writer_text(JsonWriter *json, const char *name, const char *text, size_t n) {
        start_value(json, name);
        write_string(json->bytes, "\"");
        write_escaped(json->bytes, text, n);
        write_string(json->bytes, "\"");
}

void json_writer_string(JsonWriter *json, const char *name, const char *text) {
        json_writer_text(json, name, text, strlen(text));
}

void json_writer_bytes(JsonWriter *json, const char *name, const void *data, size_t n) {
        const uint8_t *bytes = data;
        char group[4 + 1];
        CLEANUP_ERASE(group);

        start_value(json, name);
        write_string(json->bytes, "\"");
        for (size_t i = 0; i < n; i += 3) {
                base64url_encode(bytes + i, n - i < 3 ? n - i : 3, group);
                write_string(json->bytes, group);
        }
        write_string(json->bytes, "\"");
}

void json_writer_bool(JsonWriter *json, const char *name, bool value) {
        start_value(json, name);
        write_string(json->bytes, value ? "true" : "false");
}

void json_writer_int(JsonWriter *json, const char *name, int64_t value) {
        char digits[32];

        start_value(json, name);
        snprintf(digits, sizeof(digits), "%" PRId64, value);
        write_string(json->bytes, digits);
}
