/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cbor-item.h"
#include "base/cbor-writer.h"
#include "base/macro.h"
#include "wire/contact.h"

#define DEPTH_MAX 4

enum {
        KEY_LINK_ID = 1,
        KEY_NONCE = 2,
        KEY_HINT = 3,
        N_KEYS = 3,
};

static_assert(HYBRID_CLIENT_PAYLOAD_SIZE == 2 * CONTACT_PAYLOAD_SIZE + 1,
              "two digits for each byte");

void contact_payload_encode(const ContactPayload *payload,
                            char ret[static HYBRID_CLIENT_PAYLOAD_SIZE]) {
        uint8_t data[CONTACT_PAYLOAD_SIZE];
        ByteWriter w = BYTE_WRITER(data);

        cbor_write_map(&w, N_KEYS);
        cbor_write_uint(&w, KEY_LINK_ID);
        cbor_write_bytes(&w, payload->link_id, sizeof(payload->link_id));
        cbor_write_uint(&w, KEY_NONCE);
        cbor_write_bytes(&w, payload->nonce, sizeof(payload->nonce));
        cbor_write_uint(&w, KEY_HINT);
        cbor_write_string(&w, payload->operation == HYBRID_CREATE ? "mc" : "ga");

        assert(byte_writer_fits(&w) && w.n == sizeof(data));
        hex_encode_upper(data, sizeof(data), ret);
}

int contact_payload_decode(const char *text, ContactPayload *ret) {
        uint8_t data[CONTACT_PAYLOAD_SIZE_MAX];
        ContactPayload payload = { .operation = HYBRID_GET };
        size_t n_text = strlen(text), n = n_text / 2;
        CborItem map, hint;

        if (n > sizeof(data) || hex_decode(text, n_text, data, n) < 0 ||
            cbor_item_parse(data, n, DEPTH_MAX, 0, &map) < 0)
                return -EBADMSG;
        if (cbor_item_map_get_exact(map, KEY_LINK_ID, payload.link_id, sizeof(payload.link_id)) <
                    0 ||
            cbor_item_map_get_exact(map, KEY_NONCE, payload.nonce, sizeof(payload.nonce)) < 0)
                return -EBADMSG;
        if (cbor_item_map_get(map, KEY_HINT, &hint) >= 0 && cbor_item_is_text(hint, "mc"))
                payload.operation = HYBRID_CREATE;

        *ret = payload;
        return 0;
}
