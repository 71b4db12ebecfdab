/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reading a command line whose options are all long ones, and may stand anywhere.
 */

#include <getopt.h>

/**
 * The next option: its `val` in `known`, which has to be above 255. Its name is then in *ret_name
 * (borrowed from `known`), its value in optarg.
 * Returns 0 after the last one, with the first argument that is no option at argv[optind]; or
 * -EINVAL after having said what is wrong with one. `help` is what shows the right ones.
 */
int option_next(int argc, char *argv[], const struct option *known, const char *help,
                const char **ret_name);
