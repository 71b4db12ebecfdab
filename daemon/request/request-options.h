/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The arguments of CreateCredential() and GetCredential(), read and checked as far as the bus is
 * concerned. What the relying party's JSON says is the ceremony's business.
 */

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "hybrid.h"

/** All strings are borrowed from the message; absent ones are "". */
typedef struct RequestOptions {
        HybridOperation operation;
        const char *parent_window;
        const char *origin;
        const char *top_origin;
        const char *public_key; /* JSON */
        const char *handle_token;
        const char *activation_token;
        const char *phone; /* path of a linked phone to begin with */
        bool choose;       /* the person is asked which linked phone; or a code is shown at once */
        bool remember;     /* the person is asked whether a phone is to be remembered */
        bool prompt;       /* show a window; false: the caller draws the code itself */
} RequestOptions;

/** Returns 0, or a negative errno with @error set to a TypeError that says what is wrong. */
int request_arguments_read(RequestOptions *options, HybridOperation operation,
                           sd_bus_message *message, sd_bus_error *error);
