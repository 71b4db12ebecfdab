/* SPDX-License-Identifier: MIT */

/* A code that is read can be written, and then reads the same. */

#include "fuzz.h"
#include "wire/qr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        char *text = calloc(1, n + 1), again[HYBRID_QR_TEXT_SIZE_MAX];
        QrCode code = {}, code_again = {};

        if (n > 0)
                memcpy(text, data, n);
        if (qr_decode(text, &code) == 0) {
                qr_encode(&code, again);
                check(qr_decode(again, &code_again) == 0);
                check(memcmp(code.public_key, code_again.public_key, sizeof(code.public_key)) == 0);
                check(memcmp(code.secret, code_again.secret, sizeof(code.secret)) == 0);
                check(code.hint == code_again.hint && code.linking == code_again.linking);
                check(code.n_tunnel_domains == code_again.n_tunnel_domains);
        }
        free(text);
        return 0;
}
