/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "wire/auth-data.h"

/* A COSE key is flat; extension outputs of phones are, too. */
#define DEPTH_MAX 4

/* What is still to be read. */
typedef struct Rest {
        const uint8_t *data;
        size_t n;
} Rest;

static void write_attested(const AuthData *auth_data, ByteWriter *w) {
        size_t n = auth_data->credential_id.n;

        byte_writer_append(w, auth_data->aaguid, sizeof(auth_data->aaguid));
        byte_writer_append_u8(w, (uint8_t)(n >> 8));
        byte_writer_append_u8(w, (uint8_t)n);
        byte_writer_append(w, auth_data->credential_id.data, n);
        ctap2_write_item(w, auth_data->public_key);
}

void auth_data_encode(const AuthData *auth_data, ByteWriter *w) {
        uint8_t counter[4];

        put_be32(counter, auth_data->counter);
        byte_writer_append(w, auth_data->rp_id_hash, sizeof(auth_data->rp_id_hash));
        byte_writer_append_u8(w, auth_data->flags);
        byte_writer_append(w, counter, sizeof(counter));
        if (auth_data->flags & AUTH_DATA_AT)
                write_attested(auth_data, w);
        if (auth_data->flags & AUTH_DATA_ED)
                ctap2_write_item(w, auth_data->extensions);
}

static int take(Rest *rest, size_t n, const uint8_t **ret) {
        if (n > rest->n)
                return -EBADMSG;

        *ret = rest->data;
        rest->data += n;
        rest->n -= n;
        return 0;
}

static int take_map(Rest *rest, CborItem *ret) {
        CborItem item;

        if (cbor_item_parse_prefix(rest->data, rest->n, DEPTH_MAX, 0, &item) < 0 ||
            cbor_item_type(item) != CBOR_MAP)
                return -EBADMSG;

        rest->data += item.n;
        rest->n -= item.n;
        *ret = item;
        return 0;
}

static int take_head(Rest *rest, AuthData *auth_data) {
        const uint8_t *p;

        if (take(rest, SHA256_SIZE + 1 + 4, &p) < 0)
                return -EBADMSG;

        memcpy(auth_data->rp_id_hash, p, SHA256_SIZE);
        p += SHA256_SIZE;
        auth_data->flags = *p++;
        auth_data->counter =
                (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        return 0;
}

static int take_attested(Rest *rest, AuthData *auth_data) {
        const uint8_t *aaguid, *length;
        size_t n;

        if (take(rest, sizeof(auth_data->aaguid), &aaguid) < 0 || take(rest, 2, &length) < 0)
                return -EBADMSG;
        memcpy(auth_data->aaguid, aaguid, sizeof(auth_data->aaguid));

        n = (size_t)length[0] << 8 | length[1];
        if (n == 0 || n > CTAP2_CREDENTIAL_ID_SIZE_MAX ||
            take(rest, n, &auth_data->credential_id.data) < 0)
                return -EBADMSG;
        auth_data->credential_id.n = n;

        return take_map(rest, &auth_data->public_key);
}

int auth_data_decode(const uint8_t *data, size_t n, AuthData *ret) {
        Rest rest = { .data = data, .n = n };
        AuthData auth_data = {};

        if (take_head(&rest, &auth_data) < 0)
                return -EBADMSG;
        if (auth_data.flags & AUTH_DATA_AT && take_attested(&rest, &auth_data) < 0)
                return -EBADMSG;
        if (auth_data.flags & AUTH_DATA_ED && take_map(&rest, &auth_data.extensions) < 0)
                return -EBADMSG;
        if (rest.n > 0)
                return -EBADMSG;

        *ret = auth_data;
        return 0;
}
