/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "question.h"
#include "scan-internal.h"

static int reply(Scan *scan, const AuthenticatorAnswer *answer) {
        int r;

        r = hybrid_phone_reply(scan->phone, answer->reply.data, answer->reply.n,
                               scan_now_usec(scan));
        if (r < 0)
                return r;

        scan->answered = true;
        scan->status = answer->reply.data[0];
        report_answered(&scan->settings.report, scan->status, answer->why);
        return 0;
}

static int ask(Scan *scan) {
        char question[QUESTION_SIZE];

        question_write(&scan->authenticator.question, scan->settings.name, question);
        return consent_ask(scan->consent, question);
}

/* @cause is why the session ends, should it end here. */
static int act_on(Scan *scan, const AuthenticatorAnswer *answer, HybridCause cause) {
        switch (answer->verdict) {
        case AUTHENTICATOR_ASK:
                return ask(scan);
        case AUTHENTICATOR_REPLY:
                return reply(scan, answer);
        case AUTHENTICATOR_SILENCE:
                return 0; /* until one of the two gives up */
        case AUTHENTICATOR_CLOSE:
                scan_stop(scan, cause, answer->why);
                return 0;
        }
        return -EINVAL;
}

/* True if a fault has ended the session. */
static bool is_stopped(Scan *scan) {
        if (scan_has_fault(scan, FAULT_CLOSE_BEFORE_REPLY))
                scan_stop_by_fault(scan);
        if (scan_has_fault(scan, FAULT_CUT_BEFORE_REPLY))
                scan_cut_by_fault(scan);
        return scan->hung_up;
}

int scan_take_command(Scan *scan, const uint8_t *command, size_t n) {
        AuthenticatorAnswer answer;
        int r;

        r = authenticator_take(&scan->authenticator, command, n, &answer);
        if (r < 0)
                return r;
        report_command(&scan->settings.report, command[0], scan->authenticator.question.rp_id);

        if (!is_stopped(scan))
                r = act_on(scan, &answer, HYBRID_CAUSE_BAD_REQUEST);
        blob_done(&answer.reply);
        return r;
}

void scan_on_decided(void *userdata, bool approved) {
        Scan *scan = userdata;
        AuthenticatorAnswer answer;
        int r;

        r = authenticator_decide(&scan->authenticator, approved, &answer);
        if (r >= 0) {
                r = act_on(scan, &answer, HYBRID_CAUSE_DECLINED);
                blob_done(&answer.reply);
        }
        if (r < 0)
                scan_stop_internally(scan, r);
        scan_pump(scan);
}
