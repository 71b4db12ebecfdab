/* SPDX-License-Identifier: MIT */

/*
 * Makes codes as ceremonies do, as many as the argument says, and prints the largest version of QR
 * code that any of them needed.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/macro.h"
#include "hybrid.h"
#include "io/qr/qr-render.h"
#include "io/random.h"

DEFINE_CLEANUP(HybridClient *, hybrid_client_free);

/* The version of one code, or 0. */
static unsigned version_of_code(HybridOperation operation) {
        const HybridClientParams params = { .operation = operation,
                                            .unix_time = (uint64_t)time(NULL) };
        _cleanup_(hybrid_client_freep) HybridClient *client = NULL;
        _cleanup_(qr_matrix_freep) QrMatrix *matrix = NULL;
        HybridAction action;

        if (hybrid_client_new(&client, &random_env, &params, 0) < 0)
                return 0;
        while (hybrid_client_next_action(client, &action))
                if (action.type == HYBRID_ACTION_SHOW_QR &&
                    qr_matrix_new(&matrix, action.qr_text) < 0)
                        return 0;
        return matrix ? matrix->version : 0;
}

int main(int argc, char *argv[]) {
        unsigned version, version_max = 0;

        for (int i = 0; i < (argc > 1 ? atoi(argv[1]) : 0); i++) {
                version = version_of_code(i % 2 ? HYBRID_CREATE : HYBRID_GET);
                if (version == 0)
                        return 1;
                version_max = version > version_max ? version : version_max;
        }
        printf("%u\n", version_max);
        return 0;
}
