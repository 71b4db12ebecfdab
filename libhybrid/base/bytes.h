/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A writer that never runs over its buffer, and the few fixed-width encodings the protocol uses.
 *
 * Codecs write into their caller's buffer and do not allocate. A writer without a buffer only
 * counts, so that a caller can measure first and allocate exactly.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ByteWriter {
        uint8_t *data; /* borrowed; NULL: count only */
        size_t size;   /* capacity of data in bytes */
        size_t n;      /* bytes written, or that would have been written */
} ByteWriter;

#define BYTE_WRITER(array)   ((ByteWriter){ .data = (array), .size = sizeof(array) })
#define BYTE_WRITER_COUNTING ((ByteWriter){ .data = NULL })

/** Appends n bytes. After an overflow nothing more is stored, but n goes on counting. */
void byte_writer_append(ByteWriter *w, const void *data, size_t n);
void byte_writer_append_u8(ByteWriter *w, uint8_t value);

/** Appends n bytes with the given value. */
void byte_writer_append_fill(ByteWriter *w, uint8_t value, size_t n);

/** True if all that was appended is in the buffer. Always false for a counting writer with n > 0. */
bool byte_writer_fits(const ByteWriter *w);

/** Fixed-width little-endian and big-endian encodings; p has the bytes the name says. */
void put_le16(uint8_t p[static 2], uint16_t value);
void put_le32(uint8_t p[static 4], uint32_t value);
void put_be32(uint8_t p[static 4], uint32_t value);
uint16_t get_le16(const uint8_t p[static 2]);
uint64_t get_le64(const uint8_t p[static 8]);

/**
 * Writes 2 * n hexadecimal digits in upper case and a terminating NUL.
 * `ret` has at least 2 * n + 1 bytes.
 */
void hex_encode_upper(const uint8_t *data, size_t n, char *ret);

/**
 * Reads exactly 2 * n hexadecimal digits of either case, no more and no less.
 * Returns 0, or -EINVAL with `ret` in an unspecified state.
 */
int hex_decode(const char *text, size_t n_text, uint8_t *ret, size_t n);
