/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The secrets of a session in a file, one line "NAME HEXDIGITS" each, for those who want to read
 * recorded frames, or to prove that nobody else wrote a secret down. What SSLKEYLOGFILE is to TLS.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * Opens a file to append to, readable only by its owner; not through a symbolic link.
 * 0 or a negative errno; the caller closes *ret.
 */
int key_log_open(const char *path, FILE **ret);

/** One line; a HybridPhoneParams.log_key(), userdata is the FILE. An error shows in ferror(). */
void key_log_write(void *userdata, const char *name, const uint8_t *key, size_t n);
