/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "ceremony/failure-text.h"
#include "ceremony/words.h"
#include "unit.h"

static const char *text_of(const HybridFailure *failure, const char *rp_id) {
        static char text[FAILURE_TEXT_SIZE];

        failure_text(failure, rp_id, text, sizeof(text));
        return text;
}

/* What anybody may be told: whole sentences, with nothing left to fill in. */
START_TEST(test_every_cause_has_a_sentence) {
        for (int cause = 0; cause < _HYBRID_CAUSE_MAX; cause++)
                for (int stage = 0; stage <= HYBRID_STAGE_COMMAND; stage++)
                        for (int timed_out = 0; timed_out < 2; timed_out++) {
                                const HybridFailure failure = {
                                        .cause = (HybridCause)cause,
                                        .stage = (HybridStage)stage,
                                        .timed_out = timed_out,
                                };
                                const char *text = text_of(&failure, "");

                                ck_assert_uint_gt(strlen(text), 15);
                                ck_assert(text[strlen(text) - 1] == '.');
                                ck_assert_ptr_null(strchr(text, '{'));
                        }
}
END_TEST

START_TEST(test_placeholders) {
        HybridFailure failure = { .cause = HYBRID_CAUSE_NO_PASSKEY };

        ck_assert_str_eq(text_of(&failure, "example.com"),
                         "There is no passkey for example.com on that phone.");
        ck_assert_str_eq(text_of(&failure, ""), "There is no passkey for this site on that phone.");

        failure = (HybridFailure){ .cause = HYBRID_CAUSE_TUNNEL_UNREACHABLE, .host = "host.x" };
        ck_assert_ptr_nonnull(strstr(text_of(&failure, ""), " host.x "));

        /* What is filled in is not filled in again. */
        failure = (HybridFailure){ .cause = HYBRID_CAUSE_BAD_REQUEST, .detail = "{site}" };
        ck_assert_ptr_nonnull(strstr(text_of(&failure, "example.com"), "{site}"));
}
END_TEST

START_TEST(test_same_cause_different_reasons) {
        HybridFailure failure = { .cause = HYBRID_CAUSE_TIMEOUT,
                                  .timed_out = true,
                                  .stage = HYBRID_STAGE_SCAN };
        char quiet[FAILURE_TEXT_SIZE];

        strcpy(quiet, text_of(&failure, ""));
        failure.adverts_seen = true;
        ck_assert_str_ne(text_of(&failure, ""), quiet);
        failure.stage = HYBRID_STAGE_COMMAND;
        ck_assert_ptr_nonnull(strstr(text_of(&failure, ""), "on the phone"));

        failure = (HybridFailure){ .cause = HYBRID_CAUSE_TUNNEL_REFUSED, .http_status = 404 };
        ck_assert_ptr_nonnull(strstr(text_of(&failure, ""), "already gone"));
        failure.http_status = 503;
        ck_assert_ptr_nonnull(strstr(text_of(&failure, ""), "trouble of its own"));
}
END_TEST

START_TEST(test_what_to_do_about_a_proxy) {
        static const struct {
                int status;
                const char *words;
        } rows[] = {
                { 0, "Check that the proxy runs" },
                { 302, "Check that the proxy runs" },
                { 401, "user name and a password" },
                { 407, "user name and a password" },
                { 403, "does not allow connections to host.x" },
                { 405, "does not allow connections to host.x" },
                { 502, "could not reach host.x" },
        };
        HybridFailure failure = { .cause = HYBRID_CAUSE_PROXY,
                                  .host = "host.x",
                                  .detail = "proxy p.test:3128: no" };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                failure.http_status = rows[i].status;
                ck_assert_ptr_nonnull(strstr(text_of(&failure, ""), rows[i].words));
                ck_assert_ptr_nonnull(strstr(text_of(&failure, ""), "(proxy p.test:3128: no)"));
        }
}
END_TEST

START_TEST(test_text_is_bounded) {
        HybridFailure failure = { .cause = HYBRID_CAUSE_BAD_REQUEST,
                                  .detail = "xxxxxxxxxxxxxxxxx" };

        for (size_t size = 1; size < 80; size++) {
                char text[81];

                memset(text, '#', sizeof(text));
                failure_text(&failure, "", text, size);
                ck_assert_uint_lt(strnlen(text, size), size);
                ck_assert(text[size] == '#');
        }
}
END_TEST

START_TEST(test_words) {
        static const struct {
                const char *text;
                size_t n;
        } rows[] = {
                { "", 0 }, { "   ", 0 }, { "a", 1 }, { " a  b ", 2 }, { "a b c d e", 5 },
        };
        Words words;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                ck_assert_int_eq(words_split(rows[i].text, &words), 0);
                ck_assert_uint_eq(words.n, rows[i].n);
                ck_assert_ptr_null(words.words[words.n]);
                words_done(&words);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("failure-text", &tcase);

        tcase_add_test(tcase, test_every_cause_has_a_sentence);
        tcase_add_test(tcase, test_placeholders);
        tcase_add_test(tcase, test_same_cause_different_reasons);
        tcase_add_test(tcase, test_what_to_do_about_a_proxy);
        tcase_add_test(tcase, test_text_is_bounded);
        tcase_add_test(tcase, test_words);
        return unit_run(suite);
}
