/* SPDX-License-Identifier: MIT */

/* What a site says about related origins: the caller's origin up to a line end, then the document. */

#include "fuzz.h"
#include "webauthn/related-origins.h"

static bool is_public_suffix(void *userdata, const char *domain) {
        check(strlen(domain) > 0 && strlen(domain) < DOMAIN_SIZE_MAX);
        return !strchr(domain, '.') || strcmp(domain, "co.uk") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        const uint8_t *end = n > 0 ? memchr(data, '\n', n) : NULL;
        const char *problem = NULL;
        char *text;
        Origin origin;
        int r;

        if (!end)
                return 0;
        text = strndup((const char *)data, (size_t)(end - data));
        r = origin_parse(text, false, &origin);
        free(text);
        if (r != 0)
                return 0;

        n -= (size_t)(end + 1 - data);
        r = related_origins_check(&origin, (const char *)end + 1, n, is_public_suffix, NULL,
                                  &problem);
        check(r == 0 || (r == HYBRID_E_REFUSED && problem));
        /* Nobody is let in who is not named, in whatever case. */
        if (r == 0) {
                text = strndup((const char *)end + 1, n);
                check(strcasestr(text, origin.host) || strchr(text, '\\'));
                free(text);
        }
        return 0;
}
