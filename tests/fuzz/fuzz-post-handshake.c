/* SPDX-License-Identifier: MIT */

/* What a phone says about itself after the handshake: all that is found in it is inside of it. */

#include "fuzz.h"
#include "wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        PostHandshake message;

        if (post_handshake_decode(data, n, &message) == 0) {
                check(message.has_ctap == (message.get_info != NULL));
                if (message.get_info)
                        check(message.get_info >= data &&
                              message.get_info + message.n_get_info <= data + n);
                if (message.has_linking)
                        check(message.linking.data >= data &&
                              message.linking.data + message.linking.n <= data + n);
        }
        return 0;
}
