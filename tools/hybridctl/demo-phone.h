/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The virtual phone of the demonstration, which scans a code, or waits to be contacted. It gets the code as a phone does, as a
 * picture; only one that cannot read pictures is given the text.
 */

#include "base/secret.h"
#include "hybrid.h"
#include "io/qr/qr-render.h"
#include "lab.h"

typedef struct DemoPhone {
        const Lab *lab;
        const char *profile;
        bool links; /* lets the desktop remember it */
        /* Something that it says, such as "scanned"; and that it has gone, well or not. */
        void (*event)(void *userdata, const char *event);
        void (*failed)(void *userdata, const char *why);
        void *userdata;

        char text[HYBRID_QR_TEXT_SIZE_MAX]; /* secret, until it was scanned */
        int picture_fd;                     /* a PNG, until it was handed over */
        bool scanned;                       /* or waits, and so has no need of a code */
        bool got_text;                      /* instead of a picture */
        Child child;
        LineReader lines;
} DemoPhone;

/** Sets it up for a code; must not move from then on. 0 or a negative errno. */
int demo_phone_take_code(DemoPhone *phone, const char *text, const QrMatrix *matrix);

/** Lets it scan. 0 or a negative errno. */
int demo_phone_scan(DemoPhone *phone);

/** Lets it wait for a desktop that it was linked with; says "waiting" then. 0 or a negative errno. */
int demo_phone_wait(DemoPhone *phone);

/** True if it has started and not ended. */
bool demo_phone_is_running(const DemoPhone *phone);

/** Ends it, erases the code. Harmless if it has not started. */
void demo_phone_done(DemoPhone *phone);
