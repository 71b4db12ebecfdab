/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The inside of `hybridctl doctor`, shared by doctor.c (who asks hybridd), doctor-here.c (who looks
 * for itself where hybridd cannot be asked) and doctor-report.c (who tells).
 */

#include <stdbool.h>

/** What has been told so far. */
typedef struct Doctor {
        bool json;
        unsigned n_errors;
        unsigned n_findings;
        int r; /* of the first line that could not be printed, or 0 */
} Doctor;

/** Something may take a while; said on a terminal only. */
void doctor_report_wait(const Doctor *doctor);

/** One finding, as Manager.Diagnose() has it; texts may be of any length. */
void doctor_report(Doctor *doctor, const char *id, const char *severity, const char *summary,
                   const char *remedy);

/** What it comes to. */
void doctor_report_end(Doctor *doctor);

/** Looks at the radio without hybridd. 0 or a negative errno, having complained. */
int doctor_look_here(Doctor *doctor);
