/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the window shows of a request: from what is known of it to one page. Pure: no toolkit, no bus.
 */

#include <stdbool.h>

#include "words/words.h"

typedef enum PagePicture {
        PICTURE_BUSY, /* something goes on by itself */
        PICTURE_CODE,
        PICTURE_PHONES, /* a list to choose from */
        PICTURE_PHONE,
        PICTURE_BLUETOOTH,
        PICTURE_QUESTION,
        PICTURE_DONE,
        PICTURE_PROBLEM,
        _PICTURE_MAX,
} PagePicture;

typedef enum PageAction {
        ACTION_NONE,
        ACTION_CANCEL,
        ACTION_CLOSE,
        ACTION_ALLOW,
        ACTION_TURN_ON,
        ACTION_RETRY,
        ACTION_USE_CODE,
        ACTION_REMEMBER,
        ACTION_FORGET,
        _ACTION_MAX,
} PageAction;

typedef struct PageFacts {
        Situation situation;
        bool has_code;  /* there is one to be drawn */
        bool can_retry; /* after a failure */
        bool offers_link;
        bool ended; /* nothing that is said here is heard any more */
} PageFacts;

typedef struct Page {
        char heading[WORDS_SIZE];
        char caller[WORDS_SIZE];
        char body[WORDS_SIZE];
        PagePicture picture;
        PageAction leave;   /* what Escape does, and the button at the start */
        PageAction proceed; /* what the person is expected to do; or ACTION_NONE */
        bool asks; /* to proceed is to agree: never by a key that was meant for something else */
        bool closes_itself;
} Page;

void page_make(const PageFacts *facts, Page *ret);

/** The button's text. Not for ACTION_NONE. */
const char *page_action_text(PageAction action);
