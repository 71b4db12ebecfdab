/* SPDX-License-Identifier: MIT */

/* What a proxy answers to CONNECT, in pieces of a size that the first byte says. */

#include "fuzz.h"
#include "io/tunnel/connect-request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        ConnectReply *reply = calloc(1, sizeof(ConnectReply));
        ConnectVerdict verdict = CONNECT_INCOMPLETE;
        FuzzInput input = { data, n };
        size_t step = (size_t)fuzz_u8(&input) + 1, n_used;

        while (input.n > 0 && verdict == CONNECT_INCOMPLETE) {
                size_t n_piece = input.n < step ? input.n : step;

                verdict = connect_reply_put(reply, input.data, n_piece, &n_used);
                check(n_used <= n_piece && (verdict != CONNECT_INCOMPLETE || n_used == n_piece));
                input.data += n_used;
                input.n -= n_used;
        }

        check(reply->n <= sizeof(reply->data) && reply->start <= reply->n);
        if (verdict == CONNECT_ESTABLISHED)
                check(reply->status >= 200 && reply->status < 300);
        if (verdict == CONNECT_REFUSED)
                check(reply->status == 101 || (reply->status >= 300 && reply->status <= 599));
        free(reply);
        return 0;
}
