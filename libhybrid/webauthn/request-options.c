/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "webauthn/json-member.h"
#include "webauthn/options.h"
#include "webauthn/refuse.h"

static int read_rp_id(const OptionsContext *context, const json_t *options) {
        const char *rp_id = NULL;
        int r;

        r = json_member_text(options, "rpId", &rp_id);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, "rpId", r);
        return options_set_rp_id(context, rp_id);
}

/*
 * An empty list stands for any discoverable credential, so a list of which nothing is left must not
 * become one (WebAuthn Level 3 section 5.8.3).
 */
static int read_allow_list(const OptionsContext *context, const json_t *options) {
        size_t n_skipped;
        int r;

        r = options_read_descriptors(context, options, "allowCredentials", &n_skipped);
        if (r != 0)
                return r;
        if (n_skipped > 0 && context->request->descriptors.n == 0)
                return refuse_request(context->failure, HYBRID_CAUSE_UNSUPPORTED,
                                      "no known type in allowCredentials");
        return 0;
}

int request_options_read(const OptionsContext *context, const json_t *options) {
        static int (*const readers[])(const OptionsContext *context, const json_t *options) = {
                read_rp_id,
                read_allow_list,
                options_read_user_verification,
                options_read_extensions,
                options_read_common,
        };
        int r;

        for (size_t i = 0; i < ELEMENTSOF(readers); i++) {
                r = readers[i](context, options);
                if (r != 0)
                        return r;
        }
        return 0;
}
