/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/cbor-writer.h"
#include "wire/ctap2-get-assertion.h"

/* Keys of the request. 6 and 7, a PIN token, do not exist on this transport. */
enum {
        KEY_RP_ID = 1,
        KEY_CLIENT_DATA_HASH = 2,
        KEY_ALLOW_LIST = 3,
        KEY_EXTENSIONS = 4,
        KEY_OPTIONS = 5,
};

/* Keys of the reply. */
enum {
        REPLY_CREDENTIAL = 1,
        REPLY_AUTH_DATA = 2,
        REPLY_SIGNATURE = 3,
        REPLY_USER = 4,
        REPLY_USER_SELECTED = 6,
        REPLY_UNSIGNED_EXTENSIONS = 8,
};

void ctap2_get_assertion_encode(const Ctap2GetAssertion *request, ByteWriter *w) {
        bool has_options = ctap2_options_present(&request->options);

        byte_writer_append_u8(w, CTAP2_COMMAND_GET_ASSERTION);
        cbor_write_map(w,
                       2u + !!request->allow_list.data + !!request->extensions.data + has_options);
        cbor_write_uint(w, KEY_RP_ID);
        cbor_write_text(w, request->rp_id.data, request->rp_id.n);
        cbor_write_uint(w, KEY_CLIENT_DATA_HASH);
        cbor_write_bytes(w, request->client_data_hash, sizeof(request->client_data_hash));
        ctap2_write_optional_item(w, KEY_ALLOW_LIST, request->allow_list);
        ctap2_write_optional_item(w, KEY_EXTENSIONS, request->extensions);
        if (has_options) {
                cbor_write_uint(w, KEY_OPTIONS);
                ctap2_options_encode(&request->options, w);
        }
}

static int read_required(CborItem map, Ctap2GetAssertion *request) {
        CborItem hash;

        if (ctap2_read_text(map, KEY_RP_ID, &request->rp_id) < 0 || !request->rp_id.data)
                return -EBADMSG;
        if (cbor_item_map_get(map, KEY_CLIENT_DATA_HASH, &hash) < 0)
                return -EBADMSG;
        return cbor_item_get_bytes_exact(hash, request->client_data_hash, SHA256_SIZE);
}

static int read_optional(CborItem map, Ctap2GetAssertion *request) {
        CborItem options = {};

        if (ctap2_read_item(map, KEY_ALLOW_LIST, CBOR_ARRAY, &request->allow_list) < 0 ||
            ctap2_read_item(map, KEY_EXTENSIONS, CBOR_MAP, &request->extensions) < 0 ||
            ctap2_read_item(map, KEY_OPTIONS, CBOR_MAP, &options) < 0)
                return -EBADMSG;
        if (request->allow_list.data && ctap2_descriptors_check(request->allow_list) < 0)
                return -EBADMSG;
        if (options.data)
                return ctap2_options_decode(options, &request->options);
        return 0;
}

int ctap2_get_assertion_decode(const uint8_t *message, size_t n, Ctap2GetAssertion *ret) {
        Ctap2GetAssertion request = {};
        CborItem map;

        if (n == 0 || message[0] != CTAP2_COMMAND_GET_ASSERTION ||
            cbor_item_parse(message + 1, n - 1, CTAP2_REQUEST_DEPTH_MAX, 0, &map) < 0)
                return -EBADMSG;
        if (read_required(map, &request) < 0 || read_optional(map, &request) < 0)
                return -EBADMSG;

        *ret = request;
        return 0;
}

static void write_user(ByteWriter *w, const Ctap2GetAssertionReply *reply) {
        cbor_write_map(w, 1u + !!reply->user_name.data + !!reply->user_display_name.data);
        cbor_write_string(w, "id");
        cbor_write_bytes(w, reply->user_id.data, reply->user_id.n);
        ctap2_write_optional_text(w, "name", reply->user_name);
        ctap2_write_optional_text(w, "displayName", reply->user_display_name);
}

void ctap2_get_assertion_reply_encode(const Ctap2GetAssertionReply *reply, ByteWriter *w) {
        byte_writer_append_u8(w, CTAP2_OK);
        cbor_write_map(w, 2u + !!reply->credential.id.data + !!reply->user_id.data +
                                  reply->user_selected + !!reply->unsigned_extensions.data);
        if (reply->credential.id.data) {
                cbor_write_uint(w, REPLY_CREDENTIAL);
                ctap2_descriptor_encode(&reply->credential, w);
        }
        cbor_write_uint(w, REPLY_AUTH_DATA);
        cbor_write_bytes(w, reply->auth_data.data, reply->auth_data.n);
        cbor_write_uint(w, REPLY_SIGNATURE);
        cbor_write_bytes(w, reply->signature.data, reply->signature.n);
        if (reply->user_id.data) {
                cbor_write_uint(w, REPLY_USER);
                write_user(w, reply);
        }
        if (reply->user_selected) {
                cbor_write_uint(w, REPLY_USER_SELECTED);
                cbor_write_bool(w, true);
        }
        ctap2_write_optional_item(w, REPLY_UNSIGNED_EXTENSIONS, reply->unsigned_extensions);
}

static int read_credential(CborItem map, Ctap2GetAssertionReply *reply) {
        CborItem item;
        int r;

        r = cbor_item_map_get(map, REPLY_CREDENTIAL, &item);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return ctap2_descriptor_decode(item, &reply->credential);
}

static int read_user(CborItem map, Ctap2GetAssertionReply *reply) {
        CborItem user = {};

        if (ctap2_read_item(map, REPLY_USER, CBOR_MAP, &user) < 0)
                return -EBADMSG;
        if (!user.data)
                return 0;
        if (ctap2_read_named_bytes(user, "id", &reply->user_id) < 0 ||
            ctap2_read_named_text(user, "name", &reply->user_name) < 0 ||
            ctap2_read_named_text(user, "displayName", &reply->user_display_name) < 0 ||
            !reply->user_id.data)
                return -EBADMSG;
        return 0;
}

static int read_user_selected(CborItem map, bool *ret) {
        CborItem item;
        int r;

        r = cbor_item_map_get(map, REPLY_USER_SELECTED, &item);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return cbor_item_get_bool(item, ret);
}

int ctap2_get_assertion_reply_decode(const uint8_t *message, size_t n,
                                     Ctap2GetAssertionReply *ret) {
        Ctap2GetAssertionReply reply = {};
        CborItem map;

        if (n == 0 || message[0] != CTAP2_OK ||
            cbor_item_parse(message + 1, n - 1, CTAP2_REPLY_DEPTH_MAX, 0, &map) < 0)
                return -EBADMSG;
        if (ctap2_read_bytes(map, REPLY_AUTH_DATA, &reply.auth_data) < 0 ||
            ctap2_read_bytes(map, REPLY_SIGNATURE, &reply.signature) < 0 ||
            ctap2_read_item(map, REPLY_UNSIGNED_EXTENSIONS, CBOR_MAP, &reply.unsigned_extensions) <
                    0)
                return -EBADMSG;
        if (read_credential(map, &reply) < 0 || read_user(map, &reply) < 0 ||
            read_user_selected(map, &reply.user_selected) < 0)
                return -EBADMSG;
        if (!reply.auth_data.data || !reply.signature.data)
                return -EBADMSG;

        *ret = reply;
        return 0;
}
