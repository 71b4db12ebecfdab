/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The frames of native messaging: a length of four bytes in the machine's order, and as many bytes of
 * JSON. See "Native messaging" in MDN's and Chrome's documentation of extensions.
 */

#include <stddef.h>
#include <stdint.h>

enum {
        FRAME_HEADER_SIZE = 4,
        /* What browsers take from a program; the same is all that we take from them. */
        FRAME_TEXT_SIZE_MAX = 1024 * 1024,
};

/** Puts frames together from whatever pieces they come in. All zeros is an empty one. */
typedef struct FrameReader {
        uint8_t *bytes; /* what came and was not taken, from the beginning of a frame */
        size_t n;
        size_t n_allocated;
        size_t n_taken; /* of the frame that was handed out last */
} FrameReader;

/** Erases and frees what is in it. */
void frame_reader_done(FrameReader *reader);

/** Takes in n bytes. 0 or -ENOMEM. */
int frame_reader_push(FrameReader *reader, const void *bytes, size_t n);

/**
 * The next frame. 1 and its text, of n bytes without a NUL at the end, borrowed until the next call;
 * 0 if it has not come as a whole; -EMSGSIZE if it is empty or longer than FRAME_TEXT_SIZE_MAX:
 * nothing after this can be understood.
 */
int frame_reader_next(FrameReader *reader, const char **ret_text, size_t *ret_n);

/** The four bytes before a text of n bytes. */
void frame_encode_header(size_t n, uint8_t ret[static FRAME_HEADER_SIZE]);
