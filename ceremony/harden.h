/* SPDX-License-Identifier: MIT */
#pragma once

/**
 * What a process that handles secrets does first: no core dumps, no other process of the user may
 * look into its memory, and no program that it starts gains rights.
 */
void process_harden(void);
