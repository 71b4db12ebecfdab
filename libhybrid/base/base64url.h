/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * base64url without padding (RFC 4648 section 5), as WebAuthn's JSON forms use it.
 */

#include <stddef.h>
#include <stdint.h>

/** Characters needed for n bytes, without the terminating NUL. */
size_t base64url_encoded_size(size_t n);

/** Writes base64url_encoded_size(n) characters and a NUL. */
void base64url_encode(const uint8_t *data, size_t n, char *ret);

/**
 * Decodes strictly: no padding, no white space, no characters of plain base64, and the unused bits
 * of the last character are zero. The result has (n_text * 3) / 4 bytes; `ret` must hold that many.
 * Returns 0, or -EINVAL.
 */
int base64url_decode(const char *text, size_t n_text, uint8_t *ret, size_t *ret_n);
