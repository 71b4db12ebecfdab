/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Looks at the headers of websocket frames from a server, before the codec gets them (RFC 6455
 * section 5.2). The codec would let some pass that are forbidden, and would hang up on others
 * without a word; with this, the server is told, and a log says what it was.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** All zero is the state before the first frame. */
typedef struct FrameScan {
        uint8_t header[10]; /* of the frame that has begun */
        unsigned n_header;
        uint64_t n_left;   /* bytes of its payload that are still to come */
        bool in_fragments; /* a message has begun and is not complete */
} FrameScan;

typedef struct FrameViolation {
        const char *detail; /* in words for a log; static */
        unsigned code;      /* for a close frame */
} FrameViolation;

/**
 * Goes through the next n bytes of the stream. Returns how many of them are in order: n, or fewer
 * when `ret` says what is wrong with the frame that follows. Not to be called again then.
 */
size_t frame_scan(FrameScan *scan, const uint8_t *data, size_t n, FrameViolation *ret);
