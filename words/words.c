/* SPDX-License-Identifier: MIT */

#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "words/template.h"
#include "words/words.h"

#define DOMAIN "hybridd"

enum {
        N_NOTES = 2, /* below a text, at most */
};

/* Marks a text of a table for the translators. */
#define N_(text) text

void words_init(const char *folder) {
        setlocale(LC_MESSAGES, "");
        bindtextdomain(DOMAIN, folder);
        bind_textdomain_codeset(DOMAIN, "UTF-8");
}

/* "" must not be looked up: it stands for the head of the catalog. */
static const char *translate(const char *text) {
        return text[0] != '\0' ? dgettext(DOMAIN, text) : "";
}

const char *words_translate(const char *text) {
        return translate(text);
}

/* ---- tables --------------------------------------------------------------------------------- */

typedef struct StateWords {
        const char *state;
        const char *heading; /* "": that of the whole */
        bool asks;           /* a question, with a button for yes */
        const char *create;
        const char *get;
} StateWords;

static const StateWords states[] = {
        { "preflight", "", false,
          /* Translators: shown for a moment, before anything can be done. */
          N_("Getting ready."), N_("Getting ready.") },
        { "asking-permission",
          /* Translators: title of a question about a program that wants to use a passkey. */
          N_("Allow this program?"), true,
          /* Translators: {site} is a site such as example.com. Which program follows below.
           * xgettext:python-brace-format */
          N_("A program wants to create a passkey for {site}. It is not on the list of programs "
             "that may. Allow it only if you started this yourself."),
          /* Translators: {site} is a site such as example.com. Which program follows below.
           * xgettext:python-brace-format */
          N_("A program wants to sign in to {site}. It is not on the list of programs that may. "
             "Allow it only if you started this yourself.") },
        { "bluetooth-off",
          /* Translators: title of a question; there is a button "Turn On". */
          N_("Turn on Bluetooth?"), true,
          /* Translators: why Bluetooth is wanted. "It" is Bluetooth. */
          N_("Bluetooth is off. It shows that your phone is near; nothing needs to be paired."),
          N_("Bluetooth is off. It shows that your phone is near; nothing needs to be paired.") },
        { "choose-phone", "", false,
          /* Translators: above a list of phones; a new passkey will be made on the chosen one. */
          N_("Choose the phone on which to create the passkey."),
          /* Translators: above a list of phones. */
          N_("Choose the phone that has your passkey.") },
        { "waiting-for-scan", "", false,
          /* Translators: below or above a QR code; the phone will make a new passkey. At most 79
           * columns, if that can be: it has one line of a terminal. */
          N_("Scan this code with the camera of the phone that is to hold the passkey."),
          /* Translators: below or above a QR code. At most 79 columns, if that can be. */
          N_("Scan this code with the camera of the phone that has your passkey.") },
        { "contacting-phone",
          /* Translators: title: the person is to look at their phone. */
          N_("Check your phone"), false,
          /* Translators: {phone} is the name of a phone, such as Pixel 9.
           * xgettext:python-brace-format */
          N_("A message was sent to {phone}. Unlock it, and keep it near this computer."),
          /* xgettext:python-brace-format */
          N_("A message was sent to {phone}. Unlock it, and keep it near this computer.") },
        { "connecting",
          /* Translators: title, while a connection is made. */
          N_("Connecting to your phone"), false,
          /* Translators: what the person can do while a connection is made. */
          N_("Keep the phone near, unlocked and online."),
          N_("Keep the phone near, unlocked and online.") },
        { "continue-on-phone",
          /* Translators: title: what comes next is to be done on the phone. */
          N_("Continue on your phone"), false,
          /* Translators: "there" is the phone. */
          N_("Follow the steps there to create the passkey."),
          /* Translators: "there" is the phone. */
          N_("Follow the steps there to confirm that it is you.") },
        { "done",
          /* Translators: title at the end of a sign-in or a registration. */
          N_("Done"), false,
          /* Translators: the end of a registration. {site} is a site such as example.com.
           * xgettext:python-brace-format */
          N_("Your phone has created the passkey for {site}."),
          /* Translators: the end of a sign-in. {site} is a site such as example.com.
           * xgettext:python-brace-format */
          N_("Your phone has confirmed the sign-in to {site}.") },
};

/* Titles of failures. What happened and what to do comes as a sentence from the daemon. */
static const struct {
        const char *cause;
        const char *heading;
} causes[] = {
        { "policy", /* Translators: title: the organisation's administrator has forbidden it. */
          N_("Not allowed here") },
        { "no-adapter", /* Translators: title of a failure. */
          N_("No Bluetooth") },
        { "bluetooth-blocked", /* Translators: title of a failure. */
          N_("Bluetooth is blocked") },
        { "bluetooth-service-missing", /* Translators: title of a failure. */
          N_("Bluetooth does not run") },
        { "bluetooth-permission", /* Translators: title of a failure. */
          N_("Bluetooth may not be used") },
        { "timeout", /* Translators: title of a failure: nothing happened in time. */
          N_("This took too long") },
        { "tunnel-unreachable", /* Translators: title of a failure of the internet connection. */
          N_("No connection") },
        { "tunnel-refused", N_("No connection") },
        { "tunnel-tls", /* Translators: title of a failure: somebody may listen in. */
          N_("The connection is not secure") },
        { "proxy", /* Translators: title of a failure of the network's proxy. */
          N_("The proxy stands in the way") },
        { "phone-gone", /* Translators: title of a failure: the phone has forgotten this computer. */
          N_("This phone is no longer linked") },
        { "two-phones", /* Translators: title of a failure: two phones scanned one code. */
          N_("Stopped for your safety") },
        { "handshake-failed", /* Translators: title of a failure. */
          N_("The phone could not be verified") },
        { "channel-broken", /* Translators: title of a failure. */
          N_("The phone was lost") },
        { "no-passkey", /* Translators: title of a failure. */
          N_("No passkey on that phone") },
        { "already-registered", /* Translators: title of a failure: it need not be made again. */
          N_("You already have a passkey") },
        { "declined", /* Translators: title of a failure. */
          N_("Cancelled on the phone") },
        { "unsupported", /* Translators: title of a failure. */
          N_("That phone cannot do this") },
        { "attestation", /* Translators: title of a failure. */
          N_("Register in the app on your phone") },
};

static const char *const phrases[_PHRASE_MAX] = {
        [PHRASE_ALLOW] = /* Translators: button: a program may go on. */ N_("Allow"),
        [PHRASE_ANOTHER_PHONE] = /* Translators: last in a list of phones; leads to a QR code. */
        N_("Another phone or tablet"),
        [PHRASE_CANCEL] = /* Translators: button. */ N_("Cancel"),
        [PHRASE_CLOSE] = /* Translators: button: closes the window. */ N_("Close"),
        [PHRASE_NOT_NOW] = /* Translators: button: the phone is not remembered. */ N_("Not Now"),
        [PHRASE_NOT_WORKING] = /* Translators: what opens a list of tips. */ N_("Not working?"),
        [PHRASE_PHONES] =
                /* Translators: name of a list, for screen readers. */ N_("Linked phones"),
        [PHRASE_ONLY_TERMINAL] = /* Translators: leave --qr-png=FILE as it is. */
        N_("The code is only shown in a terminal; use --qr-png=FILE."),
        [PHRASE_PICTURE] =
                /* Translators: a file name follows. */ N_("The code is in this picture:"),
        [PHRASE_REMEMBER] = /* Translators: button: the phone is remembered. */ N_("Remember"),
        [PHRASE_REMEMBER_HEADING] = /* Translators: title of a question. */
        N_("Remember this phone?"),
        [PHRASE_SERVICE_GONE] = /* Translators: below "That did not work". */
        N_("The service behind this window has ended. Begin again in the program that asked."),
        [PHRASE_SHOW_CODE] = /* Translators: button: a QR code instead of a linked phone. */
        N_("Show a Code Instead"),
        [PHRASE_TRY_AGAIN] = /* Translators: button. */ N_("Try Again"),
        [PHRASE_TURN_ON] = /* Translators: button: switches Bluetooth on. */ N_("Turn On"),
};

static const char *const tips[] = {
        /* Translators: a tip for who has trouble scanning a QR code. */
        N_("Use the phone’s own camera, or the code scanner in its settings."),
        /* Translators: a tip. */
        N_("Hold the phone close to this computer, with Bluetooth on."),
        /* Translators: a tip. */
        N_("Check that the phone is online. A VPN on it can stand in the way."),
};

/* ---- filling in ----------------------------------------------------------------------------- */

static void fill_in(const char *text, const Situation *situation, char *ret, size_t size) {
        const TemplateValue values[] = {
                { "{site}", situation->site },   { "{caller}", situation->caller },
                { "{path}", situation->path },   { "{origin}", situation->origin },
                { "{phone}", situation->phone },
        };

        template_fill_in(text, values, ELEMENTSOF(values), ret, size);
}

static const StateWords *find_state(const char *state) {
        for (size_t i = 0; i < ELEMENTSOF(states); i++)
                if (strcmp(states[i].state, state) == 0)
                        return &states[i];
        return NULL;
}

/* ---- what others have said ------------------------------------------------------------------ */

void words_of_report(const char *report, WordsTemplates templates, char *ret, size_t size) {
        char value[WORDS_SIZE];
        const char *text;

        for (size_t i = 0; i < templates.n; i++)
                if (template_place(report, templates.texts[i], value, sizeof(value))) {
                        template_fill_in_place(translate(templates.texts[i]), value, ret, size);
                        return;
                }
        text = translate(report);
        template_append(ret, 0, size, text, strlen(text));
}

/* ---- texts ---------------------------------------------------------------------------------- */

void words_of_purpose(const Situation *situation, char *ret, size_t size) {
        const char *text;

        if (situation->site[0] == '\0')
                /* Translators: title, before it is known which site it is about. */
                text = situation->create ? N_("Create a passkey")
                                         : /* Translators: title, as above. */ N_("Sign in");
        else if (situation->create)
                /* Translators: title. {site} is a site such as example.com.
                 * xgettext:python-brace-format */
                text = N_("Create a passkey for {site}");
        else
                /* Translators: title. {site} is a site such as example.com.
                 * xgettext:python-brace-format */
                text = N_("Sign in to {site}");
        fill_in(translate(text), situation, ret, size);
}

static const char *heading_of_cause(const char *cause) {
        for (size_t i = 0; i < ELEMENTSOF(causes); i++)
                if (strcmp(causes[i].cause, cause) == 0)
                        return causes[i].heading;
        /* Translators: title of a failure that has no other. */
        return N_("That did not work");
}

void words_of_heading(const Situation *situation, char *ret, size_t size) {
        const StateWords *words = find_state(situation->state);

        if (strcmp(situation->state, "failed") == 0)
                fill_in(translate(heading_of_cause(situation->cause)), situation, ret, size);
        else if (words && words->heading[0] != '\0')
                fill_in(translate(words->heading), situation, ret, size);
        else
                words_of_purpose(situation, ret, size);
}

/* Which program asks. Not by its name: it may choose that freely. */
static const char *program_of(const Situation *situation) {
        if (situation->path[0] == '\0')
                return "";
        if (strcmp(situation->kind, "flatpak") == 0)
                /* Translators: {path} is an id such as org.example.Mail.
                 * xgettext:python-brace-format */
                return N_("Flatpak: {path}");
        if (strcmp(situation->kind, "snap") == 0)
                /* Translators: {path} is the name of a snap.
                 * xgettext:python-brace-format */
                return N_("Snap: {path}");
        /* Translators: {path} is a file such as /usr/bin/firefox.
         * xgettext:python-brace-format */
        return N_("Program: {path}");
}

static const char *origin_of(const Situation *situation) {
        /* Translators: {origin} is such as https://example.com.
         * xgettext:python-brace-format */
        return situation->origin[0] != '\0' ? N_("Origin: {origin}") : "";
}

/* What is said below the rest, where there is room. */
static const char *note_of(const Situation *situation, size_t i) {
        if (strcmp(situation->state, "asking-permission") == 0)
                return i == 0 ? program_of(situation) : origin_of(situation);
        if (strcmp(situation->state, "waiting-for-scan") != 0 || i > 0)
                return "";
        /* Translators: below a QR code. "Both" are this computer and the phone. */
        return N_("Bluetooth must be on for both.");
}

static void append_note(const Situation *situation, size_t i, char *ret, size_t size) {
        const char *note = translate(note_of(situation, i));
        size_t n = strlen(ret);

        if (note[0] == '\0')
                return;
        n = template_append(ret, n, size, "\n", 1);
        fill_in(note, situation, ret + n, size - n);
}

void words_of_state(const Situation *situation, char *ret, size_t size) {
        const StateWords *words = find_state(situation->state);
        const char *text = "";

        if (strcmp(situation->state, "failed") == 0) {
                /* Said by the daemon, in the person's language. */
                template_append(ret, 0, size, situation->message, strlen(situation->message));
                return;
        }
        if (words)
                text = situation->create ? words->create : words->get;
        fill_in(translate(text), situation, ret, size);
        for (size_t i = 0; i < N_NOTES; i++)
                append_note(situation, i, ret, size);
}

void words_of_caller(const Situation *situation, char *ret, size_t size) {
        /* Translators: {caller} is the name of a program, such as Firefox.
         * xgettext:python-brace-format */
        const char *text = N_("Requested by {caller}");

        fill_in(situation->caller[0] != '\0' ? translate(text) : "", situation, ret, size);
}

void words_of_beginning(const Situation *situation, const char *origin, char *ret, size_t size) {
        char purpose[WORDS_SIZE];
        const TemplateValue values[] = { { "{purpose}", purpose }, { "{origin}", origin } };
        /* Translators: {purpose} is such as "Sign in to example.com", {origin} such as
         * https://example.com.
         * xgettext:python-brace-format */
        const char *text = N_("{purpose} (asked for by {origin})");

        words_of_purpose(situation, purpose, sizeof(purpose));
        template_fill_in(translate(text), values, ELEMENTSOF(values), ret, size);
}

void words_of_lines(const Situation *situation, char *ret, size_t size) {
        const StateWords *words = find_state(situation->state);
        size_t n = 0;

        ret[0] = '\0';
        /* How it has ended is told elsewhere. */
        if (!words || strcmp(words->state, "done") == 0)
                return;
        if (words->heading[0] != '\0' && !words->asks) {
                words_of_heading(situation, ret, size);
                n = strlen(ret);
                n = template_append(ret, n, size, "\n", 1);
        }
        words_of_state(situation, ret + n, size - n);
}

void words_of_small_terminal(size_t columns, size_t rows, const char *picture, char *ret,
                             size_t size) {
        char n_columns[24], n_rows[24];
        const TemplateValue values[] = {
                { "{columns}", n_columns },
                { "{rows}", n_rows },
                { "{picture}", picture },
        };
        const char *text;

        snprintf(n_columns, sizeof(n_columns), "%zu", columns);
        snprintf(n_rows, sizeof(n_rows), "%zu", rows);
        if (picture[0] != '\0')
                /* Translators: {columns} and {rows} are numbers, {picture} is a file.
                 * xgettext:python-brace-format */
                text = N_("The code does not fit in here: it takes {columns} columns and {rows} "
                          "rows. "
                          "Make the terminal larger, or look at the picture in {picture}.");
        else
                /* Translators: {columns} and {rows} are numbers; leave --qr-png=FILE as it is.
                 * xgettext:python-brace-format */
                text = N_("The code does not fit in here: it takes {columns} columns and {rows} "
                          "rows. "
                          "Make the terminal larger, or use --qr-png=FILE.");
        template_fill_in(translate(text), values, ELEMENTSOF(values), ret, size);
}

void words_of_remembering(const Situation *situation, char *ret, size_t size) {
        /* Translators: {phone} is the name of a phone, such as Pixel 9.
         * xgettext:python-brace-format */
        fill_in(translate(
                        N_("Next time you can use {phone} without scanning a code. You can forget "
                           "it again at any time.")),
                situation, ret, size);
}

const char *words_tip(size_t i) {
        return i < ELEMENTSOF(tips) ? translate(tips[i]) : NULL;
}

const char *words_of_picture(void) {
        /* Translators: read by screen readers in place of the picture. */
        return translate(
                N_("QR code for your phone’s camera. A screen reader cannot read it: hold the "
                   "phone in front of the middle of this window, with its camera open."));
}

const char *words_phrase(Phrase phrase) {
        return translate(phrases[phrase]);
}

void words_of_last_use(unsigned long long used, unsigned long long now, char *ret, size_t size) {
        const unsigned long long day = 24 * 60 * 60;
        unsigned long long age = used < now ? now - used : 0;
        const char *text;

        if (used == 0)
                /* Translators: of a phone. */
                text = N_("Not used yet");
        else if (age < day)
                /* Translators: of a phone: within the last 24 hours. */
                text = N_("Used within the last day");
        else if (age < 31 * day)
                /* Translators: of a phone: within the last 31 days. */
                text = N_("Used within the last month");
        else
                /* Translators: of a phone. */
                text = N_("Not used for more than a month");
        snprintf(ret, size, "%s", translate(text));
}
