/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "help.h"
#include "words/words.h"

/* Marks a text for the translators: what prints it translates it. */
#define N_(text) text

/* Translators: what --help shows, with the columns as they are; at most 80 of them. Leave what is
 * typed as it is. */
static const char program_help[] =
        N_("Usage: hybridctl COMMAND [OPTION]...\n"
           "\n"
           "Registers and signs in with the passkey on a phone nearby.\n"
           "\n"
           "  create     make a passkey for a site on the phone\n"
           "  get        sign in to a site with a passkey of the phone\n"
           "  phones     show the phones that can be asked without a code; rename, forget\n"
           "  policy     show what the administrator allows, or check a file of it\n"
           "  demo       show both with a phone that is only a program; needs nothing else\n"
           "  doctor     say what is wrong with Bluetooth here, and what to do\n"
           "\n"
           "  --help     show this, or with a command what that can do\n"
           "  --version  show the version\n"
           "\n"
           "See hybridctl(1).\n");

static const char common_help[] =
        N_("  --origin=URL        the site that asks, such as https://login.example.com\n"
           "  --top-origin=URL    the page around it, if it is a frame of another site\n"
           "  --request=FILE      the site's request as JSON; -: standard input. Without\n"
           "                      it, hybridctl makes one and checks the answer itself.\n"
           "  --rp=ID             the site's RP ID (the host of the origin)\n"
           "  --phone=PHONE       ask this linked phone first, see hybridctl phones\n"
           "  --remember          let the phone be asked without a code from now on\n"
           "  --turn-on-bluetooth switch Bluetooth on if it is off\n");

static const char output_help[] =
        N_("  --qr-png=FILE       also write the code as a picture, as long as it is shown\n"
           "  --json              tell what happens as JSON, one object a line\n"
           "  --help              show this\n");

static const char prf_help[] =
        N_("  --prf=TEXT          ask for a secret that is made from the passkey and TEXT\n");

static const char user_help[] = N_("  --user=NAME         the account's name (your login name)\n");

static const char create_help[] =
        N_("Usage: hybridctl create --origin=URL [OPTION]...\n"
           "\n"
           "Makes a passkey on a phone and prints the answer for the site as JSON. Shows a\n"
           "code in the terminal that is scanned with the phone's camera.\n"
           "\n");

static const char get_help[] =
        N_("Usage: hybridctl get --origin=URL [OPTION]...\n"
           "\n"
           "Signs in with a passkey of a phone and prints the answer for the site as JSON.\n"
           "Shows a code in the terminal that is scanned with the phone's camera.\n"
           "\n");

static const char demo_help[] =
        N_("Usage: hybridctl demo [OPTION]...\n"
           "\n"
           "Makes a passkey and signs in with it, all on this machine: a message bus,\n"
           "hybridd, a tunnel server, and a phone and a radio that are only programs.\n"
           "\n"
           "  --profile=NAME      what the phone behaves like: android, iphone or plain\n"
           "                      (android)\n"
           "  --linked            link the phone first, and sign in without a code\n"
           "  --keep              keep the folder with logs and settings; say where it is\n"
           "  --log-level=LEVEL   how much hybridd logs: error, warning, notice, info or\n"
           "                      debug (info)\n");

static const char doctor_help[] =
        N_("Usage: hybridctl doctor [OPTION]...\n"
           "\n"
           "Says what stands in the way of using a phone's passkeys on this machine, and what\n"
           "to do about it. Exits with 1 if something does.\n"
           "\n"
           "  --json              tell the findings as JSON, one object a line\n"
           "  --help              show this\n");

static const struct {
        const char *name;
        const char *help[6]; /* one below the other */
} commands[_COMMAND_MAX] = {
        [COMMAND_CREATE] = { "create",
                             { create_help, common_help, user_help, prf_help, output_help } },
        [COMMAND_GET] = { "get", { get_help, common_help, prf_help, output_help } },
        [COMMAND_DEMO] = { "demo", { demo_help, output_help } },
        [COMMAND_DOCTOR] = { "doctor", { doctor_help } },
};

void help_print(void) {
        fputs(words_translate(program_help), stdout);
}

void help_print_command(Command command) {
        for (const char *const *help = commands[command].help; *help; help++)
                fputs(words_translate(*help), stdout);
}

const char *command_name(Command command) {
        return commands[command].name;
}
