/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/base64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t base64url_encoded_size(size_t n) {
        return n / 3 * 4 + (n % 3 ? n % 3 + 1 : 0);
}

void base64url_encode(const uint8_t *data, size_t n, char *ret) {
        uint32_t bits = 0;
        unsigned n_bits = 0;

        for (size_t i = 0; i < n; i++) {
                bits = bits << 8 | data[i];
                n_bits += 8;
                while (n_bits >= 6) {
                        n_bits -= 6;
                        *ret++ = alphabet[bits >> n_bits & 63];
                }
        }
        if (n_bits > 0)
                *ret++ = alphabet[bits << (6 - n_bits) & 63];
        *ret = '\0';
}

static int base64url_digit(char c) {
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        if (c == '-')
                return 62;
        if (c == '_')
                return 63;
        return -EINVAL;
}

int base64url_decode(const char *text, size_t n_text, uint8_t *ret, size_t *ret_n) {
        uint32_t bits = 0;
        unsigned n_bits = 0;
        size_t n = 0;

        if (n_text % 4 == 1)
                return -EINVAL;

        for (size_t i = 0; i < n_text; i++) {
                int digit = base64url_digit(text[i]);

                if (digit < 0)
                        return -EINVAL;
                bits = bits << 6 | (uint32_t)digit;
                n_bits += 6;
                if (n_bits >= 8) {
                        n_bits -= 8;
                        ret[n++] = (uint8_t)(bits >> n_bits);
                }
        }

        if ((bits & ((1u << n_bits) - 1)) != 0)
                return -EINVAL;

        *ret_n = n;
        return 0;
}
