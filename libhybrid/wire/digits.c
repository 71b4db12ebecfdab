/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "wire/digits.h"

#define GROUP_BYTES  7
#define GROUP_DIGITS 17

/* Digits of a group by its number of bytes: what the largest value needs. */
static const uint8_t n_digits[GROUP_BYTES + 1] = { 0, 3, 5, 8, 10, 13, 15, GROUP_DIGITS };

size_t digits_encoded_size(size_t n) {
        return n / GROUP_BYTES * GROUP_DIGITS + n_digits[n % GROUP_BYTES];
}

static void encode_group(const uint8_t *data, size_t n, char *ret) {
        uint64_t value = 0;

        for (size_t i = 0; i < n; i++)
                value |= (uint64_t)data[i] << (8 * i);

        for (size_t i = n_digits[n]; i > 0; i--) {
                ret[i - 1] = (char)('0' + value % 10);
                value /= 10;
        }
}

void digits_encode(const uint8_t *data, size_t n, char *ret) {
        while (n > 0) {
                size_t n_group = n < GROUP_BYTES ? n : GROUP_BYTES;

                encode_group(data, n_group, ret);
                data += n_group;
                n -= n_group;
                ret += n_digits[n_group];
        }
        *ret = '\0';
}

/* 17 digits stay below 2^57, so the value cannot overflow. */
static int decode_group(const char *text, size_t n, uint8_t *ret) {
        uint64_t value = 0;

        for (size_t i = 0; i < n_digits[n]; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return -EBADMSG;
                value = 10 * value + (uint64_t)(text[i] - '0');
        }
        if (value >> (8 * n) != 0)
                return -EBADMSG;

        for (size_t i = 0; i < n; i++)
                ret[i] = (uint8_t)(value >> (8 * i));
        return 0;
}

/* Bytes that this many digits stand for in one group; 0 if there is no such group. */
static size_t group_bytes(size_t n) {
        for (size_t i = 1; i <= GROUP_BYTES; i++)
                if (n_digits[i] == n)
                        return i;
        return 0;
}

int digits_decode(const char *text, size_t n_text, uint8_t *ret, size_t n_max, size_t *ret_n) {
        size_t n = 0;
        int r;

        while (n_text > 0) {
                size_t n_group = n_text < GROUP_DIGITS ? n_text : GROUP_DIGITS;
                size_t n_bytes = group_bytes(n_group);

                if (n_bytes == 0 || n_bytes > n_max - n)
                        return -EBADMSG;
                r = decode_group(text, n_bytes, ret + n);
                if (r < 0)
                        return r;
                n += n_bytes;
                text += n_group;
                n_text -= n_group;
        }

        *ret_n = n;
        return 0;
}
