/* SPDX-License-Identifier: MIT */
#pragma once

#include "options.h"

/** The program's help, or that of one command, on stdout. */
void help_print(void);
void help_print_command(Command command);

/** "create", "get", "demo". */
const char *command_name(Command command);
