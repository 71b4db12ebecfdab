/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * While this process has a code, no other program of the user may look into its memory, and it leaves
 * no core dump. Not all the time: hybridd has to be able to see which program this is.
 */

void guard_begin(void);

/** Once for each guard_begin(); with the last one others may look again. */
void guard_end(void);
