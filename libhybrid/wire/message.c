/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/cbor-writer.h"
#include "wire/message.h"
#include "wire/record.h"

#define DEPTH_MAX 4

/* Keys of the phone's first message. */
enum {
        KEY_FILLER = 0,
        KEY_GET_INFO = 1,
        KEY_LINKING = 2,
        KEY_FEATURES = 3,
};

/* Keys of an update. */
enum {
        KEY_UPDATE_FILLER = 0,
        KEY_UPDATE_LINKING = 1,
};

/* Revision 0 appends zeros and their count, as 16 bits since Chrome 99, before that as 8. */
static int strip_revision_0_padding(const uint8_t *data, size_t n, size_t n_count, size_t *ret_n) {
        size_t n_zeros;

        if (n < n_count)
                return -EBADMSG;
        n_zeros = n_count == 2 ? get_le16(data + n - 2) : data[n - 1];
        if (n_zeros > n - n_count)
                return -EBADMSG;

        *ret_n = n - n_count - n_zeros;
        return 0;
}

/* The revision shows in how the message is padded: strictly one CBOR item is revision 1. */
static int parse_any_revision(const uint8_t *data, size_t n, CborItem *ret_map,
                              MessageRevision *ret_revision) {
        static const size_t n_counts[] = { 2, 1 };
        size_t n_cbor;

        if (cbor_item_parse(data, n, DEPTH_MAX, 0, ret_map) >= 0) {
                *ret_revision = MESSAGE_REVISION_1;
                return 0;
        }

        for (size_t i = 0; i < 2; i++)
                if (strip_revision_0_padding(data, n, n_counts[i], &n_cbor) >= 0 &&
                    cbor_item_parse(data, n_cbor, DEPTH_MAX, 0, ret_map) >= 0) {
                        *ret_revision = MESSAGE_REVISION_0;
                        return 0;
                }

        return -EBADMSG;
}

/* Absent features mean CTAP only. Members that are no text are skipped. */
static int read_features(CborItem map, PostHandshake *message) {
        CborIterator it;
        CborItem item;

        if (cbor_item_map_get(map, KEY_FEATURES, &item) < 0) {
                message->has_ctap = true;
                return 0;
        }
        if (cbor_item_iterate(item, CBOR_ARRAY, &it) < 0)
                return -EBADMSG;

        while (cbor_item_next(&it, &item)) {
                message->has_ctap |= cbor_item_is_text(item, "ctap");
                message->has_dc |= cbor_item_is_text(item, "dc");
        }
        return 0;
}

/* There must be getInfo if and only if the phone takes CTAP commands. */
static int read_get_info(CborItem map, PostHandshake *message) {
        CborItem item;

        if (cbor_item_map_get(map, KEY_GET_INFO, &item) < 0)
                return message->has_ctap ? -EBADMSG : 0;
        if (!message->has_ctap)
                return -EBADMSG;
        return cbor_item_get_bytes(item, &message->get_info, &message->n_get_info);
}

static int read_linking(CborItem map, PostHandshake *message) {
        if (cbor_item_map_get(map, KEY_LINKING, &message->linking) < 0)
                return 0;
        if (cbor_item_type(message->linking) != CBOR_MAP)
                return -EBADMSG;
        message->has_linking = true;
        return 0;
}

int post_handshake_decode(const uint8_t *data, size_t n, PostHandshake *ret) {
        PostHandshake message = {};
        CborItem map;
        int r;

        r = parse_any_revision(data, n, &map, &message.revision);
        if (r < 0)
                return r;
        if (cbor_item_type(map) != CBOR_MAP)
                return -EBADMSG;

        r = read_features(map, &message);
        if (r < 0)
                return r;
        r = read_get_info(map, &message);
        if (r < 0)
                return r;
        r = read_linking(map, &message);
        if (r < 0)
                return r;

        *ret = message;
        return 0;
}

void post_handshake_encode(ByteWriter *w, const uint8_t *get_info, size_t n_get_info,
                           bool features) {
        post_handshake_encode_linking(w, get_info, n_get_info, NULL, 0, features);
}

void post_handshake_encode_linking(ByteWriter *w, const uint8_t *get_info, size_t n_get_info,
                                   const uint8_t *linking, size_t n_linking, bool features) {
        cbor_write_map(w, 1u + (n_linking > 0) + features);
        cbor_write_uint(w, KEY_GET_INFO);
        cbor_write_bytes(w, get_info, n_get_info);
        if (n_linking > 0) {
                cbor_write_uint(w, KEY_LINKING);
                byte_writer_append(w, linking, n_linking);
        }
        if (features) {
                cbor_write_uint(w, KEY_FEATURES);
                cbor_write_array(w, 1);
                cbor_write_string(w, "ctap");
        }
}

int message_decode(MessageRevision revision, const uint8_t *data, size_t n, Message *ret) {
        if (n == 0)
                return -EBADMSG;

        if (revision == MESSAGE_REVISION_0) {
                *ret = (Message){ MESSAGE_CTAP, data, n };
                return 0;
        }

        if (data[0] > MESSAGE_JSON)
                return -EBADMSG;
        if (data[0] == MESSAGE_SHUTDOWN && n != 1)
                return -EBADMSG;

        *ret = (Message){ (MessageType)data[0], data + 1, n - 1 };
        return 0;
}

void message_encode(ByteWriter *w, MessageType type, const uint8_t *payload, size_t n_payload) {
        byte_writer_append_u8(w, (uint8_t)type);
        byte_writer_append(w, payload, n_payload);
}

static size_t string_size(size_t n) {
        return n + (n < 24 ? 1 : n < 256 ? 2 : 3);
}

/* The largest filler that takes at most so many bytes with its head. Where the head grows by a byte
 * that is one less; a record's own padding then makes up for it. */
static size_t filler_size(size_t n_all) {
        size_t n = n_all;

        while (n > 0 && string_size(n) > n_all)
                n--;
        return n;
}

void update_encode(ByteWriter *w, const uint8_t *linking, size_t n_linking) {
        static const uint8_t zeros[UPDATE_PADDED_SIZE];
        /* type, map head, filler's key; linking's key; and a record's own last byte */
        const size_t n_around = 1 + 1 + 1 + (n_linking > 0 ? 1 + n_linking : 0) + 1;
        size_t n_filler =
                n_around < UPDATE_PADDED_SIZE ? filler_size(UPDATE_PADDED_SIZE - n_around) : 0;

        byte_writer_append_u8(w, MESSAGE_UPDATE);
        cbor_write_map(w, n_linking > 0 ? 2 : 1);
        cbor_write_uint(w, KEY_UPDATE_FILLER);
        cbor_write_bytes(w, zeros, n_filler);
        if (n_linking > 0) {
                cbor_write_uint(w, KEY_UPDATE_LINKING);
                byte_writer_append(w, linking, n_linking);
        }
}

int update_decode(const uint8_t *payload, size_t n, Update *ret) {
        Update update = {};
        CborItem map;

        if (cbor_item_parse(payload, n, DEPTH_MAX, 0, &map) < 0 || cbor_item_type(map) != CBOR_MAP)
                return -EBADMSG;

        if (cbor_item_map_get(map, KEY_UPDATE_LINKING, &update.linking) >= 0) {
                if (cbor_item_type(update.linking) != CBOR_MAP)
                        return -EBADMSG;
                update.has_linking = true;
        }

        *ret = update;
        return 0;
}
