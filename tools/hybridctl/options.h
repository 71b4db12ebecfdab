/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The command line.
 */

#include <stdbool.h>

enum {
        USER_NAME_SIZE_MAX = 64, /* what phones keep of it, in bytes without NUL */
};

typedef enum Command {
        COMMAND_CREATE,
        COMMAND_GET,
        COMMAND_DEMO,
        COMMAND_DOCTOR,
        _COMMAND_MAX,
} Command;

/** All strings are borrowed from argv, or static; NULL where an option was not given. */
typedef struct Options {
        Command command;
        bool json;
        const char *qr_png;

        /* create, get */
        const char *origin;
        const char *top_origin;
        const char *request_file; /* "-": standard input */
        const char *rp_id;
        const char *user_name; /* create */
        const char *prf;
        const char *phone; /* a linked one, to be asked without a code */
        bool remember;     /* the phone, if it wants to be */
        bool turn_on_bluetooth;

        /* demo */
        const char *profile;
        const char *log_level;
        bool keep;
        bool linked; /* sign in by a link, without a code */
} Options;

/**
 * Returns 1 to go on, 0 if it was only a question that has been answered, or -EINVAL after having
 * said what is wrong with the command line.
 */
int options_parse(int argc, char *argv[], Options *ret);
