/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What is wrong, or right, in words that a person can act on.
 */

#include <stddef.h>

enum {
        FINDING_SUMMARY_SIZE = 256,
        FINDING_REMEDY_SIZE = 384,
        FINDINGS_MAX = 16,
};

typedef enum Severity {
        SEVERITY_ERROR,   /* no ceremony can succeed before this is mended */
        SEVERITY_WARNING, /* a ceremony can, once somebody helps it; or not always */
        SEVERITY_INFO,    /* as it should be */
        _SEVERITY_MAX,
} Severity;

/** As it is said over D-Bus: "error", "warning", "info". */
const char *severity_name(Severity severity);

typedef struct Finding {
        const char *id; /* for programs, such as "rfkill-soft"; static */
        Severity severity;
        char summary[FINDING_SUMMARY_SIZE]; /* one sentence */
        char remedy[FINDING_REMEDY_SIZE];   /* what to do; "" if there is nothing to do */
} Finding;

/** Findings, those first that have to be mended first. */
typedef struct Findings {
        Finding findings[FINDINGS_MAX];
        size_t n;
} Findings;

/** Adds one behind those that are as severe. More than FINDINGS_MAX are dropped. */
void findings_add(Findings *findings, const char *id, Severity severity, const char *summary,
                  const char *remedy);
