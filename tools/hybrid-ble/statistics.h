/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What many rounds of one advert each come to. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
        RSSI_UNKNOWN = 127, /* as controllers say it */
};

/** One advert that was sent. */
typedef struct Round {
        bool heard;
        double latency_ms; /* from the call to advertise until it was heard, if it was */
        int rssi;          /* dBm, or RSSI_UNKNOWN */
} Round;

/** Least, middle, 95 of 100 and most of some values; the percentiles are values that occurred. */
typedef struct Spread {
        size_t n; /* 0: the others mean nothing */
        double min, median, p95, max;
} Spread;

typedef struct Summary {
        size_t n_rounds, n_heard;
        Spread latency_ms, rssi;
} Summary;

/** 0 or -ENOMEM. */
int summarise(const Round *rounds, size_t n, Summary *ret);

typedef enum Verdict {
        VERDICT_NOTHING, /* no round was finished */
        VERDICT_GOOD,
        VERDICT_FAIR, /* some are lost, or late: phones repeat theirs, so that it works */
        VERDICT_POOR,
        VERDICT_DEAF, /* none was heard */
} Verdict;

Verdict summary_verdict(const Summary *summary);

/** A name for programs ("good"), and a sentence for people. Static. */
const char *verdict_name(Verdict verdict);
const char *verdict_words(Verdict verdict);
