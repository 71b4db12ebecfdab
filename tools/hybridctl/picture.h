/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The code as a picture in a file, for those who show it elsewhere. The file is there as long as the
 * code is, for its owner only, and always whole. What was there before is never touched.
 */

#include "base/macro.h"
#include "io/qr/qr-render.h"

typedef struct Picture Picture;

/** @path is borrowed. 0, or a negative errno after having complained, such as -EEXIST. */
int picture_new(Picture **ret, const char *path);

/** Writes the file, or replaces what it wrote before. 0 or a negative errno. */
int picture_show(Picture *picture, const QrMatrix *code);

/** Removes the file. Harmless when there is none. */
void picture_remove(Picture *picture);

/** Removes the file and frees. NULL in, NULL out. */
Picture *picture_free(Picture *picture);
DEFINE_CLEANUP(Picture *, picture_free);
