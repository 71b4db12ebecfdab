/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/cbor-item.h"
#include "base/cbor-writer.h"
#include "base/secret.h"
#include "wire/digits.h"
#include "wire/qr.h"

#define PREFIX        "FIDO:/"
#define CBOR_SIZE_MAX 512 /* far above what any known client sends (73 bytes) */
#define DEPTH_MAX     4

/* Keys of the map. */
enum {
        KEY_PUBLIC_KEY = 0,
        KEY_SECRET = 1,
        KEY_N_TUNNEL_DOMAINS = 2,
        KEY_TIMESTAMP = 3,
        KEY_LINKING = 4,
        KEY_HINT = 5,
        KEY_CHANNELS = 6,
};

static const char *const hint_names[_QR_HINT_MAX] = {
        [QR_HINT_GET_ASSERTION] = "ga",
        [QR_HINT_MAKE_CREDENTIAL] = "mc",
        [QR_HINT_CREDENTIAL_PRESENTING] = "dcp",
        [QR_HINT_CREDENTIAL_ISSUANCE] = "dci",
};

static void write_channels(ByteWriter *w, unsigned channels) {
        cbor_write_uint(w, KEY_CHANNELS);
        cbor_write_array(w, (size_t)__builtin_popcount(channels));
        for (unsigned i = 0; i < 2; i++)
                if (channels & 1u << i)
                        cbor_write_uint(w, i);
}

static void write_map(ByteWriter *w, const QrCode *code) {
        cbor_write_map(w, 3u + code->has_timestamp + code->has_linking + code->has_hint +
                                  code->has_channels);
        cbor_write_uint(w, KEY_PUBLIC_KEY);
        cbor_write_bytes(w, code->public_key, sizeof(code->public_key));
        cbor_write_uint(w, KEY_SECRET);
        cbor_write_bytes(w, code->secret, sizeof(code->secret));
        cbor_write_uint(w, KEY_N_TUNNEL_DOMAINS);
        cbor_write_uint(w, code->n_tunnel_domains);
        if (code->has_timestamp) {
                cbor_write_uint(w, KEY_TIMESTAMP);
                cbor_write_uint(w, code->timestamp);
        }
        if (code->has_linking) {
                cbor_write_uint(w, KEY_LINKING);
                cbor_write_bool(w, code->linking);
        }
        if (code->has_hint) {
                cbor_write_uint(w, KEY_HINT);
                cbor_write_string(w, hint_names[code->hint]);
        }
        if (code->has_channels)
                write_channels(w, code->channels);
}

void qr_encode(const QrCode *code, char ret[static HYBRID_QR_TEXT_SIZE_MAX]) {
        uint8_t cbor[96]; /* 92 bytes with every key and the largest numbers */
        CLEANUP_ERASE(cbor);
        ByteWriter w = BYTE_WRITER(cbor);

        write_map(&w, code);
        assert(byte_writer_fits(&w));
        assert(strlen(PREFIX) + digits_encoded_size(w.n) < HYBRID_QR_TEXT_SIZE_MAX);

        digits_encode(cbor, w.n, stpcpy(ret, PREFIX));
}

/* Each reader below leaves its part of the code alone if the key is absent. */

static int read_required(CborItem map, QrCode *code) {
        uint8_t point[P256_UNCOMPRESSED_SIZE];
        CborItem item;

        if (cbor_item_map_get(map, KEY_PUBLIC_KEY, &item) < 0 ||
            cbor_item_get_bytes_exact(item, code->public_key, sizeof(code->public_key)) < 0)
                return -EBADMSG;
        if (cbor_item_map_get(map, KEY_SECRET, &item) < 0 ||
            cbor_item_get_bytes_exact(item, code->secret, sizeof(code->secret)) < 0)
                return -EBADMSG;

        return p256_decompress(code->public_key, point);
}

static int read_numbers(CborItem map, QrCode *code) {
        CborItem item;

        if (cbor_item_map_get(map, KEY_N_TUNNEL_DOMAINS, &item) >= 0 &&
            cbor_item_get_uint(item, &code->n_tunnel_domains) < 0)
                return -EBADMSG;
        if (cbor_item_map_get(map, KEY_TIMESTAMP, &item) >= 0) {
                if (cbor_item_get_uint(item, &code->timestamp) < 0)
                        return -EBADMSG;
                code->has_timestamp = true;
        }
        if (cbor_item_map_get(map, KEY_LINKING, &item) >= 0) {
                if (cbor_item_get_bool(item, &code->linking) < 0)
                        return -EBADMSG;
                code->has_linking = true;
        }
        return 0;
}

static int read_hint(CborItem map, QrCode *code) {
        CborItem item;

        if (cbor_item_map_get(map, KEY_HINT, &item) < 0)
                return 0;
        if (cbor_item_type(item) != CBOR_TEXT)
                return -EBADMSG;

        code->has_hint = true;
        for (unsigned i = 0; i < _QR_HINT_MAX; i++)
                if (cbor_item_is_text(item, hint_names[i]))
                        code->hint = (QrHint)i;
        return 0;
}

static int read_channels(CborItem map, QrCode *code) {
        CborIterator it;
        CborItem item;
        uint64_t channel;
        bool flag;

        if (cbor_item_map_get(map, KEY_CHANNELS, &item) < 0 || cbor_item_get_bool(item, &flag) >= 0)
                return 0;
        if (cbor_item_iterate(item, CBOR_ARRAY, &it) < 0)
                return -EBADMSG;

        code->has_channels = true;
        code->channels = 0;
        while (cbor_item_next(&it, &item)) {
                if (cbor_item_get_uint(item, &channel) < 0)
                        return -EBADMSG;
                if (channel < 2)
                        code->channels |= 1u << channel;
        }
        return 0;
}

static int read_map(CborItem map, QrCode *code) {
        static int (*const readers[])(CborItem map, QrCode * code) = {
                read_required,
                read_numbers,
                read_hint,
                read_channels,
        };
        int r;

        if (cbor_item_type(map) != CBOR_MAP)
                return -EBADMSG;

        for (size_t i = 0; i < ELEMENTSOF(readers); i++) {
                r = readers[i](map, code);
                if (r < 0)
                        return r;
        }
        return 0;
}

int qr_decode(const char *text, QrCode *ret) {
        QrCode code = { .channels = QR_CHANNEL_TUNNEL };
        CLEANUP_ERASE(code);
        uint8_t cbor[CBOR_SIZE_MAX];
        CLEANUP_ERASE(cbor);
        CborItem map;
        size_t n;
        int r;

        if (strncasecmp(text, PREFIX, strlen(PREFIX)) != 0)
                return -EBADMSG;
        text += strlen(PREFIX);

        r = digits_decode(text, strlen(text), cbor, sizeof(cbor), &n);
        if (r < 0)
                return r;
        r = cbor_item_parse(cbor, n, DEPTH_MAX, 0, &map);
        if (r < 0)
                return r;
        r = read_map(map, &code);
        if (r < 0)
                return r;

        *ret = code;
        return 0;
}
