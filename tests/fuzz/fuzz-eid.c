/* SPDX-License-Identifier: MIT */

/* Input: an EID key, then service data. */

#include "fuzz.h"
#include "wire/eid.h"
#include "wire/tunnel-url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        uint8_t plaintext[EID_PLAINTEXT_SIZE], sealed[HYBRID_ADVERT_SIZE];
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        EidKey key;
        Eid eid;

        if (n < EID_KEY_SIZE)
                return 0;
        eid_key_init(&key, data);
        data += EID_KEY_SIZE;
        n -= EID_KEY_SIZE;

        if (eid_open(&key, data, n, plaintext) == 0) {
                check(n >= HYBRID_ADVERT_SIZE && plaintext[0] == 0);
                check(eid_seal(&key, plaintext, sealed) == 0);
                check(memcmp(sealed, data, sizeof(sealed)) == 0);
                eid_decode(plaintext, &eid);
                (void)tunnel_host(eid.tunnel_server_id, host);
        }

        /* What we seal ourselves we can open. */
        if (n >= EID_PLAINTEXT_SIZE) {
                memcpy(plaintext, data, sizeof(plaintext));
                check(eid_seal(&key, plaintext, sealed) == 0);
                check(eid_open(&key, sealed, sizeof(sealed), plaintext) ==
                      (data[0] == 0 ? 0 : HYBRID_E_NOT_OURS));
        }
        eid_key_done(&key);
        return 0;
}
