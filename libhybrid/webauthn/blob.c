/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>

#include "base/secret.h"
#include "webauthn/blob.h"

int blob_init(Blob *blob, size_t n) {
        uint8_t *data = calloc(1, n > 0 ? n : 1);

        if (!data)
                return -ENOMEM;

        *blob = (Blob){ .data = data, .n = n };
        return 0;
}

void blob_done(Blob *blob) {
        blob->data = secret_free(blob->data, blob->n);
        blob->n = 0;
}

int blob_build(Blob *ret, void (*write)(const void *userdata, ByteWriter *w),
               const void *userdata) {
        ByteWriter w = BYTE_WRITER_COUNTING;
        Blob blob;
        int r;

        write(userdata, &w);
        r = blob_init(&blob, w.n);
        if (r < 0)
                return r;

        w = (ByteWriter){ .data = blob.data, .size = blob.n };
        write(userdata, &w);
        assert(byte_writer_fits(&w) && w.n == blob.n);

        *ret = blob;
        return 0;
}
