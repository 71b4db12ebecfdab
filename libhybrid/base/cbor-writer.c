/* SPDX-License-Identifier: MIT */

#include <cbor.h>
#include <string.h>

#include "base/cbor-writer.h"

#define HEAD_SIZE_MAX 9

void cbor_write_uint(ByteWriter *w, uint64_t value) {
        uint8_t head[HEAD_SIZE_MAX];

        byte_writer_append(w, head, cbor_encode_uint(value, head, sizeof(head)));
}

void cbor_write_int(ByteWriter *w, int64_t value) {
        uint8_t head[HEAD_SIZE_MAX];

        if (value >= 0)
                cbor_write_uint(w, (uint64_t)value);
        else
                byte_writer_append(w, head,
                                   cbor_encode_negint((uint64_t)(-1 - value), head, sizeof(head)));
}

void cbor_write_bool(ByteWriter *w, bool value) {
        uint8_t head[HEAD_SIZE_MAX];

        byte_writer_append(w, head, cbor_encode_bool(value, head, sizeof(head)));
}

void cbor_write_bytes(ByteWriter *w, const void *data, size_t n) {
        uint8_t head[HEAD_SIZE_MAX];

        byte_writer_append(w, head, cbor_encode_bytestring_start(n, head, sizeof(head)));
        byte_writer_append(w, data, n);
}

void cbor_write_text(ByteWriter *w, const char *text, size_t n) {
        uint8_t head[HEAD_SIZE_MAX];

        byte_writer_append(w, head, cbor_encode_string_start(n, head, sizeof(head)));
        byte_writer_append(w, text, n);
}

void cbor_write_string(ByteWriter *w, const char *text) {
        cbor_write_text(w, text, strlen(text));
}

void cbor_write_array(ByteWriter *w, size_t n_items) {
        uint8_t head[HEAD_SIZE_MAX];

        byte_writer_append(w, head, cbor_encode_array_start(n_items, head, sizeof(head)));
}

void cbor_write_map(ByteWriter *w, size_t n_entries) {
        uint8_t head[HEAD_SIZE_MAX];

        byte_writer_append(w, head, cbor_encode_map_start(n_entries, head, sizeof(head)));
}
