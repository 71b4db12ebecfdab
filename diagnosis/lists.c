/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <time.h>

#include "diagnosis/finding-text.h"
#include "diagnosis/lists.h"

/* Marks a text for the translators. */
#define N_(text) text

#define SECONDS_PER_DAY 86400

enum {
        OLD_DAYS = 2 * 365,
};

/* Without the list's newer entries, sites below a suffix that is not in it could share passkeys. */
void lists_diagnose(const Machine *machine, int64_t now, Findings *findings) {
        time_t made = (time_t)machine->suffix_list_time;
        char summary[FINDING_SUMMARY_SIZE], month[32];
        struct tm tm;

        if (made == 0) {
                findings_add(findings, "no-suffix-list", SEVERITY_WARNING,
                             N_("The list of public suffixes, which keeps sites apart, is not "
                                "installed; an old one is used that is built in."),
                             N_("Install the package publicsuffix."));
                return;
        }
        if (now - machine->suffix_list_time < (int64_t)OLD_DAYS * SECONDS_PER_DAY)
                return;
        gmtime_r(&made, &tm);
        snprintf(month, sizeof(month), "%04d-%02d", tm.tm_year + 1900, tm.tm_mon + 1);
        finding_text_fill_in(FINDING_TEXT_OLD_LIST, month, summary, sizeof(summary));
        findings_add(findings, "old-suffix-list", SEVERITY_INFO, summary,
                     N_("Update the package publicsuffix, if there is a newer one."));
}
