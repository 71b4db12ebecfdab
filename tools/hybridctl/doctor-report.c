/* SPDX-License-Identifier: MIT */

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "client/bus-error.h"
#include "diagnosis/finding-text.h"
#include "doctor.h"
#include "json-line.h"
#include "labelled.h"
#include "tools/common/output.h"
#include "tools/common/printable.h"
#include "words/words.h"

/* Marks a text of a table for the translators. */
#define N_(text) text

enum {
        TEXT_SIZE = 1024, /* of what is shown of a text */
        LABEL_COLUMNS = 7,
};

void doctor_report_wait(const Doctor *doctor) {
        if (!doctor->json && isatty(STDERR_FILENO))
                fprintf(stderr, "%s\n",
                        words_translate(N_("Listening to the radio for two seconds …")));
}

static const char *label_of(const char *severity, const char *remedy) {
        if (strcmp(severity, "error") == 0)
                /* Translators: before a finding. At most 7 columns, if that can be. */
                return words_translate(N_("error"));
        if (strcmp(severity, "warning") == 0)
                /* Translators: before a finding. At most 7 columns, if that can be. */
                return words_translate(N_("warning"));
        if (strcmp(severity, "info") != 0)
                return severity;
        if (remedy[0] != '\0')
                /* Translators: before a finding. At most 7 columns, if that can be. */
                return words_translate(N_("note"));
        /* Translators: before what is as it should be. At most 7 columns. */
        return words_translate(N_("ok"));
}

/* Said in English, by hybridd or by what we share with it. */
static void translate_report(const char *text, char *ret, size_t size) {
        const WordsTemplates of_findings = { finding_texts, _FINDING_TEXT_MAX };
        const WordsTemplates of_errors = { bus_error_texts, _BUS_ERROR_TEXT_MAX };

        words_of_report(text, of_findings, ret, size);
        if (strcmp(text, ret) == 0)
                words_of_report(text, of_errors, ret, size);
}

static void print_text_labelled(const char *label, const char *text) {
        char said[TEXT_SIZE], shown[TEXT_SIZE], shown_label[TEXT_SIZE];

        translate_report(text, said, sizeof(said));
        printable(said, strlen(said), shown, sizeof(shown));
        printable(label, strlen(label), shown_label, sizeof(shown_label));
        print_labelled(shown_label, LABEL_COLUMNS, shown);
}

static int print_json(const char *id, const char *severity, const char *summary,
                      const char *remedy) {
        json_t *event = json_event("finding");

        json_object_set_new(event, "id", json_string(id));
        json_object_set_new(event, "severity", json_string(severity));
        json_object_set_new(event, "summary", json_string(summary));
        if (remedy[0] != '\0')
                json_object_set_new(event, "remedy", json_string(remedy));
        return json_line(event);
}

static int print_words(const char *severity, const char *summary, const char *remedy) {
        print_text_labelled(label_of(severity, remedy), summary);
        print_text_labelled("", remedy);
        return flush_output();
}

static void note_failure(Doctor *doctor, int r) {
        if (r < 0 && doctor->r == 0)
                doctor->r = r;
}

void doctor_report(Doctor *doctor, const char *id, const char *severity, const char *summary,
                   const char *remedy) {
        doctor->n_findings++;
        doctor->n_errors += strcmp(severity, "error") == 0;
        note_failure(doctor, doctor->json ? print_json(id, severity, summary, remedy)
                                          : print_words(severity, summary, remedy));
}

void doctor_report_end(Doctor *doctor) {
        const char *text;
        json_t *event;

        if (doctor->json) {
                event = json_event("diagnosed");
                json_object_set_new(event, "errors", json_integer(doctor->n_errors));
                json_object_set_new(event, "findings", json_integer(doctor->n_findings));
                note_failure(doctor, json_line(event));
                return;
        }
        text = doctor->n_errors > 0
                       ? N_("Passkeys on a phone cannot be used here before this is mended.")
                       : N_("Nothing stands in the way.");
        putchar('\n');
        print_wrapped(words_translate(text));
        note_failure(doctor, flush_output());
}
