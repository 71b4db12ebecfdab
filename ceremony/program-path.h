/* SPDX-License-Identifier: MIT */
#pragma once

enum {
        PROGRAM_PATH_SIZE = 4096,
};

/**
 * The path of another file of this project: beside the running program, or in @other_folder, which
 * is absolute or begins where the running program's folder is ("ceremony": a neighbour, as built).
 * Never found by PATH or the environment. Returns 0, -ENOENT, or another negative errno.
 */
int program_path(const char *name, const char *other_folder, char ret[static PROGRAM_PATH_SIZE]);

/** The folder of the program that runs, without a slash at its end. 0 or a negative errno. */
int program_folder(char ret[static PROGRAM_PATH_SIZE]);
