/* SPDX-License-Identifier: MIT */

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "report.h"
#include "tools/common/complain.h"
#include "tools/common/printable.h"

enum {
        RP_ID_SIZE = 256,
        ADVERT_SIZE_MAX = 64,
};

/* One whole line, at once: whoever reads it may be waiting for it. */
static _printf_(2, 3) void say(const Report *report, const char *format, ...) {
        va_list ap;

        if (report->json || report->quiet)
                return;

        va_start(ap, format);
        vprintf(format, ap);
        va_end(ap);
        putchar('\n');
        fflush(stdout);
}

/* Takes the members over. */
static void print_event(const char *event, json_t *members) {
        json_t *line = json_pack("{s:s}", "event", event);
        char *text = NULL;

        if (line && members && json_object_update(line, members) == 0)
                text = json_dumps(line, JSON_COMPACT);
        if (text)
                puts(text);
        fflush(stdout);
        free(text);
        json_decref(line);
        json_decref(members);
}

/* A line of JSON; the members are as for json_pack(). */
static void tell(const Report *report, const char *event, const char *format, ...) {
        json_t *members;
        va_list ap;

        if (!report->json || report->quiet)
                return;

        va_start(ap, format);
        members = json_vpack_ex(NULL, 0, format, ap);
        va_end(ap);
        print_event(event, members);
}

static const char *operation_name(HybridOperation operation) {
        return operation == HYBRID_CREATE ? "create" : "get";
}

void report_scanned(const Report *report, const char *profile, HybridOperation operation) {
        say(report, "scanned a code to %s, as %s",
            operation == HYBRID_CREATE ? "register" : "sign in", profile);
        tell(report, "scanned", "{s:s,s:s}", "operation", operation_name(operation), "profile",
             profile);
}

void report_waiting(const Report *report) {
        say(report, "waiting to be contacted");
        tell(report, "waiting", "{}");
}

void report_contacted(const Report *report, HybridOperation operation) {
        say(report, "contacted to %s", operation == HYBRID_CREATE ? "register" : "sign in");
        tell(report, "contacted", "{s:s}", "operation", operation_name(operation));
}

void report_tunnel_open(const Report *report, const char *host) {
        say(report, "the tunnel at %s is open", host);
        tell(report, "tunnel-open", "{s:s}", "host", host);
}

void report_advertising(const Report *report, const char *radio, uint16_t uuid,
                        const uint8_t *advert, size_t n) {
        char uuid_text[8], hex[2 * ADVERT_SIZE_MAX + 1] = "";

        snprintf(uuid_text, sizeof(uuid_text), "%04x", uuid);
        if (report->print_advert && n <= ADVERT_SIZE_MAX)
                hex_encode_upper(advert, n, hex);

        say(report, "advertising under %s, radio: %s", uuid_text, radio);
        tell(report, "advertising", "{s:s,s:s,s:s*}", "radio", radio, "uuid", uuid_text, "advert",
             hex[0] ? hex : NULL);
        if (hex[0] && !report->json) {
                puts(hex); /* asked for by name, so quiet or not */
                fflush(stdout);
        }
}

void report_connected(const Report *report) {
        say(report, "the desktop is here, and the channel is secure");
        tell(report, "connected", "{}");
}

void report_command(const Report *report, uint8_t command, Ctap2Text rp_id) {
        char shown[RP_ID_SIZE] = "";

        if (rp_id.data)
                printable(rp_id.data, rp_id.n, shown, sizeof(shown));
        say(report, "command 0x%02x%s%s", command, shown[0] ? " for " : "", shown);
        tell(report, "command", "{s:i,s:s}", "command", (int)command, "rp_id", shown);
}

void report_answered(const Report *report, uint8_t status, const char *why) {
        say(report, "answered with status 0x%02x, %s%s%s", status, ctap2_status_name(status),
            why[0] ? ": " : "", why);
        tell(report, "answered", "{s:i,s:s}", "status", (int)status, "why", why);
}

void report_done(const Report *report) {
        if (report->json)
                print_event("done", json_object());
        else
                say(report, "done");
}

/* What to do about it; only for what can end this side. */
static const char *remedy(HybridCause cause) {
        static const char *const remedies[_HYBRID_CAUSE_MAX] = {
                [HYBRID_CAUSE_BAD_REQUEST] = "see hybrid-phone(1) for what this profile refuses",
                [HYBRID_CAUSE_TIMEOUT] =
                        "see whether the desktop hears the radio; or use --timeout",
                [HYBRID_CAUSE_TUNNEL_UNREACHABLE] = "check the network, or say where it is with "
                                                    "--connect",
                [HYBRID_CAUSE_TUNNEL_TLS] = "check the certificate, or name its authority with "
                                            "--ca",
                [HYBRID_CAUSE_DECLINED] = "scan a new code to try again",
                [HYBRID_CAUSE_NO_PASSKEY] = "register first, and keep what is registered with "
                                            "--store",
                [HYBRID_CAUSE_ALREADY_REGISTERED] = "sign in with the credential that is there",
        };

        return remedies[cause] ? remedies[cause] : "try again with a new code";
}

static const char *stage_name(HybridStage stage) {
        switch (stage) {
        case HYBRID_STAGE_REQUEST:
                return "request";
        case HYBRID_STAGE_SCAN:
                return "scan";
        case HYBRID_STAGE_CONNECT:
                return "connect";
        case HYBRID_STAGE_HANDSHAKE:
                return "handshake";
        case HYBRID_STAGE_POST_HANDSHAKE:
                return "post-handshake";
        case HYBRID_STAGE_COMMAND:
                return "command";
        }
        return "";
}

void report_failed(const Report *report, const HybridFailure *failure) {
        const char *cause = hybrid_cause_name(failure->cause);
        const char *detail = failure->detail;
        json_t *members;

        complain("%s: %s; %s", cause, detail[0] ? detail : "it ended before it was done",
                 remedy(failure->cause));
        if (!report->json)
                return;

        members =
                json_pack("{s:s,s:s,s:s,s:s,s:i,s:i}", "cause", cause, "stage",
                          stage_name(failure->stage), "detail", detail, "host", failure->host,
                          "http_status", failure->http_status, "status", (int)failure->ctap_status);
        print_event("failed", members);
}
