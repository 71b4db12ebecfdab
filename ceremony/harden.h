/* SPDX-License-Identifier: MIT */
#pragma once

/**
 * What a process that handles secrets does first: no core dumps, no other process of the user may
 * look into its memory, and no program that it starts gains rights.
 */
void process_harden(void);

/**
 * From now on the process, and what it may start, changes no file and executes none: a ceremony has
 * no need to, but who has taken one over would. By Landlock (Linux 5.13); reading and the network
 * are as before. After process_harden(). 0; -EOPNOTSUPP if the kernel cannot do it; or another
 * negative errno.
 */
int process_confine(void);
