/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Writing JSON without white space, byte by byte. There are two reasons not to leave this to a JSON
 * library: clientDataJSON has rules of its own for escaping (WebAuthn Level 3 section 5.8.1.1), and
 * an answer may hold PRF results, of which no library shall keep copies.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

typedef struct JsonWriter {
        ByteWriter *bytes; /* borrowed */
        bool need_comma;
} JsonWriter;

/** `name` is NULL for what is no member of an object. `bracket` is '{' or '['. */
void json_writer_open(JsonWriter *json, const char *name, char bracket);
void json_writer_close(JsonWriter *json, char bracket);

/**
 * A string as CCDToString writes it: '"' and '\' get a backslash, U+0000 to U+001F become \u00xx
 * in lower case, and everything else stays as it is. That is valid JSON for any UTF-8.
 */
void json_writer_text(JsonWriter *json, const char *name, const char *text, size_t n);

/** A NUL-terminated string. */
void json_writer_string(JsonWriter *json, const char *name, const char *text);

/** Bytes as a string of base64url without padding. */
void json_writer_bytes(JsonWriter *json, const char *name, const void *data, size_t n);
void json_writer_bool(JsonWriter *json, const char *name, bool value);
void json_writer_int(JsonWriter *json, const char *name, int64_t value);
