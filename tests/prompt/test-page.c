/* SPDX-License-Identifier: MIT */

/* What the window shows of each state, and how texts of strangers are made fit to be shown. */

#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "prompt/page.h"
#include "prompt/shown-text.h"
#include "unit.h"

static PageFacts facts_of(const char *state) {
        return (PageFacts){
                .situation = {
                        .state = state,
                        .site = "example.com",
                        .caller = "Firefox",
                        .path = "/tmp/Firefox",
                        .kind = "host",
                        .origin = "https://example.com",
                        .phone = "Pixel",
                        .cause = "no-passkey",
                        .message = "There is none.",
                },
                .has_code = true,
        };
}

START_TEST(test_each_state_has_a_page) {
        static const struct {
                const char *state;
                const char *heading;
                PagePicture picture;
                PageAction leave;
                PageAction proceed;
        } rows[] = {
                { "preflight", "Sign in to example.com", PICTURE_BUSY, ACTION_CANCEL, ACTION_NONE },
                { "asking-permission", "Allow this program?", PICTURE_QUESTION, ACTION_CANCEL,
                  ACTION_ALLOW },
                { "bluetooth-off", "Turn on Bluetooth?", PICTURE_BLUETOOTH, ACTION_CANCEL,
                  ACTION_TURN_ON },
                { "choose-phone", "Sign in to example.com", PICTURE_PHONES, ACTION_CANCEL,
                  ACTION_NONE },
                { "waiting-for-scan", "Sign in to example.com", PICTURE_CODE, ACTION_CANCEL,
                  ACTION_NONE },
                { "contacting-phone", "Check your phone", PICTURE_PHONE, ACTION_CANCEL,
                  ACTION_USE_CODE },
                { "connecting", "Connecting to your phone", PICTURE_BUSY, ACTION_CANCEL,
                  ACTION_NONE },
                { "continue-on-phone", "Continue on your phone", PICTURE_PHONE, ACTION_CANCEL,
                  ACTION_NONE },
                { "done", "Done", PICTURE_DONE, ACTION_CLOSE, ACTION_NONE },
                { "failed", "No passkey on that phone", PICTURE_PROBLEM, ACTION_CLOSE,
                  ACTION_NONE },
                { "of-a-later-version", "Sign in to example.com", PICTURE_BUSY, ACTION_CANCEL,
                  ACTION_NONE },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                PageFacts facts = facts_of(rows[i].state);
                Page page;

                page_make(&facts, &page);
                ck_assert_str_eq(page.heading, rows[i].heading);
                ck_assert_int_eq(page.picture, rows[i].picture);
                ck_assert_int_eq(page.leave, rows[i].leave);
                ck_assert_int_eq(page.proceed, rows[i].proceed);
                ck_assert_int_eq(page.asks, page.heading[strlen(page.heading) - 1] == '?');
                ck_assert_int_eq(page.closes_itself, strcmp(rows[i].state, "done") == 0);
                ck_assert_str_ne(page_action_text(page.leave), "");
        }
}
END_TEST

START_TEST(test_no_code_no_picture_of_it) {
        PageFacts facts = facts_of("waiting-for-scan");
        Page page;

        facts.has_code = false;
        page_make(&facts, &page);
        ck_assert_int_eq(page.picture, PICTURE_BUSY);
}
END_TEST

START_TEST(test_trying_again_is_offered_where_it_can_be) {
        PageFacts facts = facts_of("failed");
        Page page;

        facts.can_retry = true;
        page_make(&facts, &page);
        ck_assert_int_eq(page.proceed, ACTION_RETRY);
        ck_assert_str_eq(page.body, "There is none.");
        facts.ended = true;
        page_make(&facts, &page);
        ck_assert_int_eq(page.proceed, ACTION_NONE);
}
END_TEST

START_TEST(test_remembering_is_asked_at_the_end_only) {
        PageFacts facts = facts_of("continue-on-phone");
        Page page;

        facts.offers_link = true;
        page_make(&facts, &page);
        ck_assert_str_eq(page.heading, "Continue on your phone");
        facts.situation.state = "done";
        page_make(&facts, &page);
        ck_assert_str_eq(page.heading, "Remember this phone?");
        ck_assert_ptr_nonnull(strstr(page.body, "Pixel"));
        ck_assert_int_eq(page.proceed, ACTION_REMEMBER);
        ck_assert_int_eq(page.leave, ACTION_FORGET);
        ck_assert(page.asks);
        ck_assert(!page.closes_itself);
}
END_TEST

START_TEST(test_who_asks_for_permission_is_told_by_its_place) {
        static const struct {
                const char *path, *kind;
                const char *told;
        } rows[] = {
                { "/tmp/x", "host", "Program: /tmp/x" },
                { "org.example.Mail", "flatpak", "Flatpak: org.example.Mail" },
                { "mail", "snap", "Snap: mail" },
                { "/tmp/x", "unknown", "Program: /tmp/x" },
                { "/tmp/x", "of-a-later-version", "Program: /tmp/x" },
                { "", "", "yourself." }, /* not known */
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                PageFacts facts = facts_of("asking-permission");
                g_autofree char *end =
                        g_strdup_printf("%s\nOrigin: https://example.com", rows[i].told);
                Page page;

                facts.situation.caller = "Trust me";
                facts.situation.path = rows[i].path;
                facts.situation.kind = rows[i].kind;
                page_make(&facts, &page);
                ck_assert_ptr_null(strstr(page.body, "Trust me"));
                ck_assert(g_str_has_suffix(page.body, end));
        }
}
END_TEST

START_TEST(test_texts_of_strangers) {
        static const struct {
                const char *text;
                const char *shown;
        } rows[] = {
                { "Pixel", "Pixel" },
                { "a\nb\tc", "a\ufffdb\ufffdc" },
                { "a\u202eb", "a\ufffdb" }, /* right to left override */
                { "a\u2066b", "a\ufffdb" },
                { "\xff", "\ufffd" },
                { "12345678901", "1234567890…" },
                { "<b>&", "<b>&" },
        };
        char shown[SHOWN_TEXT_SIZE];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                shown_text(rows[i].text, 10, shown);
                ck_assert_str_eq(shown, rows[i].shown);
        }
}
END_TEST

START_TEST(test_sites_are_bold_and_nothing_else_is) {
        char site[SHOWN_TEXT_SIZE], text[2 * SHOWN_TEXT_SIZE];

        shown_site("a.example", site);
        g_snprintf(text, sizeof(text), "<i> to %s & more", site);
        g_autofree char *markup = shown_markup(text);
        ck_assert_str_eq(markup, "&lt;i&gt; to <b>\u2066a.example\u2069</b> &amp; more");
        shown_site("", site);
        ck_assert_str_eq(site, "");
}
END_TEST

START_TEST(test_paths_keep_both_ends_and_show_blanks) {
        char shown[SHOWN_TEXT_SIZE], path[4096] = "/tmp/";

        shown_path("/tmp/Firefox (verified by your system)", shown);
        ck_assert_str_eq(shown, "\u2066/tmp/Firefox␣(verified␣by␣your␣system)\u2069");
        shown_path("/tmp/\u202ea\u2069\n\xff", shown);
        ck_assert_str_eq(shown, "\u2066/tmp/\ufffda\ufffd\ufffd\ufffd\u2069");
        shown_path("", shown);
        ck_assert_str_eq(shown, "");

        memset(path + 5, 'x', sizeof(path) - 10);
        strcpy(path + sizeof(path) - 5, "/end");
        shown_path(path, shown);
        ck_assert(g_str_has_prefix(shown, "\u2066/tmp/xxx") &&
                  g_str_has_suffix(shown, "x/end\u2069"));
        ck_assert_ptr_nonnull(strstr(shown, "x…x"));
        ck_assert_int_eq(g_utf8_strlen(shown, -1), 163);
}
END_TEST

START_TEST(test_how_an_international_site_is_written) {
        static const struct {
                const char *rp_id;
                const char *written; /* "" where it could be mistaken for another */
        } rows[] = {
                { "example.com", "" },
                { "xn--wgv71a.example", "日本.example" },
                { "xn--4dbrk0ce.example", "ישראל.example" },
                { "xn--80ak6aa92e.com", "" },    /* Cyrillic that looks like apple */
                { "xn--bcher-kva.example", "" }, /* Latin, with more than ASCII has */
                { "xn--a-0fq.example", "" },     /* two scripts in one label */
                { "xn--\xff", "" },
        };
        char written[SHOWN_TEXT_SIZE];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                shown_site_written(rows[i].rp_id, written);
                if (rows[i].written[0] == '\0')
                        ck_assert_str_eq(written, "");
                else
                        ck_assert_ptr_nonnull(strstr(written, rows[i].written));
        }
}
END_TEST

START_TEST(test_words_are_cut_between_letters) {
        PageFacts facts = facts_of("done");
        char text[64];

        facts.situation.site = "ääääääääääääääääääääääääääääääääääääääääää";
        for (size_t size = 1; size < sizeof(text); size++) {
                words_of_state(&facts.situation, text, size);
                ck_assert_uint_lt(strlen(text), size);
                ck_assert(g_utf8_validate(text, -1, NULL));
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("page", &tcase);

        tcase_add_test(tcase, test_each_state_has_a_page);
        tcase_add_test(tcase, test_no_code_no_picture_of_it);
        tcase_add_test(tcase, test_trying_again_is_offered_where_it_can_be);
        tcase_add_test(tcase, test_remembering_is_asked_at_the_end_only);
        tcase_add_test(tcase, test_who_asks_for_permission_is_told_by_its_place);
        tcase_add_test(tcase, test_texts_of_strangers);
        tcase_add_test(tcase, test_sites_are_bold_and_nothing_else_is);
        tcase_add_test(tcase, test_paths_keep_both_ends_and_show_blanks);
        tcase_add_test(tcase, test_how_an_international_site_is_written);
        tcase_add_test(tcase, test_words_are_cut_between_letters);
        return unit_run(suite);
}
