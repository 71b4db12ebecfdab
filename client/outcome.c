/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/outcome.h"

void outcome_done(Outcome *outcome) {
        if (outcome->response)
                secret_free(outcome->response, strlen(outcome->response));
        free(outcome->name);
        free(outcome->aaguid);
        free(outcome->channel);
        free(outcome->tunnel_domain);
        free(outcome->error);
        free(outcome->cause);
        free(outcome->message);
        *outcome = (Outcome){};
}

void outcome_fail(Outcome *outcome, const char *error, const char *cause, const char *message) {
        Outcome failed = {
                .error = strdup(error),
                .cause = strdup(cause),
                .message = strdup(message),
        };

        outcome_done(outcome);
        *outcome = failed;
}
