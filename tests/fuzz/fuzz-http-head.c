/* SPDX-License-Identifier: MIT */

/* What a tunnel service answers, before it is a websocket. */

#include "fuzz.h"
#include "io/tunnel/http-head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        size_t n_head = http_head_length((const char *)data, n);
        char *text, again[1024];
        HttpHead head;

        check(n_head <= n);
        if (n_head == 0)
                return 0;

        text = malloc(n_head + 1);
        memcpy(text, data, n_head);
        text[n_head] = '\0';
        if (http_head_parse(text, n_head, &head) == 0) {
                check(head.status >= 100 && head.status <= 599);
                if (http_head_write_upgrade(&head, again, sizeof(again)) > 0)
                        check(http_head_length(again, strlen(again)) == strlen(again));
        }
        free(text);
        return 0;
}
