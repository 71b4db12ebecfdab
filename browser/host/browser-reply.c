/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/secret.h"
#include "browser/host/browser-reply.h"

#define _json_ _cleanup_(json_decrefp) json_t

char *browser_reply_free(char *text) {
        return text ? secret_free(text, strlen(text)) : NULL;
}

/* It may hold secrets, and is JSON already: it is not taken apart, which would leave copies. */
char *browser_reply_done(int64_t id, const char *response) {
        char *text;

        if (asprintf(&text, "{\"id\":%" PRId64 ",\"type\":\"done\",\"response\":%s}", id,
                     response) < 0)
                return NULL;
        return text;
}

static char *dump(json_t *object) {
        _json_ *owned = object;

        return owned ? json_dumps(owned, JSON_COMPACT) : NULL;
}

char *browser_reply_failed(int64_t id, const char *error, const char *cause, const char *message) {
        return dump(json_pack("{s:I, s:s, s:s, s:s, s:s}", "id", (json_int_t)id, "type", "failed",
                              "error", error, "cause", cause, "message", message));
}

char *browser_reply_status(int64_t id, const char *version, const char *bluetooth) {
        return dump(json_pack("{s:I, s:s, s:s, s:s}", "id", (json_int_t)id, "type", "status",
                              "version", version, "bluetooth", bluetooth));
}

void browser_findings_add(BrowserFindings *findings, const BusFinding *finding) {
        if (!findings->list)
                findings->list = json_array();
        if (json_array_append_new(findings->list,
                                  json_pack("{s:s, s:s, s:s, s:s}", "id", finding->id, "severity",
                                            finding->severity, "summary", finding->summary,
                                            "remedy", finding->remedy)) < 0)
                findings->r = -ENOMEM;
}

void browser_findings_done(BrowserFindings *findings) {
        json_decref(findings->list);
        *findings = (BrowserFindings){};
}

char *browser_reply_findings(int64_t id, const BrowserFindings *findings) {
        json_t *list = findings->list ? json_incref(findings->list) : json_array();

        if (findings->r < 0) {
                json_decref(list);
                return NULL;
        }
        return dump(json_pack("{s:I, s:s, s:o}", "id", (json_int_t)id, "type", "findings",
                              "findings", list));
}
