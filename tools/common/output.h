/* SPDX-License-Identifier: MIT */
#pragma once

/** Hands out what was printed on stdout. 0, or -EIO after having complained, once. */
int flush_output(void);
