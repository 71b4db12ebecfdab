/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * Writing CBOR in CTAP2's canonical form (CTAP 2.2 section 8). The caller writes map entries in canonical order: integer keys by value, negative ones
 * after positive ones; text keys by length, then by bytes.
 */
void cbor_write_uint(ByteWriter *w, uint64_t value);
void cbor_write_int(ByteWriter *w, int64_t value);
void cbor_write_bool(ByteWriter *w, bool value);
void cbor_write_bytes(ByteWriter *w, const void *data, size_t n);
void cbor_write_text(ByteWriter *w, const char *text, size_t n);
void cbor_write_string(ByteWriter *w, const char *text); /* NUL-terminated */
void cbor_write_array(ByteWriter *w, size_t n_items);
void cbor_write_map(ByteWriter *w, size_t n_entries);
