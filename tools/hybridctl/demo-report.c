/* SPDX-License-Identifier: MIT */

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "demo.h"
#include "failure-words.h"
#include "json-line.h"
#include "labelled.h"
#include "outcome-json.h"
#include "tools/common/complain.h"
#include "tools/common/output.h"
#include "verdict-words.h"
#include "words/words.h"

/* Marks a text for the translators: what prints it translates it. */
#define N_(text) text

enum {
        LINE_SIZE = 512,
        LABEL_COLUMNS = 13,
};

static const struct {
        const char *name; /* in JSON */
        const char *words;
} steps[_STEP_MAX] = {
        [STEP_CONTACTING] = { "contacting",
                              N_("hybridd has asked the tunnel server to wake the phone.") },
        [STEP_RUNG] = { "rung", N_("The phone has been woken, and knows by whom.") },
        [STEP_WAITING] = { "waiting", N_("hybridd has a code to show.") },
        [STEP_SHOWN] = { "shown", N_("The code is made into a picture.") },
        [STEP_SCANNED] = { "scanned", N_("The phone has scanned it.") },
        [STEP_TUNNEL_OPEN] = { "tunnel-open", N_("The phone has opened a tunnel.") },
        [STEP_ADVERTISING] = { "advertising", N_("The phone sends its advert by Bluetooth.") },
        [STEP_HEARD] = { "heard", N_("hybridd has heard it: the phone is near; no code is shown "
                                     "any more.") },
        [STEP_JOINED] = { "joined", N_("hybridd has joined the tunnel.") },
        [STEP_SECURE] = { "secure", N_("The handshake is done: only these two can read on.") },
        [STEP_COMMAND] = { "command", N_("hybridd has sent what the site asks for.") },
        [STEP_ANSWERED] = { "answered", N_("The phone's owner agrees; the phone has answered.") },
        [STEP_DONE] = { "done", N_("The site has its answer.") },
};

static const char *const stage_names[_STAGE_MAX] = {
        [STAGE_START] = "starting",     [STAGE_SCAN] = "waiting-for-scan",
        [STAGE_CONNECT] = "connecting", [STAGE_PHONE] = "continue-on-phone",
        [STAGE_TOTAL] = "total",
};

static const char *operation_name(const DemoRound *round) {
        return round->party.operation == HYBRID_CREATE ? "create" : "get";
}

static json_t *event_of(const DemoRound *round, const char *name) {
        json_t *event = json_event(name);

        json_object_set_new(event, "operation", json_string(operation_name(round)));
        return event;
}

/* ---- on the way ----------------------------------------------------------------------------- */

void demo_report_setup(const Demo *demo) {
        const Lab *lab = &demo->lab;
        char line[LINE_SIZE];
        json_t *event;

        if (demo->options->json) {
                event = json_event("started");
                json_object_set_new(event, "tunnel", json_string(lab->tunnel_address));
                json_object_set_new(event, "profile", json_string(demo->options->profile));
                json_line(event);
                return;
        }

        snprintf(line, sizeof(line),
                 /* Translators: an address, and a kind of phone such as android. Lines have at
                  * most 79 columns. */
                 words_translate("A message bus and a tunnel server (%1$s) are up; hybridd starts\n"
                                 "when it is called. The phone is a program of the kind \"%2$s\", "
                                 "its radio a\nfolder.\n"),
                 lab->tunnel_address, demo->options->profile);
        view_say(demo->view, line);
}

void demo_report_step(const DemoRound *round, DemoStep step) {
        double seconds = (double)round->step_usec[step] / 1e6;
        char line[LINE_SIZE];
        json_t *event;

        if (!round->demo->options->json) {
                snprintf(line, sizeof(line), "  %6.3f s  %s", seconds,
                         words_translate(steps[step].words));
                view_say(round->demo->view, line);
                return;
        }
        event = event_of(round, "step");
        json_object_set_new(event, "step", json_string(steps[step].name));
        json_object_set_new(event, "seconds", json_real(seconds));
        json_line(event);
}

void demo_report_round(const DemoRound *round) {
        char line[LINE_SIZE];
        json_t *event;

        if (!round->demo->options->json) {
                snprintf(line, sizeof(line), "           %s\n",
                         words_translate("The answer is right in every point."));
                view_say(round->demo->view, line);
                return;
        }
        event = event_of(round, "done");
        json_object_set_new(event, "response", json_loads(round->outcome.response, 0, NULL));
        json_object_set_new(event, "authenticator", outcome_authenticator(&round->outcome));
        json_object_set_new(event, "verified", json_true());
        json_line(event);
}

void demo_report_failure(const DemoRound *round) {
        char why[FAILURE_WORDS_SIZE];
        json_t *event;

        if (round->demo->options->json) {
                event = outcome_failed_event(&round->outcome);
                json_object_set_new(event, "operation", json_string(operation_name(round)));
                json_line(event);
                return;
        }
        failure_words(&round->outcome, why);
        complain("demo: %s: %s",
                 words_translate(round->party.operation == HYBRID_CREATE ? N_("registration")
                                                                         : N_("sign-in")),
                 why);
}

/* ---- in the end ----------------------------------------------------------------------------- */

static void print_item(const char *label, const char *text) {
        print_labelled(words_translate(label), LABEL_COLUMNS, text);
}

static void print_verdict(const char *label, const DemoRound *round) {
        char words[VERDICT_WORDS_SIZE];

        verdict_words(&round->verdict, round->party.operation, words);
        print_item(label, words);
}

static void print_seconds(const DemoRound *create, const DemoRound *get) {
        printf("\nSeconds           registration  sign-in\n");
        for (int stage = 0; stage < _STAGE_MAX; stage++)
                printf("%-18s%12.3f%9.3f\n", stage_names[stage],
                       demo_stage_seconds(create, (DemoStage)stage),
                       demo_stage_seconds(get, (DemoStage)stage));
}

/* The registration tells who the authenticator is; a sign-in does not. */
static int print_summary(const Demo *demo) {
        const DemoRound *create = &demo->rounds[0], *get = &demo->rounds[1];
        const Outcome *outcome = &create->outcome;
        char line[LINE_SIZE];

        printf("%s\n", words_translate("Proven:"));
        print_item(N_("site"), DEMO_ORIGIN ", RP ID " DEMO_RP_ID);
        snprintf(line, sizeof(line), /* Translators: the name of a kind of phone, and a number. */
                 words_translate("%1$s, as it says itself; AAGUID %2$s"), outcome->name,
                 outcome->aaguid);
        print_item(N_("authenticator"), line);
        snprintf(line, sizeof(line), /* Translators: hybrid, a tunnel service, and an address. */
                 words_translate("%1$s by %2$s (here: %3$s)"), outcome->channel,
                 outcome->tunnel_domain, demo->lab.tunnel_address);
        print_item(N_("channel"), line);
        if (get->linked)
                print_item(N_("link"),
                           words_translate("made with the registration; the sign-in had no code"));
        print_item(N_("code"), create->phone.got_text || get->phone.got_text
                                       ? words_translate("handed to the phone as text")
                                       : words_translate("read by the phone from the picture"));
        print_verdict(N_("registration"), create);
        print_verdict(N_("sign-in"), get);
        snprintf(line, sizeof(line), words_translate("%zu bytes"), get->verdict.credential.n_id);
        print_item(N_("credential id"), line);
        print_seconds(create, get);
        return flush_output();
}

static json_t *round_summary(const DemoRound *round) {
        char words[VERDICT_WORDS_SIZE];
        json_t *seconds = json_object();

        for (int stage = 0; stage < _STAGE_MAX; stage++)
                json_object_set_new(seconds, stage_names[stage],
                                    json_real(demo_stage_seconds(round, (DemoStage)stage)));
        verdict_words(&round->verdict, round->party.operation, words);
        return json_pack("{s:s, s:o}", "checked", words, "seconds", seconds);
}

static int print_json_summary(const Demo *demo) {
        const DemoRound *create = &demo->rounds[0], *get = &demo->rounds[1];
        json_t *event = json_event("summary");

        json_object_set_new(event, "verified", json_true());
        json_object_set_new(event, "origin", json_string(DEMO_ORIGIN));
        json_object_set_new(event, "rp_id", json_string(DEMO_RP_ID));
        json_object_set_new(event, "authenticator", outcome_authenticator(&create->outcome));
        json_object_set_new(event, "credential_id_size",
                            json_integer((json_int_t)get->verdict.credential.n_id));
        json_object_set_new(event, "code_from_picture",
                            json_boolean(!create->phone.got_text && !get->phone.got_text));
        json_object_set_new(event, "linked", json_boolean(get->linked));
        json_object_set_new(event, "create", round_summary(create));
        json_object_set_new(event, "get", round_summary(get));
        if (demo->options->keep)
                json_object_set_new(event, "folder", json_string(demo->lab.folder));
        return json_line(event);
}

int demo_report_summary(const Demo *demo) {
        return demo->options->json ? print_json_summary(demo) : print_summary(demo);
}
