/* SPDX-License-Identifier: MIT */
#pragma once

/**
 * Loads a module from a directory, for the rest of the process's life: it may have threads that
 * outlast everything else. Loading it again is cheap. @ret is where its symbol is.
 * 0, -ENOENT if there is no such file, -ELIBBAD if it cannot be loaded or has no such symbol.
 */
int module_load(const void **ret, const char *directory, const char *name, const char *symbol);
