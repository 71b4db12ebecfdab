/* SPDX-License-Identifier: MIT */

/*
 * What the program reads from people and scripts, and what it shows them.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code.h"
#include "consent.h"
#include "folder.h"
#include "printable.h"
#include "question.h"
#include "tunnel-service.h"
#include "unit.h"

START_TEST(test_printable) {
        static const struct {
                const char *text;
                size_t size;
                const char *shown;
        } rows[] = {
                { "example.com", 64, "example.com" },
                { "", 64, "" },
                { "a\x1b[31mb\nc\td\x7f", 64, "a?[31mb?c?d?" },
                { "gr\xc3\xbc\xc3\x9f", 64, "gr\xc3\xbc\xc3\x9f" },
                { "x\xc2\x9by", 64, "x?y" },                  /* CSI in eight bits */
                { "a\xe2\x80\xaez\xe2\x80\x8e", 64, "a?z?" }, /* right to left, and back */
                { "a\xe2\x80\xa8z\xe2\x81\xa6", 64, "a?z?" }, /* line separator, isolate */
                { "\xe2\x80\x93\xe2\x82\xac", 64, "\xe2\x80\x93\xe2\x82\xac" },
                { "\xf0\x9f\x94\x91", 64, "\xf0\x9f\x94\x91" },
                { "abcdef", 4, "abc" },
                { "ab\xc3\xbc", 4, "ab" }, /* no half characters */
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char shown[64];

                printable(rows[i].text, strlen(rows[i].text), shown, rows[i].size);
                ck_assert_str_eq(shown, rows[i].shown);
        }
}
END_TEST

START_TEST(test_question) {
        AuthenticatorQuestion question = {
                .operation = HYBRID_GET,
                .rp_id = ctap2_text("example.com"),
                .user_name = ctap2_text("alice\x1b[2J"),
                .user_display_name = ctap2_text(""),
        };
        char text[QUESTION_SIZE];

        question_write(&question, "my phone", text);
        ck_assert_str_eq(text, "my phone: sign in to example.com as alice?[2J?");
        question.user_name = (Ctap2Text){};
        question.operation = HYBRID_CREATE;
        question_write(&question, "my phone", text);
        ck_assert_str_eq(text, "my phone: register with example.com?");
}
END_TEST

START_TEST(test_tunnel_service) {
        static const struct {
                const char *text;
                int r;
                uint16_t id;
        } rows[] = {
                { "cable.ua5v.com", 0, 0 },
                { "cable.auth.com", 0, 1 },
                { "CABLE.ua5v.com", 0, 0 },
                { "cable.wufkweyy3uaxb.com", 0, 266 },
                { "cable.my4kstlhndi4c.net", 0, 63872 },
                { "0", 0, 0 },
                { "65535", 0, 65535 },
                { "2", -EINVAL, 0 },
                { "255", -EINVAL, 0 },
                { "65536", -EINVAL, 0 },
                { "", -EINVAL, 0 },
                { "-1", -ENOENT, 0 },
                { "cable.example.com", -ENOENT, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint16_t id = 0;

                ck_assert_int_eq(tunnel_service_parse(rows[i].text, &id), rows[i].r);
                ck_assert_uint_eq(id, rows[i].id);
        }
}
END_TEST

START_TEST(test_consent_policy) {
        static const char *const invalid[] = { "",        "maybe",    "delay",     "delay:",
                                               "delay:x", "delay:-1", "delay:601", "yes " };
        ConsentPolicy policy;

        ck_assert_int_eq(consent_policy_parse("yes", &policy), 0);
        ck_assert_int_eq(policy.mode, CONSENT_YES);
        ck_assert_int_eq(consent_policy_parse("delay:3", &policy), 0);
        ck_assert_int_eq(policy.mode, CONSENT_DELAY);
        ck_assert_uint_eq(policy.delay_usec, 3000000);
        for (size_t i = 0; i < ELEMENTSOF(invalid); i++)
                ck_assert_int_eq(consent_policy_parse(invalid[i], &policy), -EINVAL);
}
END_TEST

START_TEST(test_code_text) {
        static const struct {
                const char *content;
                int r;
                const char *text;
        } rows[] = { { "FIDO:/123\n", 0, "FIDO:/123" },
                     { "FIDO:/123", 0, "FIDO:/123" },
                     { "FIDO:/123\r\nmore\n", 0, "FIDO:/123" },
                     { "", 0, "" } };
        _folder_ folder;
        char path[128], *said;
        CodeText code;
        FILE *f;

        folder_init(&folder);
        folder_file(&folder, "code", path, sizeof(path));
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                f = fopen(path, "we");
                fputs(rows[i].content, f);
                fclose(f);
                ck_assert_int_eq(code_read_text(path, &code), 0);
                ck_assert_str_eq(code.text, rows[i].text);
        }

        capture_start(&folder, STDERR_FILENO);
        f = fopen(path, "we");
        for (unsigned i = 0; i < 1000; i++)
                fputs("1", f);
        fclose(f);
        ck_assert_int_eq(code_read_text(path, &code), -EMSGSIZE);
        ck_assert_int_eq(code_read_text("/nonexistent/code", &code), -ENOENT);
        said = capture_read(&folder, STDERR_FILENO);
        ck_assert_ptr_nonnull(strstr(said, "this is too long for a code"));
        ck_assert_ptr_nonnull(strstr(said, "/nonexistent/code: No such file or directory; "));
        free(said);
}
END_TEST

START_TEST(test_age_of_code) {
        const QrCode code = { .has_timestamp = true, .timestamp = 1000000 }, timeless = {};
        static const struct {
                uint64_t now;
                const char *words;
        } rows[] = { { 1000000, "" },
                     { 1000600, "" },
                     { 1000601, "more than 10 minutes" },
                     { 999880, "" },
                     { 999879, "in the future" } };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _folder_ folder;
                char *said;

                folder_init(&folder);
                capture_start(&folder, STDERR_FILENO);
                code_warn_of_age(&timeless, rows[i].now);
                code_warn_of_age(&code, rows[i].now);
                said = capture_read(&folder, STDERR_FILENO);
                ck_assert(rows[i].words[0] ? !!strstr(said, rows[i].words) : said[0] == '\0');
                free(said);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("words", &tcase);

        tcase_add_test(tcase, test_printable);
        tcase_add_test(tcase, test_question);
        tcase_add_test(tcase, test_tunnel_service);
        tcase_add_test(tcase, test_consent_policy);
        tcase_add_test(tcase, test_code_text);
        tcase_add_test(tcase, test_age_of_code);
        return unit_run(suite);
}
