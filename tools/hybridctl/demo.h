/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The inside of `hybridctl demo`: demo.c sets all up and goes through the two ceremonies,
 * demo-round.c holds one of them, demo-report.c says what happens and what was proven.
 */

#include "demo-phone.h"
#include "follow.h"
#include "lab.h"
#include "options.h"
#include "relying-party.h"

#define DEMO_ORIGIN "https://login.example.com"
#define DEMO_RP_ID  "example.com"
#define DEMO_USER   "demo"

/* What happens in a ceremony, in this order, as whoever it is says it. */
typedef enum DemoStep {
        STEP_CONTACTING, /* hybridd, where the phone is linked */
        STEP_RUNG,       /* the phone */
        STEP_WAITING,    /* hybridd, where it is not */
        STEP_SHOWN,
        STEP_SCANNED, /* the phone */
        STEP_TUNNEL_OPEN,
        STEP_ADVERTISING,
        STEP_HEARD,    /* hybridd */
        STEP_JOINED,   /* the tunnel server */
        STEP_SECURE,   /* the phone */
        STEP_COMMAND,  /* hybridd */
        STEP_ANSWERED, /* the phone */
        STEP_DONE,     /* hybridd */
        _STEP_MAX,
} DemoStep;

/* Between the states of a request. */
typedef enum DemoStage {
        STAGE_START,
        STAGE_SCAN,
        STAGE_CONNECT,
        STAGE_PHONE,
        STAGE_TOTAL,
        _STAGE_MAX,
} DemoStage;

typedef struct Demo Demo;

/* One ceremony. */
typedef struct DemoRound {
        Demo *demo;
        RelyingParty party;
        DemoPhone phone;
        bool phone_waits;
        bool linked; /* there is to be no code */
        uint64_t begun_usec;
        uint64_t looked_usec; /* time given to people to see the code, which is not counted */
        uint64_t step_usec[_STEP_MAX]; /* since then; 0: it did not happen */
        Outcome outcome;
        Verdict verdict;
        char problem[256]; /* ours, not of the request; or "" */
} DemoRound;

struct Demo {
        const Options *options;
        sd_event *event;
        Interrupts interrupts;
        View *view;
        Picture *picture;
        Lab lab;
        bool slow; /* somebody looks at the code */
        DemoRound rounds[2];
        DemoRound *current;
};

/** Holds one ceremony. True if all was proven; else the outcome is a failure. */
bool demo_round_hold(DemoRound *round, Demo *demo, HybridOperation operation);
void demo_round_done(DemoRound *round);

/** A step that was just taken. Only the first of its kind counts. */
void demo_step(DemoRound *round, DemoStep step);

/** Tells of it. */
void demo_report_step(const DemoRound *round, DemoStep step);

/** How long a stage took, in seconds. */
double demo_stage_seconds(const DemoRound *round, DemoStage stage);

void demo_report_setup(const Demo *demo);
void demo_report_round(const DemoRound *round);
void demo_report_failure(const DemoRound *round);

/** What was proven. 0, or a negative errno after having complained. */
int demo_report_summary(const Demo *demo);
