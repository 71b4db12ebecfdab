/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

void byte_writer_append(ByteWriter *w, const void *data, size_t n) {
        if (w->data && w->n <= w->size && n <= w->size - w->n && n > 0)
                memcpy(w->data + w->n, data, n);
        w->n += n;
}

void byte_writer_append_u8(ByteWriter *w, uint8_t value) {
        byte_writer_append(w, &value, 1);
}

void byte_writer_append_fill(ByteWriter *w, uint8_t value, size_t n) {
        if (w->data && w->n <= w->size && n <= w->size - w->n && n > 0)
                memset(w->data + w->n, value, n);
        w->n += n;
}

bool byte_writer_fits(const ByteWriter *w) {
        return w->n == 0 || (w->data && w->n <= w->size);
}

void put_le16(uint8_t p[static 2], uint16_t value) {
        p[0] = (uint8_t)value;
        p[1] = (uint8_t)(value >> 8);
}

void put_le32(uint8_t p[static 4], uint32_t value) {
        for (unsigned i = 0; i < 4; i++)
                p[i] = (uint8_t)(value >> (8 * i));
}

void put_be32(uint8_t p[static 4], uint32_t value) {
        for (unsigned i = 0; i < 4; i++)
                p[i] = (uint8_t)(value >> (8 * (3 - i)));
}

uint16_t get_le16(const uint8_t p[static 2]) {
        return (uint16_t)(p[0] | p[1] << 8);
}

uint64_t get_le64(const uint8_t p[static 8]) {
        uint64_t value = 0;

        for (unsigned i = 0; i < 8; i++)
                value |= (uint64_t)p[i] << (8 * i);

        return value;
}

void hex_encode_upper(const uint8_t *data, size_t n, char *ret) {
        static const char digits[] = "0123456789ABCDEF";

        for (size_t i = 0; i < n; i++) {
                ret[2 * i] = digits[data[i] >> 4];
                ret[2 * i + 1] = digits[data[i] & 15];
        }
        ret[2 * n] = '\0';
}

static int hex_digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -EINVAL;
}

int hex_decode(const char *text, size_t n_text, uint8_t *ret, size_t n) {
        if (n_text != 2 * n)
                return -EINVAL;

        for (size_t i = 0; i < n; i++) {
                int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

                if (high < 0 || low < 0)
                        return -EINVAL;
                ret[i] = (uint8_t)(high << 4 | low);
        }

        return 0;
}
