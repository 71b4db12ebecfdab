/* SPDX-License-Identifier: MIT */

/* The phone's session: a scanned code with its length before it, then messages likewise. */

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        uint64_t random_state = 1;
        const HybridEnv env = { fuzz_random, &random_state };
        HybridPhoneParams params = {
                .get_info = (const uint8_t *)"\xa0",
                .n_get_info = 1,
                .send_features = true,
                .send_update = true,
        };
        FuzzInput input = { data, n };
        HybridPhone *phone = NULL;
        HybridAction action;
        const uint8_t *bytes;
        unsigned n_failed = 0;
        char *text;
        size_t n_bytes;

        bytes = fuzz_bytes(&input, 512, &n_bytes);
        text = strndup((const char *)bytes, n_bytes);
        params.qr_text = text;
        if (hybrid_phone_new(&phone, &env, &params, 0) == 0) {
                (void)hybrid_phone_channel_up(phone, "0A0B0C", 0);
                for (unsigned i = 0; input.n > 0 && i < 32; i++) {
                        bytes = fuzz_bytes(&input, 4096, &n_bytes);
                        (void)hybrid_phone_recv(phone, bytes, n_bytes, i);
                        while (hybrid_phone_next_action(phone, &action)) {
                                n_failed += action.type == HYBRID_ACTION_FAILED;
                                if (action.type == HYBRID_ACTION_COMMAND)
                                        (void)hybrid_phone_reply(phone, bytes, n_bytes, i);
                        }
                }
                check(n_failed <= 1);
        }
        hybrid_phone_free(phone);
        free(text);
        return 0;
}
