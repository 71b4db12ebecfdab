/* SPDX-License-Identifier: MIT */

/* `hybridctl create` and `hybridctl get`: one ceremony for a site. */

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "bus-connection.h"
#include "command.h"
#include "failure-words.h"
#include "follow.h"
#include "json-line.h"
#include "key-store.h"
#include "linked-phones.h"
#include "outcome-json.h"
#include "phone-chooser.h"
#include "relying-party.h"
#include "request-file.h"
#include "tools/common/complain.h"
#include "verdict-words.h"
#include "webauthn/json-member.h"
#include "words/words.h"

/* Marks a text for the translators: what prints it translates it. */
#define N_(text) text

typedef struct Site {
        const Options *options;
        HybridOperation operation;
        char *request; /* JSON; holds the challenge */
        bool own;      /* made and checked here, by: */
        RelyingParty party;
        Origin origin, top_origin;
        char folder[KEY_STORE_PATH_SIZE];
        char rp_id[DOMAIN_SIZE_MAX]; /* for people; "" if the request does not say */
} Site;

static void site_done(Site *site) {
        if (site->request)
                secret_free(site->request, strlen(site->request));
        relying_party_done(&site->party);
}

/* ---- a request of our own ------------------------------------------------------------------- */

/* The origin as the client data will have it; the daemon refuses what is wrong with it. */
static int choose_site(Site *site) {
        const Options *options = site->options;
        bool valid = origin_parse(options->origin, true, &site->origin) == 0;

        if (!valid && !options->rp_id) {
                complain("--origin %s: this is no origin; give one like https://login.example.com: "
                         "with "
                         "https, and nothing behind the host but a port",
                         options->origin);
                return -EINVAL;
        }
        if (options->rp_id && strlen(options->rp_id) >= sizeof(site->rp_id)) {
                complain("--rp: this is too long for a domain; give a shorter one");
                return -EINVAL;
        }

        snprintf(site->rp_id, sizeof(site->rp_id), "%s",
                 options->rp_id ? options->rp_id : site->origin.host);
        site->party.origin = valid ? site->origin.text : options->origin;
        site->party.rp_id = site->rp_id;
        return 0;
}

static const char *login_name(void) {
        const struct passwd *entry = getpwuid(getuid());

        return entry && strlen(entry->pw_name) <= USER_NAME_SIZE_MAX ? entry->pw_name : "user";
}

/* As the client data will have it. What is wrong with it, the daemon says. */
static const char *origin_as_sent(const char *text, Origin *origin) {
        return text && origin_parse(text, true, origin) == 0 ? origin->text : text;
}

static int make_request(Site *site) {
        const Options *options = site->options;
        _cleanup_(credential_list_done) CredentialList known = {};
        RelyingParty *party = &site->party;
        int r;

        r = choose_site(site);
        if (r >= 0)
                r = key_store_folder(site->folder);
        if (r >= 0 && site->operation == HYBRID_CREATE)
                r = key_store_prepare(site->folder);
        if (r >= 0)
                r = key_store_load(site->folder, site->rp_id, &known);
        if (r < 0)
                return r;

        party->operation = site->operation;
        party->top_origin = origin_as_sent(options->top_origin, &site->top_origin);
        party->prf = options->prf;
        party->user_name = options->user_name ? options->user_name : login_name();
        party->attestation = "none";
        r = relying_party_prepare(party, &known);
        if (r >= 0 && party->operation == HYBRID_GET) {
                party->credentials = known;
                known = (CredentialList){};
        }
        site->request = r >= 0 ? relying_party_request(party) : NULL;
        return site->request ? 0 : complain_oom();
}

/* ---- a request from a file ------------------------------------------------------------------ */

/* Whom it is for, as far as it says. */
static void look_for_rp_id(Site *site) {
        _cleanup_(json_decrefp) json_t *json = json_loads(site->request, 0, NULL);
        const char *rp_id = site->origin.host;

        if (site->operation == HYBRID_CREATE)
                (void)json_member_text(json_object_get(json, "rp"), "id", &rp_id);
        else
                (void)json_member_text(json, "rpId", &rp_id);
        snprintf(site->rp_id, sizeof(site->rp_id), "%s", rp_id);
}

static int load_request(Site *site) {
        int r;

        r = request_file_read(site->options->request_file, &site->request);
        if (r < 0)
                return r;
        (void)origin_parse(site->options->origin, true, &site->origin);
        look_for_rp_id(site);
        return 0;
}

/* ---- the ceremony --------------------------------------------------------------------------- */

/* What a ceremony takes place on. */
typedef struct Stage {
        sd_event *event;
        sd_bus *bus;
        Interrupts interrupts;
        Picture *picture;
        View *view;
} Stage;

static void stage_done(Stage *stage) {
        view_free(stage->view);
        picture_free(stage->picture);
        sd_bus_flush_close_unref(stage->bus);
        sd_event_unref(stage->event);
}

static int open_loop(Stage *stage) {
        int r;

        /* Before signals wait for the loop: a bus that hangs can be interrupted so. */
        r = bus_open(&stage->bus);
        if (r < 0)
                return r;

        r = sd_event_default(&stage->event);
        if (r >= 0)
                r = interrupts_add(&stage->interrupts, stage->event);
        if (r >= 0)
                r = sd_bus_attach_event(stage->bus, stage->event, 0);
        if (r < 0)
                complain("event loop: %s; try again", strerror(-r));
        return r;
}

static int stage_open(Stage *stage, const Options *options) {
        int r = 0;

        if (options->qr_png)
                r = picture_new(&stage->picture, options->qr_png);
        if (r >= 0)
                r = open_loop(stage);
        return r;
}

/* From now on the terminal is drawn on. */
static int open_view(Stage *stage, const Options *options) {
        int r;

        if (options->json)
                r = view_json_new(&stage->view, false);
        else
                r = view_for_people(&stage->view, stage->event, options->qr_png);
        return r < 0 ? complain_oom() : 0;
}

static void free_text(char **text) {
        free(*text);
}

/* The path of the phone that is to be asked, named or chosen; NULL if it is to be another one. */
static int find_phone(Stage *stage, const Options *options, char **ret) {
        _cleanup_(linked_phones_done) LinkedPhones phones = {};
        const LinkedPhone *phone;
        int r;

        if (!options->phone && !options->json && phone_chooser_is_possible())
                return phone_chooser_ask(
                        stage->event, stage->bus, &stage->interrupts,
                        options->command == COMMAND_CREATE ? HYBRID_CREATE : HYBRID_GET, ret);
        if (!options->phone)
                return 0;
        r = linked_phones_read(stage->bus, &phones);
        if (r < 0)
                return r;
        phone = linked_phones_find(&phones, options->phone);
        if (!phone) {
                complain("--phone %s: no linked phone has this name; see hybridctl phones list",
                         options->phone);
                return -ENOENT;
        }
        *ret = strdup(phone->path);
        return *ret ? 0 : complain_oom();
}

/* The view is closed when this returns, so that what follows has the terminal to itself. */
static int hold_ceremony(const Site *site, Outcome *outcome) {
        _cleanup_(stage_done) Stage stage = {};
        _cleanup_(free_text) char *phone = NULL;
        const Options *options = site->options;
        int r;

        r = stage_open(&stage, options);
        if (r < 0)
                return r;

        r = find_phone(&stage, options, &phone);
        if (r >= 0)
                r = open_view(&stage, options);
        if (r < 0)
                return r;

        view_begin(stage.view, site->operation, site->rp_id, options->origin);
        r = follow(&(FollowParams){ .event = stage.event,
                                    .bus = stage.bus,
                                    .interrupts = &stage.interrupts,
                                    .request = { .operation = site->operation,
                                                 .origin = options->origin,
                                                 .top_origin = options->top_origin,
                                                 .json = site->request,
                                                 .phone = phone,
                                                 .remember = options->remember },
                                    .view = stage.view,
                                    .picture = stage.picture,
                                    .turn_on_bluetooth = options->turn_on_bluetooth,
                                    .keys = !options->json && phone_chooser_is_possible() },
                   outcome);
        if (r < 0)
                complain("message bus: %s; try again", strerror(-r));
        return r;
}

/* ---- how it ended --------------------------------------------------------------------------- */

static int report_failure(const Site *site, const Outcome *outcome) {
        bool create = site->operation == HYBRID_CREATE;
        char why[FAILURE_WORDS_SIZE];

        if (site->options->json) {
                json_line(outcome_failed_event(outcome));
                return -EPROTO;
        }

        failure_words(outcome, why);
        complain("%s: %s", words_translate(create ? N_("registration") : N_("sign-in")), why);
        if (site->party.credentials.n > 0 && outcome->cause &&
            strcmp(outcome->cause, "no-passkey") == 0)
                fprintf(stderr,
                        words_translate("hybridctl asked for the passkeys it has registered, which "
                                        "are in %s.\n"),
                        site->folder);
        return -EPROTO;
}

static void report_verdict(const Site *site, const Verdict *verdict) {
        char words[VERDICT_WORDS_SIZE];

        verdict_words(verdict, site->operation, words);
        fprintf(stderr, /* Translators: a list of technical terms follows. */
                words_translate("Checked: %s.\n"), words);
        if (site->operation == HYBRID_GET && !verdict->signature_checked)
                fprintf(stderr, "%s\n",
                        words_translate(
                                "The signature was not checked: this passkey was not registered "
                                "with hybridctl."));
        if (site->party.prf)
                fprintf(stderr, "%s\n", words_translate(verdict_prf_words(verdict)));
}

static void say_done(const Site *site, const Outcome *outcome) {
        const char *name = outcome->name ? outcome->name : "";

        if (site->operation == HYBRID_CREATE)
                fprintf(stderr,
                        name[0] ? words_translate("The passkey for %1$s is on your phone (%2$s).\n")
                                : words_translate("The passkey for %1$s is on your phone.\n"),
                        site->rp_id, name);
        else
                fprintf(stderr, words_translate("You are signed in to %s.\n"), site->rp_id);
}

static int print_response(const Outcome *outcome, const json_t *response) {
        char *text;
        int r;

        if (!isatty(STDOUT_FILENO))
                return print_text(outcome->response);

        text = json_dumps(response, JSON_INDENT(2));
        if (!text)
                return complain_oom();
        r = print_text(text);
        secret_free(text, strlen(text));
        return r;
}

static int report_done(const Site *site, const Outcome *outcome, json_t *response,
                       const Verdict *verdict) {
        bool verified = verdict && (site->operation == HYBRID_CREATE || verdict->signature_checked);
        json_t *event;

        if (!site->options->json) {
                say_done(site, outcome);
                if (verdict)
                        report_verdict(site, verdict);
                return print_response(outcome, response);
        }

        event = json_event("done");
        json_object_set(event, "response", response);
        json_object_set_new(event, "authenticator", outcome_authenticator(outcome));
        json_object_set_new(event, "verified", json_boolean(verified));
        return json_line(event);
}

/* Checks the answer to a request of our own. */
static int check_answer(const Site *site, const json_t *response, Verdict *ret, Outcome *outcome) {
        char problem[PROBLEM_SIZE], message[PROBLEM_SIZE + 64];
        int r;

        r = relying_party_check(&site->party, response, ret, problem);
        if (r == -EBADMSG) {
                failure_fill_in(FAILURE_TEXT_ANSWER, problem, message, sizeof(message));
                outcome_fail(outcome, "UnknownError", "not-verified", message);
        }
        return r;
}

static int keep_credential(const Site *site, const Verdict *verdict) {
        if (site->operation == HYBRID_GET && !verdict->signature_checked)
                return 0;
        return key_store_save(site->folder, &verdict->credential);
}

static int finish(const Site *site, Outcome *outcome) {
        _cleanup_(json_erasep) json_t *response = NULL;
        Verdict verdict;
        int r, r_keep;

        if (!outcome->done)
                return report_failure(site, outcome);

        response = json_loads(outcome->response, JSON_REJECT_DUPLICATES, NULL);
        if (!response) {
                outcome_fail(outcome, "UnknownError", "protocol",
                             "hybridd's answer is not JSON. Check that hybridctl and hybridd are "
                             "of the same version.");
                return report_failure(site, outcome);
        }
        if (!site->own)
                return report_done(site, outcome, response, NULL);

        r = check_answer(site, response, &verdict, outcome);
        if (r == -EBADMSG)
                return report_failure(site, outcome);
        if (r < 0)
                return complain_oom();

        /* The passkey is there, whether its key can be kept or not. */
        r_keep = keep_credential(site, &verdict);
        r = report_done(site, outcome, response, &verdict);
        return r < 0 ? r : r_keep;
}

int command_site(const Options *options) {
        _cleanup_(outcome_done) Outcome outcome = {};
        _cleanup_(site_done) Site site = {
                .options = options,
                .operation = options->command == COMMAND_CREATE ? HYBRID_CREATE : HYBRID_GET,
                .own = !options->request_file,
        };
        int r;

        r = site.own ? make_request(&site) : load_request(&site);
        if (r >= 0)
                r = hold_ceremony(&site, &outcome);
        if (r >= 0)
                r = finish(&site, &outcome);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
