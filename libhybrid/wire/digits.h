/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The decimal digits of the QR code: groups of 7 bytes, each a little-endian integer printed as
 * 17 digits; a shorter last group as fewer digits (CTAP 2.2 section 11.5.1.2).
 */

#include <stddef.h>
#include <stdint.h>

/** Digits that n bytes take, without a NUL. */
size_t digits_encoded_size(size_t n);

/** Writes digits_encoded_size(n) digits and a NUL. */
void digits_encode(const uint8_t *data, size_t n, char *ret);

/**
 * Decodes n_text digits into at most n_max bytes.
 * Returns 0, or -EBADMSG if a character is no digit, the length is not possible, a group stands
 * for more than its bytes can hold, or the result has more than n_max bytes.
 */
int digits_decode(const char *text, size_t n_text, uint8_t *ret, size_t n_max, size_t *ret_n);
