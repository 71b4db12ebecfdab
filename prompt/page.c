/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "base/macro.h"
#include "prompt/page.h"

/* One row for each state. */
static const struct {
        const char *state;
        PagePicture picture;
        PageAction leave;
        PageAction proceed;
        bool names_caller; /* where the heading is what it is all about */
} rows[] = {
        { "preflight", PICTURE_BUSY, ACTION_CANCEL, ACTION_NONE, true },
        { "asking-permission", PICTURE_QUESTION, ACTION_CANCEL, ACTION_ALLOW, false },
        { "bluetooth-off", PICTURE_BLUETOOTH, ACTION_CANCEL, ACTION_TURN_ON, false },
        { "choose-phone", PICTURE_PHONES, ACTION_CANCEL, ACTION_NONE, true },
        { "waiting-for-scan", PICTURE_CODE, ACTION_CANCEL, ACTION_NONE, true },
        { "contacting-phone", PICTURE_PHONE, ACTION_CANCEL, ACTION_USE_CODE, false },
        { "connecting", PICTURE_BUSY, ACTION_CANCEL, ACTION_NONE, false },
        { "continue-on-phone", PICTURE_PHONE, ACTION_CANCEL, ACTION_NONE, false },
        { "done", PICTURE_DONE, ACTION_CLOSE, ACTION_NONE, false },
        { "failed", PICTURE_PROBLEM, ACTION_CLOSE, ACTION_NONE, false },
};

static const Phrase action_texts[_ACTION_MAX] = {
        [ACTION_CANCEL] = PHRASE_CANCEL,     [ACTION_CLOSE] = PHRASE_CLOSE,
        [ACTION_ALLOW] = PHRASE_ALLOW,       [ACTION_TURN_ON] = PHRASE_TURN_ON,
        [ACTION_RETRY] = PHRASE_TRY_AGAIN,   [ACTION_USE_CODE] = PHRASE_SHOW_CODE,
        [ACTION_REMEMBER] = PHRASE_REMEMBER, [ACTION_FORGET] = PHRASE_NOT_NOW,
};

/* One that a later daemon may know is shown as that something goes on. */
static size_t row_of(const char *state) {
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (strcmp(rows[i].state, state) == 0)
                        return i;
        return 0;
}

static void make_remembering(const PageFacts *facts, Page *ret) {
        const char *heading = words_phrase(PHRASE_REMEMBER_HEADING);

        strncpy(ret->heading, heading, sizeof(ret->heading) - 1);
        words_of_remembering(&facts->situation, ret->body, sizeof(ret->body));
        ret->picture = PICTURE_PHONE;
        ret->leave = ACTION_FORGET;
        ret->proceed = ACTION_REMEMBER;
        ret->asks = true;
}

void page_make(const PageFacts *facts, Page *ret) {
        const Situation *situation = &facts->situation;
        size_t row = row_of(situation->state);
        Page page = {
                .picture = rows[row].picture,
                .leave = rows[row].leave,
                .proceed = rows[row].proceed,
        };

        *ret = page;
        if (strcmp(situation->state, "done") == 0 && facts->offers_link && !facts->ended) {
                make_remembering(facts, ret);
                return;
        }

        words_of_heading(situation, ret->heading, sizeof(ret->heading));
        words_of_state(situation, ret->body, sizeof(ret->body));
        if (rows[row].names_caller)
                words_of_caller(situation, ret->caller, sizeof(ret->caller));
        if (ret->picture == PICTURE_CODE && !facts->has_code)
                ret->picture = PICTURE_BUSY;
        if (ret->picture == PICTURE_PROBLEM && facts->can_retry && !facts->ended)
                ret->proceed = ACTION_RETRY;
        ret->asks = ret->proceed == ACTION_ALLOW || ret->proceed == ACTION_TURN_ON;
        ret->closes_itself = ret->picture == PICTURE_DONE;
}

const char *page_action_text(PageAction action) {
        return words_phrase(action_texts[action]);
}
