/* SPDX-License-Identifier: MIT */

/* What the native host reads and writes: frames in whatever pieces, calls, and replies. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "browser/host/browser-call.h"
#include "browser/host/browser-reply.h"
#include "browser/host/frame.h"
#include "unit.h"

/* ---- frames --------------------------------------------------------------------------------- */

static size_t frame_of(const char *text, uint8_t *ret) {
        frame_encode_header(strlen(text), ret);
        memcpy(ret + FRAME_HEADER_SIZE, text, strlen(text));
        return FRAME_HEADER_SIZE + strlen(text);
}

static void assert_next(FrameReader *reader, const char *wanted) {
        const char *text;
        size_t n;

        ck_assert_int_eq(frame_reader_next(reader, &text, &n), 1);
        assert_bytes_eq(text, n, wanted, strlen(wanted));
}

static void assert_none(FrameReader *reader) {
        const char *text;
        size_t n;

        ck_assert_int_eq(frame_reader_next(reader, &text, &n), 0);
}

START_TEST(test_frames_in_any_pieces) {
        uint8_t bytes[64];
        size_t n = 0;

        n += frame_of("{}", bytes);
        n += frame_of("second", bytes + n);

        for (size_t n_piece = 1; n_piece <= n; n_piece++) {
                _cleanup_(frame_reader_done) FrameReader reader = {};
                const char *wanted[] = { "{}", "second" };
                size_t n_found = 0, n_text;
                const char *text;

                for (size_t i = 0; i < n; i += n_piece) {
                        size_t n_now = n_piece < n - i ? n_piece : n - i;

                        ck_assert_int_eq(frame_reader_push(&reader, bytes + i, n_now), 0);
                        while (frame_reader_next(&reader, &text, &n_text) > 0) {
                                ck_assert_uint_lt(n_found, 2);
                                assert_bytes_eq(text, n_text, wanted[n_found],
                                                strlen(wanted[n_found]));
                                n_found++;
                        }
                }
                ck_assert_uint_eq(n_found, 2);
                assert_none(&reader);
        }
}
END_TEST

START_TEST(test_longest_frame) {
        _cleanup_(frame_reader_done) FrameReader reader = {};
        uint8_t header[FRAME_HEADER_SIZE];
        char *text = malloc(FRAME_TEXT_SIZE_MAX + 1);

        ck_assert_ptr_nonnull(text);
        memset(text, 'a', FRAME_TEXT_SIZE_MAX);
        text[FRAME_TEXT_SIZE_MAX] = '\0';
        frame_encode_header(FRAME_TEXT_SIZE_MAX, header);

        ck_assert_int_eq(frame_reader_push(&reader, header, sizeof(header)), 0);
        ck_assert_int_eq(frame_reader_push(&reader, text, FRAME_TEXT_SIZE_MAX - 1), 0);
        assert_none(&reader);
        ck_assert_int_eq(frame_reader_push(&reader, text, 1), 0);
        assert_next(&reader, text);
        assert_none(&reader);
        free(text);
}
END_TEST

START_TEST(test_frames_of_no_good_length) {
        const size_t lengths[] = { 0, FRAME_TEXT_SIZE_MAX + 1, 0x7fffffff, 0xffffffff };

        for (size_t i = 0; i < ELEMENTSOF(lengths); i++) {
                _cleanup_(frame_reader_done) FrameReader reader = {};
                uint8_t header[FRAME_HEADER_SIZE];
                const char *text;
                size_t n;

                frame_encode_header(lengths[i], header);
                ck_assert_int_eq(frame_reader_push(&reader, header, sizeof(header)), 0);
                ck_assert_int_eq(frame_reader_next(&reader, &text, &n), -EMSGSIZE);
                /* For good. */
                ck_assert_int_eq(frame_reader_push(&reader, "{}", 2), 0);
                ck_assert_int_eq(frame_reader_next(&reader, &text, &n), -EMSGSIZE);
        }
}
END_TEST

/* ---- calls ---------------------------------------------------------------------------------- */

static int parse(const char *text, BrowserCall *ret) {
        return browser_call_parse(text, strlen(text), ret);
}

START_TEST(test_calls) {
        _cleanup_(browser_call_done) BrowserCall get = {}, create = {}, cancel = {};

        ck_assert_int_eq(
                parse("{\"id\":-7,\"type\":\"get\",\"origin\":\"https://a.example\","
                      "\"topOrigin\":\"https://b.example\",\"options\":{\"rpId\":\"\\u00e4\"},"
                      "\"unknown\":[1]}",
                      &get),
                0);
        ck_assert_int_eq(get.type, BROWSER_CALL_GET);
        ck_assert_int_eq(get.id, -7);
        ck_assert_str_eq(get.origin, "https://a.example");
        ck_assert_str_eq(get.top_origin, "https://b.example");
        ck_assert_str_eq(get.options, "{\"rpId\":\"\u00e4\"}");

        ck_assert_int_eq(parse("{\"id\":9007199254740991,\"type\":\"create\",\"origin\":\"\","
                               "\"options\":{}}",
                               &create),
                         0);
        ck_assert_int_eq(create.id, 9007199254740991);
        ck_assert_ptr_null(create.top_origin);

        ck_assert_int_eq(parse("{\"id\":0,\"type\":\"cancel\"}", &cancel), 0);
        ck_assert_int_eq(cancel.type, BROWSER_CALL_CANCEL);
}
END_TEST

START_TEST(test_calls_that_nobody_can_be_told_of) {
        const char *texts[] = {
                "",
                "{",
                "7",
                "[]",
                "null",
                "{}",
                "{\"id\":\"7\"}",
                "{\"id\":7.5}",
                "{\"id\":null}",
                "{\"type\":\"status\"}",
                "{\"id\":1,\"id\":2,\"type\":\"status\"}",
                "{\"id\":99999999999999999999,\"type\":\"status\"}",
                "{\"id\":1}x",
                "{\"id\":1,\"type\":\"\xff\"}",
                "{\"id\":1,\"type\":\"a\\u0000b\"}",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                BrowserCall call = {};

                ck_assert_msg(parse(texts[i], &call) == -EBADMSG, "%s", texts[i]);
                ck_assert_ptr_null(call.origin);
        }
}
END_TEST

START_TEST(test_calls_that_make_no_sense) {
        const char *texts[] = {
                "{\"id\":5}",
                "{\"id\":5,\"type\":\"delete\"}",
                "{\"id\":5,\"type\":7}",
                "{\"id\":5,\"type\":\"get\"}",
                "{\"id\":5,\"type\":\"get\",\"origin\":7,\"options\":{}}",
                "{\"id\":5,\"type\":\"get\",\"origin\":\"https://a.example\"}",
                "{\"id\":5,\"type\":\"get\",\"origin\":\"https://a.example\",\"options\":\"{}\"}",
                "{\"id\":5,\"type\":\"get\",\"origin\":\"https://a.example\",\"options\":[]}",
                "{\"id\":5,\"type\":\"get\",\"origin\":\"a\",\"topOrigin\":null,\"options\":{}}",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                BrowserCall call = {};

                ck_assert_msg(parse(texts[i], &call) == -EINVAL, "%s", texts[i]);
                ck_assert_int_eq(call.id, 5);
                ck_assert_ptr_null(call.origin);
                ck_assert_ptr_null(call.options);
        }
}
END_TEST

/* ---- replies -------------------------------------------------------------------------------- */

static json_t *load_and_free(char *text) {
        json_t *object;

        ck_assert_ptr_nonnull(text);
        object = json_loads(text, 0, NULL);
        ck_assert_ptr_nonnull(object);
        browser_reply_free(text);
        return object;
}

START_TEST(test_replies) {
        _json_ *done = load_and_free(browser_reply_done(-3, "{\"id\":\"x\"}"));
        _json_ *failed = load_and_free(
                browser_reply_failed(4, "NotAllowedError", "declined", "\"No\" \u00fc\n"));
        _json_ *status = load_and_free(browser_reply_status(5, "0.1.0", "on"));

        ck_assert_int_eq(json_integer_value(json_object_get(done, "id")), -3);
        ck_assert_str_eq(json_text(done, "type"), "done");
        ck_assert_str_eq(json_text(json_object_get(done, "response"), "id"), "x");
        ck_assert_str_eq(json_text(failed, "type"), "failed");
        ck_assert_str_eq(json_text(failed, "error"), "NotAllowedError");
        ck_assert_str_eq(json_text(failed, "cause"), "declined");
        ck_assert_str_eq(json_text(failed, "message"), "\"No\" \u00fc\n");
        ck_assert_str_eq(json_text(status, "bluetooth"), "on");
}
END_TEST

START_TEST(test_reply_with_findings) {
        const BusFinding finding = { "off", "warning", "Bluetooth is off.", "" };
        _cleanup_(browser_findings_done) BrowserFindings findings = {};
        _json_ *none = load_and_free(browser_reply_findings(1, &findings));
        _json_ *one = NULL;

        ck_assert_uint_eq(json_array_size(json_object_get(none, "findings")), 0);
        browser_findings_add(&findings, &finding);
        one = load_and_free(browser_reply_findings(2, &findings));
        ck_assert_uint_eq(json_array_size(json_object_get(one, "findings")), 1);
        ck_assert_str_eq(json_text(json_array_get(json_object_get(one, "findings"), 0), "summary"),
                         "Bluetooth is off.");
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("native messages", &tcase);

        tcase_add_test(tcase, test_frames_in_any_pieces);
        tcase_add_test(tcase, test_longest_frame);
        tcase_add_test(tcase, test_frames_of_no_good_length);
        tcase_add_test(tcase, test_calls);
        tcase_add_test(tcase, test_calls_that_nobody_can_be_told_of);
        tcase_add_test(tcase, test_calls_that_make_no_sense);
        tcase_add_test(tcase, test_replies);
        tcase_add_test(tcase, test_reply_with_findings);
        return unit_run(suite);
}
