/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "browser/host/frame.h"

void frame_reader_done(FrameReader *reader) {
        secret_free(reader->bytes, reader->n_allocated);
        *reader = (FrameReader){};
}

/* Not by realloc(), which leaves behind what it has moved. */
static int make_room(FrameReader *reader, size_t n) {
        size_t n_allocated = reader->n_allocated ? reader->n_allocated : 4096;
        uint8_t *bytes;

        while (n_allocated < n)
                n_allocated *= 2;
        if (n_allocated == reader->n_allocated)
                return 0;

        bytes = malloc(n_allocated);
        if (!bytes)
                return -ENOMEM;
        if (reader->n > 0)
                memcpy(bytes, reader->bytes, reader->n);
        secret_free(reader->bytes, reader->n_allocated);
        reader->bytes = bytes;
        reader->n_allocated = n_allocated;
        return 0;
}

static void drop_taken(FrameReader *reader) {
        size_t n_left = reader->n - reader->n_taken;

        if (reader->n_taken == 0)
                return;
        memmove(reader->bytes, reader->bytes + reader->n_taken, n_left);
        secret_erase(reader->bytes + n_left, reader->n_taken);
        reader->n = n_left;
        reader->n_taken = 0;
}

int frame_reader_push(FrameReader *reader, const void *bytes, size_t n) {
        int r;

        drop_taken(reader);
        r = make_room(reader, reader->n + n);
        if (r < 0)
                return r;
        if (n > 0)
                memcpy(reader->bytes + reader->n, bytes, n);
        reader->n += n;
        return 0;
}

int frame_reader_next(FrameReader *reader, const char **ret_text, size_t *ret_n) {
        uint32_t n_text;

        drop_taken(reader);
        if (reader->n < FRAME_HEADER_SIZE)
                return 0;
        memcpy(&n_text, reader->bytes, sizeof(n_text));
        if (n_text == 0 || n_text > FRAME_TEXT_SIZE_MAX)
                return -EMSGSIZE;
        if (reader->n - FRAME_HEADER_SIZE < n_text)
                return 0;

        reader->n_taken = FRAME_HEADER_SIZE + n_text;
        *ret_text = (const char *)reader->bytes + FRAME_HEADER_SIZE;
        *ret_n = n_text;
        return 1;
}

void frame_encode_header(size_t n, uint8_t ret[static FRAME_HEADER_SIZE]) {
        uint32_t n_text = (uint32_t)n;

        memcpy(ret, &n_text, sizeof(n_text));
}
