/* SPDX-License-Identifier: MIT */
#pragma once

#include "options.h"

/** The commands. Each returns what main() is to return. */
int command_site(const Options *options); /* create and get */
int command_demo(const Options *options);

/** The command with a command line of its own: argv begins with "policy". */
int command_policy(int argc, char *argv[]);
int command_phones(int argc, char *argv[]); /* likewise "phones" */
int command_doctor(const Options *options);
