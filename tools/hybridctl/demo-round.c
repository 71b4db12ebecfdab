/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "demo.h"
#include "failure-words.h"
#include "key-store.h"
#include "lab-files.h"
#include "linked-phones.h"
#include "tools/common/complain.h"
#include "webauthn/json-member.h"

/* Marks a text for the translators: who shows an outcome to people translates it. */
#define N_(text) text

#define USEC_PER_SEC  1000000ULL
#define LOOK_USEC     (USEC_PER_SEC * 8 / 10) /* for people to see the code */
#define ROUND_USEC    (15 * USEC_PER_SEC)     /* nobody has to think in between */
#define ACCURACY_USEC 1000
#define READY_USEC    (5 * USEC_PER_SEC)
#define GOODBYE_USEC  (3 * USEC_PER_SEC) /* for the phone to end after its answer */

static uint64_t now_usec(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
}

/* ---- trouble of our own --------------------------------------------------------------------- */

static void give_up(DemoRound *round, const char *problem) {
        if (round->problem[0] == '\0')
                snprintf(round->problem, sizeof(round->problem), "%s", problem);
        interrupts_raise(&round->demo->interrupts);
}

static int on_too_long(sd_event_source *source, uint64_t usec, void *userdata) {
        give_up(userdata, "It took too long for a ceremony that waits for nobody.");
        return 0;
}

/* ---- steps ---------------------------------------------------------------------------------- */

void demo_step(DemoRound *round, DemoStep step) {
        if (round->step_usec[step] > 0)
                return;
        round->step_usec[step] = now_usec() - round->begun_usec - round->looked_usec;
        demo_report_step(round, step);
}

static uint64_t stage_usec(const DemoRound *round, DemoStage stage) {
        const uint64_t *at = round->step_usec;
        uint64_t ready = at[round->linked ? STEP_CONTACTING : STEP_WAITING];

        switch (stage) {
        case STAGE_START:
                return ready;
        case STAGE_SCAN:
                return at[STEP_HEARD] - ready;
        case STAGE_CONNECT:
                return at[STEP_COMMAND] - at[STEP_HEARD];
        case STAGE_PHONE:
                return at[STEP_DONE] - at[STEP_COMMAND];
        case STAGE_TOTAL:
                return at[STEP_DONE];
        case _STAGE_MAX:
                break;
        }
        return 0;
}

double demo_stage_seconds(const DemoRound *round, DemoStage stage) {
        return (double)stage_usec(round, stage) / USEC_PER_SEC;
}

static const struct {
        const char *event;
        DemoStep step;
} daemon_states[] = {
        { "contacting-phone", STEP_CONTACTING },
        { "waiting-for-scan", STEP_WAITING },
        { "connecting", STEP_HEARD },
        { "continue-on-phone", STEP_COMMAND },
        { "done", STEP_DONE },
}, phone_events[] = {
        { "contacted", STEP_RUNG },            { "scanned", STEP_SCANNED },
        { "tunnel-open", STEP_TUNNEL_OPEN },
        { "advertising", STEP_ADVERTISING },   { "connected", STEP_SECURE },
        { "answered", STEP_ANSWERED },
};

static void on_state(void *userdata, const char *state) {
        for (size_t i = 0; i < ELEMENTSOF(daemon_states); i++)
                if (strcmp(daemon_states[i].event, state) == 0)
                        demo_step(userdata, daemon_states[i].step);
}

static void on_phone_event(void *userdata, const char *event) {
        DemoRound *round = userdata;

        round->phone_waits |= strcmp(event, "waiting") == 0;
        for (size_t i = 0; i < ELEMENTSOF(phone_events); i++)
                if (strcmp(phone_events[i].event, event) == 0)
                        demo_step(userdata, phone_events[i].step);
}

/* ---- the phone ------------------------------------------------------------------------------ */

static void on_phone_failed(void *userdata, const char *why) {
        char problem[256];

        failure_fill_in(FAILURE_TEXT_PHONE, why, problem, sizeof(problem));
        give_up(userdata, problem);
}

static void scan(DemoRound *round) {
        int r;

        r = demo_phone_scan(&round->phone);
        if (r < 0)
                on_phone_failed(round, strerror(-r));
}

static int on_looked(sd_event_source *source, uint64_t usec, void *userdata) {
        DemoRound *round = userdata;

        round->looked_usec = LOOK_USEC;
        scan(round);
        return 0;
}

static void on_code(void *userdata, const char *text, const QrMatrix *matrix) {
        DemoRound *round = userdata;
        int r;

        if (round->linked) {
                give_up(round, "hybridd shows a code, though the phone is linked.");
                return;
        }
        demo_step(round, STEP_SHOWN);
        r = demo_phone_take_code(&round->phone, text, matrix);
        if (r >= 0 && !round->demo->slow)
                scan(round);
        else if (r >= 0)
                r = sd_event_add_time_relative(round->demo->event, NULL, CLOCK_MONOTONIC, LOOK_USEC,
                                               ACCURACY_USEC, on_looked, round);
        if (r < 0)
                on_phone_failed(round, strerror(-r));
}

static const FollowEvents events = {
        .state = on_state,
        .code = on_code,
};

/* Its radio and its connection are ready then. */
static int let_phone_wait(DemoRound *round) {
        uint64_t now = now_usec(), deadline = now + READY_USEC;
        int r;

        r = demo_phone_wait(&round->phone);
        for (; r >= 0 && now < deadline && !round->phone_waits && round->problem[0] == '\0';
             now = now_usec())
                r = sd_event_run(round->demo->event, deadline - now);
        if (r >= 0 && !round->phone_waits && round->problem[0] == '\0')
                on_phone_failed(round, "it does not wait to be contacted");
        return r < 0 ? r : 0;
}

/* The only one that there is. */
static int find_phone(DemoRound *round, LinkedPhones *ret) {
        int r;

        r = linked_phones_read(round->demo->lab.bus, ret);
        if (r >= 0 && ret->n != 1)
                give_up(round, N_("The phone was not linked."));
        return r;
}

/* It closes its end after the answer; only then has it done all. */
static void wait_for_phone(DemoRound *round) {
        uint64_t now = now_usec(), deadline = now + GOODBYE_USEC;
        int r = 0;

        for (; r >= 0 && now < deadline && demo_phone_is_running(&round->phone); now = now_usec())
                r = sd_event_run(round->demo->event, deadline - now);
        if (demo_phone_is_running(&round->phone))
                on_phone_failed(round, "it did not end after its answer");
}

/* ---- the site ------------------------------------------------------------------------------- */

static int prepare(DemoRound *round, HybridOperation operation, char **ret_json) {
        RelyingParty *party = &round->party;
        CredentialList known = {};
        char folder[LAB_FILE_SIZE];
        int r;

        *party = (RelyingParty){
                .operation = operation,
                .origin = DEMO_ORIGIN,
                .rp_id = DEMO_RP_ID,
                .user_name = DEMO_USER,
                .attestation = "direct",
        };
        lab_file(&round->demo->lab, LAB_KEYS, folder);
        r = key_store_load(folder, DEMO_RP_ID, &known);
        if (r >= 0)
                r = relying_party_prepare(party, &known);
        if (operation == HYBRID_GET)
                party->credentials = known;
        else
                credential_list_done(&known);
        if (r < 0)
                return r;

        *ret_json = relying_party_request(party);
        return *ret_json ? 0 : -ENOMEM;
}

static void wrong_answer(DemoRound *round, const char *why) {
        char message[PROBLEM_SIZE + 32];

        snprintf(message, sizeof(message), "The answer is not right: %s.", why);
        outcome_fail(&round->outcome, "UnknownError", "not-verified", message);
}

static void check(DemoRound *round) {
        _cleanup_(json_erasep) json_t *response = json_loads(round->outcome.response, 0, NULL);
        char folder[LAB_FILE_SIZE], problem[PROBLEM_SIZE] = "out of memory";
        int r;

        r = relying_party_check(&round->party, response, &round->verdict, problem);
        if (r < 0) {
                wrong_answer(round, problem);
                return;
        }
        if (round->party.operation == HYBRID_GET && !round->verdict.signature_checked) {
                wrong_answer(round, "it is for a passkey that is not known");
                return;
        }

        lab_file(&round->demo->lab, LAB_KEYS, folder);
        r = key_store_save(folder, &round->verdict.credential);
        if (r < 0)
                outcome_fail(&round->outcome, "UnknownError", "internal",
                             "The public key cannot be kept.");
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int hold(DemoRound *round, const char *json, const char *phone) {
        _cleanup_(sd_event_source_unrefp) sd_event_source *guard = NULL;
        Demo *demo = round->demo;
        const FollowParams params = {
                .event = demo->event,
                .bus = demo->lab.bus,
                .interrupts = &demo->interrupts,
                .request = { .operation = round->party.operation,
                             .origin = DEMO_ORIGIN,
                             .json = json,
                             .phone = phone,
                             .remember = round->phone.links },
                .view = demo->view,
                .picture = demo->picture,
                .events = &events,
                .userdata = round,
        };
        int r;

        r = sd_event_add_time_relative(demo->event, &guard, CLOCK_MONOTONIC, ROUND_USEC, 0,
                                       on_too_long, round);
        if (r < 0)
                return r;
        round->begun_usec = now_usec();
        r = follow(&params, &round->outcome);
        if (r >= 0 && round->outcome.done)
                wait_for_phone(round);
        sd_event_source_set_enabled(guard, SD_EVENT_OFF);
        return r;
}

/* By a code, or by asking the phone that is linked. */
static int hold_somehow(DemoRound *round, const char *json) {
        _cleanup_(linked_phones_done) LinkedPhones phones = {};
        int r;

        if (!round->linked)
                return hold(round, json, NULL);
        r = let_phone_wait(round);
        if (r >= 0 && round->problem[0] == '\0')
                r = find_phone(round, &phones);
        if (r >= 0 && round->problem[0] == '\0')
                r = hold(round, json, phones.phones[0].path);
        return r;
}

bool demo_round_hold(DemoRound *round, Demo *demo, HybridOperation operation) {
        char *json = NULL;
        int r;

        round->demo = demo;
        round->linked = demo->options->linked && operation == HYBRID_GET;
        round->phone = (DemoPhone){
                .lab = &demo->lab,
                .profile = demo->options->profile,
                .links = demo->options->linked && operation == HYBRID_CREATE,
                .event = on_phone_event,
                .failed = on_phone_failed,
                .userdata = round,
        };
        view_begin(demo->view, operation, DEMO_RP_ID, DEMO_ORIGIN);

        r = prepare(round, operation, &json);
        if (r >= 0)
                r = hold_somehow(round, json);
        free(json);
        if (r < 0)
                outcome_fail(&round->outcome, "UnknownError", "internal", strerror(-r));
        else if (round->problem[0])
                outcome_fail(&round->outcome, "UnknownError", "internal", round->problem);
        else if (round->outcome.done)
                check(round);
        return round->outcome.done;
}

void demo_round_done(DemoRound *round) {
        demo_phone_done(&round->phone);
        outcome_done(&round->outcome);
        relying_party_done(&round->party);
}
