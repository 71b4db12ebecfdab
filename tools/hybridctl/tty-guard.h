/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Hides the cursor of a terminal and stops it from echoing keys, and makes sure that both are
 * undone, however the program ends short of SIGKILL.
 */

/** Does nothing for what is no terminal, or is another job's. */
void tty_guard_enter(int fd);

/** Harmless when not entered. */
void tty_guard_leave(void);
