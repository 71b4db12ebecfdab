/* SPDX-License-Identifier: MIT */

/* A typed message that is read can be written, and is the same then. */

#include "fuzz.h"
#include "wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        Message message;

        if (message_decode(MESSAGE_REVISION_1, data, n, &message) == 0) {
                uint8_t *again = malloc(n);
                ByteWriter w = { .data = again, .size = n };

                message_encode(&w, message.type, message.payload, message.n_payload);
                check(w.n == n && memcmp(again, data, n) == 0);
                free(again);
        }
        if (message_decode(MESSAGE_REVISION_0, data, n, &message) == 0)
                check(message.type == MESSAGE_CTAP && message.n_payload == n);
        return 0;
}
