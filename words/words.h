/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What people are told while a ceremony goes on, in the window and in the terminal alike: one table
 * from states to sentences, and one translation. Short sentences that say what to do.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
        WORDS_SIZE = 1024,
};

/** What is told about. Strings are borrowed, and "" where nothing is known; none is NULL. */
typedef struct Situation {
        const char *state;  /* of docs/dbus/org.hybridd.Hybrid1.Request.xml */
        bool create;        /* a passkey, not a sign-in */
        const char *site;   /* the RP ID, as it is to be shown */
        const char *caller; /* the program that asks, as it calls itself if no list names it */
        const char *path;   /* its file, or the id of its Flatpak or snap */
        const char *kind;   /* where it runs: "host", "flatpak", "snap" or "unknown" */
        const char *origin;
        const char *phone;   /* the linked phone that is asked, or that offers to be linked */
        const char *cause;   /* why it failed */
        const char *message; /* the daemon's sentence about that */
} Situation;

/** Reads the catalog of the person's language. @folder: where catalogs are. Once, at the start. */
void words_init(const char *folder);

/** A text of ours in the person's language; itself where there is no translation. Static or its own. */
const char *words_translate(const char *text) __attribute__((format_arg(1)));

/** Texts that are filled in by others; each has one place in braces, such as "{adapter}". */
typedef struct WordsTemplates {
        const char *const *texts;
        size_t n;
} WordsTemplates;

/**
 * What another program has said in English, in the person's language: one of our texts, or one of the
 * templates with something in its place. What is neither stays as it is.
 */
void words_of_report(const char *report, WordsTemplates templates, char *ret, size_t size);

/** What it is all about: "Sign in to example.com". Always NUL-terminated; cut if need be. */
void words_of_purpose(const Situation *situation, char *ret, size_t size);

/** The title of a state; that of the whole where a state has none of its own. */
void words_of_heading(const Situation *situation, char *ret, size_t size);

/** What to do now, in a sentence or two; "" where there is nothing to say. */
void words_of_state(const Situation *situation, char *ret, size_t size);

/** "Requested by Firefox"; "" if that is not known. */
void words_of_caller(const Situation *situation, char *ret, size_t size);

/** How a terminal begins: the purpose, and which origin asks. */
void words_of_beginning(const Situation *situation, const char *origin, char *ret, size_t size);

/**
 * For a terminal: heading and state, each on a line of its own. Only the state where the heading is
 * that of the whole, or a question that a terminal does not ask.
 */
void words_of_lines(const Situation *situation, char *ret, size_t size);

/** Where a code does not fit into a terminal. @picture: a file with it, or "". */
void words_of_small_terminal(size_t columns, size_t rows, const char *picture, char *ret,
                             size_t size);

/** About a phone that offers to be linked. */
void words_of_remembering(const Situation *situation, char *ret, size_t size);

/** What may help when no phone is heard for a while: one of these by number, NULL after the last. */
const char *words_tip(size_t i);

/** What is said of the picture of the code to who cannot see it. */
const char *words_of_picture(void);

/** A text that stands alone, such as a button's. */
typedef enum Phrase {
        PHRASE_ALLOW,
        PHRASE_ANOTHER_PHONE,
        PHRASE_CANCEL,
        PHRASE_CLOSE,
        PHRASE_NOT_NOW,
        PHRASE_NOT_WORKING,
        PHRASE_ONLY_TERMINAL,
        PHRASE_PHONES,
        PHRASE_PICTURE,
        PHRASE_REMEMBER,
        PHRASE_REMEMBER_HEADING,
        PHRASE_SERVICE_GONE,
        PHRASE_SHOW_CODE,
        PHRASE_TRY_AGAIN,
        PHRASE_TURN_ON,
        _PHRASE_MAX,
} Phrase;

const char *words_phrase(Phrase phrase);

/** When a phone was used last, in words; the times are of CLOCK_REALTIME, in seconds. */
void words_of_last_use(unsigned long long used, unsigned long long now, char *ret, size_t size);
