/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What `hybrid-ble proximity` tells: each round on the way, as a line of CSV, as JSON, or as one
 * line of a terminal that is written over; and in the end what they come to.
 */

#include <stdio.h>

#include "options.h"
#include "statistics.h"

typedef struct ProximityReport {
        const Options *options;
        FILE *csv;   /* or NULL */
        FILE *words; /* standard output, or error where CSV takes that */
} ProximityReport;

/** Opens the files, so that what is wrong with them is known at once. 0, or a negative errno after
 *  having complained. */
int proximity_report_open(ProximityReport *report, const Options *options);

/** Something that keeps it from going on, or no more: a line on standard error. */
void proximity_report_wait(const ProximityReport *report, const char *radio, const char *why);

/** 0, or a negative errno after having complained. */
int proximity_report_round(ProximityReport *report, size_t number, const Round *round);
int proximity_report_end(ProximityReport *report, const Summary *summary);

/** Closes the files. 0, or a negative errno after having complained. */
int proximity_report_close(ProximityReport *report);
