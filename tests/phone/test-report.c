/* SPDX-License-Identifier: MIT */

/*
 * What the phone tells, as words and as JSON.
 */

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "report.h"
#include "unit.h"

static void report_all(const Report *report) {
        static const uint8_t advert[] = { 0xab, 0xcd };
        const HybridFailure failure = { .cause = HYBRID_CAUSE_DECLINED, .detail = "why" };

        report_scanned(report, "plain", HYBRID_CREATE);
        report_tunnel_open(report, "cable.ua5v.com");
        report_advertising(report, "loopback", 0xfff9, advert, sizeof(advert));
        report_connected(report);
        report_command(report, 1, ctap2_text("ex\"ample\x1b.com"));
        report_command(report, 2, (Ctap2Text){});
        report_answered(report, 0x2e, "there is no credential");
        report_done(report);
        report_failed(report, &failure);
}

static char *report_to_text(const Report *report) {
        _folder_ folder;

        folder_init(&folder);
        capture_start(&folder, STDERR_FILENO);
        capture_start(&folder, STDOUT_FILENO);
        report_all(report);
        return capture_read(&folder, STDOUT_FILENO);
}

/* One object a line, `event` first. */
START_TEST(test_json) {
        static const char *const events[] = { "scanned",   "tunnel-open", "advertising",
                                              "connected", "command",     "command",
                                              "answered",  "done",        "failed" };
        char *text = report_to_text(&(Report){ .json = true, .print_advert = true });
        char *line = strtok(text, "\n");

        for (size_t i = 0; i < ELEMENTSOF(events); i++, line = strtok(NULL, "\n")) {
                json_error_t error;
                json_t *object;

                ck_assert_ptr_nonnull(line);
                ck_assert_int_eq(strncmp(line, "{\"event\":", 9), 0);
                object = json_loads(line, 0, &error);
                ck_assert_msg(object != NULL, "%s: %s", error.text, line);
                ck_assert_str_eq(json_string_value(json_object_get(object, "event")), events[i]);
                if (i == 2)
                        ck_assert_str_eq(json_string_value(json_object_get(object, "advert")),
                                         "ABCD");
                if (i == 4)
                        ck_assert_str_eq(json_string_value(json_object_get(object, "rp_id")),
                                         "ex\"ample?.com");
                if (i == 8)
                        ck_assert_str_eq(json_string_value(json_object_get(object, "cause")),
                                         "declined");
                json_decref(object);
        }
        ck_assert_ptr_null(line);
        free(text);
}
END_TEST

START_TEST(test_text) {
        char *text = report_to_text(&(Report){ .print_advert = true });

        ck_assert_ptr_nonnull(strstr(text, "\nABCD\n"));
        ck_assert_ptr_nonnull(strstr(text, "\ncommand 0x01 for ex\"ample?.com\n"));
        ck_assert_ptr_null(strchr(text, '\x1b'));
        free(text);
}
END_TEST

START_TEST(test_quiet) {
        char *text = report_to_text(&(Report){ .quiet = true });
        char *json = report_to_text(&(Report){ .quiet = true, .json = true });

        ck_assert_str_eq(text, "");
        ck_assert_ptr_eq(strstr(json, "{\"event\":\"done\"}\n{\"event\":\"failed\","), json);
        free(text);
        free(json);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("report", &tcase);

        tcase_add_test(tcase, test_json);
        tcase_add_test(tcase, test_text);
        tcase_add_test(tcase, test_quiet);
        return unit_run(suite);
}
