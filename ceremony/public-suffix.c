/* SPDX-License-Identifier: MIT */

#include <libpsl.h>

#include "ceremony/public-suffix.h"

bool public_suffix_check(void *userdata, const char *domain) {
        psl_ctx_t *list;
        bool is_suffix;

        list = psl_latest(NULL);
        if (!list)
                return true;

        is_suffix = psl_is_public_suffix2(list, domain, PSL_TYPE_ANY);
        psl_free(list);
        return is_suffix;
}
