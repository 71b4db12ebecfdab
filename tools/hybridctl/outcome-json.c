/* SPDX-License-Identifier: MIT */

#include "json-line.h"
#include "outcome-json.h"

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
