/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "json-line.h"
#include "outcome.h"

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

static const char *text_of(const char *text) {
        return text ? text : "";
}

json_t *outcome_authenticator(const Outcome *outcome) {
        return json_pack("{s:s, s:s, s:b, s:s, s:s}", "name", text_of(outcome->name), "aaguid",
                         text_of(outcome->aaguid), "linked", outcome->linked, "channel",
                         text_of(outcome->channel), "tunnel_domain",
                         text_of(outcome->tunnel_domain));
}

json_t *outcome_failed_event(const Outcome *outcome) {
        json_t *event = json_event("failed");

        json_object_set_new(event, "error", json_string(text_of(outcome->error)));
        json_object_set_new(event, "cause", json_string(text_of(outcome->cause)));
        json_object_set_new(event, "message", json_string(text_of(outcome->message)));
        return event;
}
