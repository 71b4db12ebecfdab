/* SPDX-License-Identifier: MIT */

/*
 * What a browser may say to the native host, in pieces: one byte tells how long the next piece is. A
 * call that is understood has all that it needs, and each reply about it can be read again.
 */

#include <errno.h>
#include <jansson.h>

#include "browser/host/browser-call.h"
#include "browser/host/browser-reply.h"
#include "browser/host/frame.h"
#include "fuzz.h"

static void check_call(const BrowserCall *call) {
        bool request = call->type == BROWSER_CALL_CREATE || call->type == BROWSER_CALL_GET;
        json_t *options;

        check(request == (call->origin != NULL) && request == (call->options != NULL));
        check(request || !call->top_origin);
        if (!request)
                return;
        options = json_loads(call->options, 0, NULL);
        check(json_is_object(options));
        json_decref(options);
}

static void check_reply(const BrowserCall *call) {
        const char *message = call->origin ? call->origin : "";
        char *text = browser_reply_failed(call->id, "TypeError", "bad-request", message);
        json_t *reply;

        check(text);
        reply = json_loads(text, 0, NULL);
        check(json_integer_value(json_object_get(reply, "id")) == call->id);
        check(strcmp(json_string_value(json_object_get(reply, "message")), message) == 0);
        json_decref(reply);
        browser_reply_free(text);
}

static void check_text(const char *text, size_t n) {
        BrowserCall call = {};
        int r;

        check(n > 0 && n <= FRAME_TEXT_SIZE_MAX);
        r = browser_call_parse(text, n, &call);
        check(r == 0 || r == -EBADMSG || r == -EINVAL);
        if (r == 0)
                check_call(&call);
        if (r != -EBADMSG)
                check_reply(&call);
        browser_call_done(&call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        FuzzInput input = { data, n };
        FrameReader reader = {};
        const char *text;
        size_t n_text;
        int r = 0;

        while (input.n > 0 && r >= 0) {
                size_t n_piece = fuzz_u8(&input);

                if (n_piece > input.n)
                        n_piece = input.n;
                check(frame_reader_push(&reader, input.data, n_piece) == 0);
                input.data += n_piece;
                input.n -= n_piece;
                while ((r = frame_reader_next(&reader, &text, &n_text)) > 0)
                        check_text(text, n_text);
                check(r == 0 || r == -EMSGSIZE);
        }
        frame_reader_done(&reader);
        return 0;
}
