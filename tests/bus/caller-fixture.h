/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Programs that do nothing for a while, installed and started in all the ways that a caller can be.
 * They stand in TEST_FOLDER, below the build's folder.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "daemon/caller/caller.h"
#include "unit.h"

/** A program with a path of its own. */
void install_program(const char *path, mode_t mode);

/** A text file; in place of an earlier one. */
void install_text(const char *path, const char *text, mode_t mode);

/** Whether what root installs here is safe from others: else half of the tests have no sense. */
bool folder_is_roots(void);

typedef struct Child {
        pid_t pid;
} Child;

void child_done(Child *child);
#define _child_ _cleanup_(child_done) Child

/** What a child does before it executes its program. False if that cannot be done here. */
typedef bool (*Prepare)(void *userdata);

/** Starts a program. False if @prepare said so. */
bool child_start(Child *child, const char *path, Prepare prepare, void *userdata);

/** Starts /bin/sleep with a process number that is free now. False if that cannot be done here. */
bool child_start_as(Child *child, pid_t pid);

/** Looks at it. */
int identify(const Child *child, Caller *ret);
