/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "diagnosis/finding.h"

const char *severity_name(Severity severity) {
        static const char *const names[_SEVERITY_MAX] = {
                [SEVERITY_ERROR] = "error",
                [SEVERITY_WARNING] = "warning",
                [SEVERITY_INFO] = "info",
        };

        return names[severity];
}

void findings_add(Findings *findings, const char *id, Severity severity, const char *summary,
                  const char *remedy) {
        size_t i;

        if (findings->n == FINDINGS_MAX)
                return;

        for (i = findings->n; i > 0 && findings->findings[i - 1].severity > severity; i--)
                findings->findings[i] = findings->findings[i - 1];
        findings->n++;

        findings->findings[i] = (Finding){ .id = id, .severity = severity };
        snprintf(findings->findings[i].summary, FINDING_SUMMARY_SIZE, "%s", summary);
        snprintf(findings->findings[i].remedy, FINDING_REMEDY_SIZE, "%s", remedy);
}
