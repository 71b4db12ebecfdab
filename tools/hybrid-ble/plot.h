/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A picture of many rounds: how long each took, and how strong it was.
 */

#include "statistics.h"

/** Finds out whether a picture can be made and written there. 0, or a negative errno after having
 *  complained: -EOPNOTSUPP where this was built without cairo. */
int plot_try(const char *path);

/** Writes it as PNG. 0, or a negative errno after having complained. */
int plot_write(const char *path, const Round *rounds, size_t n, const Summary *summary);
