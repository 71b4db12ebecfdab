/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Bytes on the heap that are erased when freed, and building them with a writer: measured first,
 * then allocated exactly, so that no outgrown copy stays behind.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/macro.h"

typedef struct Blob {
        uint8_t *data; /* owned; NULL: nothing */
        size_t n;
} Blob;

/** n zero bytes; for n = 0 one byte is allocated all the same. Returns 0 or -ENOMEM. */
int blob_init(Blob *blob, size_t n);

/** Erases and frees. A zeroed blob is fine. */
void blob_done(Blob *blob);

/**
 * Calls `write` twice with the same `userdata`, first to count. It must write the same both times.
 * Returns 0 or -ENOMEM with `ret` untouched.
 */
int blob_build(Blob *ret, void (*write)(const void *userdata, ByteWriter *w), const void *userdata);

#define _blob_ _cleanup_(blob_done) Blob

/** Hands the bytes over and leaves an empty blob. */
#define TAKE_BLOB(blob)                                                                            \
        ({                                                                                         \
                Blob *_taken_from = &(blob);                                                       \
                Blob _taken = *_taken_from;                                                        \
                *_taken_from = (Blob){};                                                           \
                _taken;                                                                            \
        })
