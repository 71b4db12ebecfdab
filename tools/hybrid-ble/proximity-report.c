/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "proximity-report.h"
#include "tools/common/complain.h"
#include "tools/common/output.h"

#define CSV_HEADER "round,heard,latency_ms,rssi_dbm\n"

static bool is_stdout(const char *path) {
        return strcmp(path, "-") == 0;
}

static bool shows_progress(const ProximityReport *report) {
        return !report->options->json && isatty(STDERR_FILENO);
}

static int complain_csv(const ProximityReport *report, int r) {
        complain("--csv %s: %s; give a file that can be written", report->options->csv,
                 strerrordesc_np(-r));
        return r;
}

int proximity_report_open(ProximityReport *report, const Options *options) {
        *report = (ProximityReport){ .options = options, .words = stdout };
        if (!options->csv)
                return 0;
        if (is_stdout(options->csv)) {
                report->csv = stdout;
                report->words = stderr;
        } else
                report->csv = fopen(options->csv, "we");
        if (!report->csv)
                return complain_csv(report, -errno);
        fputs(CSV_HEADER, report->csv);
        return 0;
}

void proximity_report_wait(const ProximityReport *report, const char *radio, const char *why) {
        if (!report->options->json)
                fprintf(stderr, "%s is %s\n", radio, why);
}

static int write_csv(ProximityReport *report, size_t number, const Round *round) {
        if (!report->csv)
                return 0;

        fprintf(report->csv, "%zu,%s,", number, round->heard ? "yes" : "no");
        if (round->heard)
                fprintf(report->csv, "%.1f", round->latency_ms);
        fputc(',', report->csv);
        if (round->heard && round->rssi != RSSI_UNKNOWN)
                fprintf(report->csv, "%d", round->rssi);
        fputc('\n', report->csv);
        /* At once: who interrupts it has all rounds so far. */
        return fflush(report->csv) == EOF ? complain_csv(report, -errno) : 0;
}

static void write_json(size_t number, const Round *round) {
        printf("{\"event\":\"round\",\"round\":%zu,\"heard\":%s", number,
               round->heard ? "true" : "false");
        if (round->heard)
                printf(",\"latency_ms\":%.1f", round->latency_ms);
        if (round->heard && round->rssi != RSSI_UNKNOWN)
                printf(",\"rssi\":%d", round->rssi);
        puts("}");
}

static void show_progress(const ProximityReport *report, size_t number, const Round *round) {
        fprintf(stderr, "\r%zu of %u: ", number, report->options->n_rounds);
        if (round->heard)
                fprintf(stderr, "%.0f ms      ", round->latency_ms);
        else
                fputs("not heard   ", stderr);
}

int proximity_report_round(ProximityReport *report, size_t number, const Round *round) {
        if (shows_progress(report))
                show_progress(report, number, round);
        if (report->options->json) {
                write_json(number, round);
                if (flush_output() < 0)
                        return -EIO;
        }
        return write_csv(report, number, round);
}

/* ---- in the end ----------------------------------------------------------------------------- */

static void print_spread_json(const char *name, const Spread *spread, int decimals) {
        if (spread->n == 0)
                return;
        printf(",\"%s\":{\"min\":%.*f,\"median\":%.*f,\"p95\":%.*f,\"max\":%.*f}", name, decimals,
               spread->min, decimals, spread->median, decimals, spread->p95, decimals, spread->max);
}

static void print_json(const Summary *summary) {
        printf("{\"event\":\"summary\",\"sent\":%zu,\"heard\":%zu,\"lost\":%zu", summary->n_rounds,
               summary->n_heard, summary->n_rounds - summary->n_heard);
        print_spread_json("latency_ms", &summary->latency_ms, 1);
        print_spread_json("rssi", &summary->rssi, 0);
        printf(",\"verdict\":\"%s\"}\n", verdict_name(summary_verdict(summary)));
}

static void print_words(FILE *out, const Summary *summary) {
        const Spread *latency = &summary->latency_ms, *rssi = &summary->rssi;
        size_t n_lost = summary->n_rounds - summary->n_heard;

        fprintf(out, "Heard    %zu of %zu adverts, %.0f %% lost\n", summary->n_heard,
                summary->n_rounds,
                summary->n_rounds > 0 ? 100.0 * (double)n_lost / (double)summary->n_rounds : 0);
        if (latency->n > 0)
                fprintf(out,
                        "Latency  %.0f ms at best, median %.0f ms, 95 of 100 within %.0f ms, %.0f "
                        "ms at worst\n",
                        latency->min, latency->median, latency->p95, latency->max);
        if (rssi->n > 0)
                fprintf(out, "RSSI     %.0f dBm at worst, median %.0f dBm, %.0f dBm at best\n",
                        rssi->min, rssi->median, rssi->max);
        else if (latency->n > 0)
                fprintf(out, "RSSI     not told by this radio\n");
        fprintf(out, "%s\n", verdict_words(summary_verdict(summary)));
}

int proximity_report_end(ProximityReport *report, const Summary *summary) {
        if (shows_progress(report))
                fputs("\r                              \r", stderr);
        if (report->options->json)
                print_json(summary);
        else
                print_words(report->words, summary);
        return flush_output();
}

int proximity_report_close(ProximityReport *report) {
        FILE *csv = report->csv;

        report->csv = NULL;
        if (!csv || csv == stdout)
                return 0;
        return fclose(csv) == EOF ? complain_csv(report, -errno) : 0;
}
