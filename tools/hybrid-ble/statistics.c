/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>

#include "statistics.h"

/* A person who waits for the phone begins to wonder after a second. */
#define PROMPT_MS 1000.0

enum {
        LOSS_FAIR_PERCENT = 5,
        LOSS_POOR_PERCENT = 30,
};

static int compare(const void *a, const void *b) {
        double left = *(const double *)a, right = *(const double *)b;

        return (left > right) - (left < right);
}

/* The nearest rank: the least value that so many of 100 are not above. */
static double percentile(const double *sorted, size_t n, size_t percent) {
        size_t rank = (n * percent + 99) / 100;

        return sorted[rank > 0 ? rank - 1 : 0];
}

static Spread spread_of(double *values, size_t n) {
        if (n == 0)
                return (Spread){};

        qsort(values, n, sizeof(values[0]), compare);
        return (Spread){
                .n = n,
                .min = values[0],
                .median = percentile(values, n, 50),
                .p95 = percentile(values, n, 95),
                .max = values[n - 1],
        };
}

int summarise(const Round *rounds, size_t n, Summary *ret) {
        size_t n_rssi = 0;
        double *values;

        *ret = (Summary){ .n_rounds = n };
        if (n == 0)
                return 0;
        values = calloc(n, sizeof(values[0]));
        if (!values)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++)
                if (rounds[i].heard)
                        values[ret->n_heard++] = rounds[i].latency_ms;
        ret->latency_ms = spread_of(values, ret->n_heard);

        for (size_t i = 0; i < n; i++)
                if (rounds[i].heard && rounds[i].rssi != RSSI_UNKNOWN)
                        values[n_rssi++] = rounds[i].rssi;
        ret->rssi = spread_of(values, n_rssi);

        free(values);
        return 0;
}

Verdict summary_verdict(const Summary *summary) {
        size_t n_lost = summary->n_rounds - summary->n_heard;

        if (summary->n_rounds == 0)
                return VERDICT_NOTHING;
        if (summary->n_heard == 0)
                return VERDICT_DEAF;
        if (n_lost * 100 > summary->n_rounds * LOSS_POOR_PERCENT)
                return VERDICT_POOR;
        if (n_lost * 100 > summary->n_rounds * LOSS_FAIR_PERCENT ||
            summary->latency_ms.p95 > PROMPT_MS)
                return VERDICT_FAIR;
        return VERDICT_GOOD;
}

static const struct {
        const char *name, *words;
} verdicts[] = {
        [VERDICT_NOTHING] = { "nothing", "Nothing was measured." },
        [VERDICT_GOOD] = { "good", "Good: a phone in the sender's place is heard at once." },
        [VERDICT_FAIR] = { "fair", "Fair: a phone in the sender's place is heard, sometimes after "
                                   "a moment: "
                                   "phones repeat their adverts." },
        [VERDICT_POOR] = { "poor",
                           "Poor: much is lost. Bring the two nearer, away from USB 3 plugs and "
                           "metal, or use a short USB extension cable." },
        [VERDICT_DEAF] = { "deaf",
                           "Nothing was heard: too far, or one of the two does not work. Try them "
                           "side by side, and see hybrid-ble adapters." },
};

const char *verdict_name(Verdict verdict) {
        return verdicts[verdict].name;
}

const char *verdict_words(Verdict verdict) {
        return verdicts[verdict].words;
}
