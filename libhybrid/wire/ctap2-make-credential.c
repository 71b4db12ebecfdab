/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/cbor-writer.h"
#include "wire/ctap2-make-credential.h"

/* Keys of the request. 8 and 9, a PIN token, do not exist on this transport. */
enum {
        KEY_CLIENT_DATA_HASH = 1,
        KEY_RP = 2,
        KEY_USER = 3,
        KEY_PARAMETERS = 4,
        KEY_EXCLUDE_LIST = 5,
        KEY_EXTENSIONS = 6,
        KEY_OPTIONS = 7,
        KEY_ENTERPRISE_ATTESTATION = 0x0a,
        KEY_ATTESTATION_FORMATS = 0x0b,
};

/* Keys of the reply. */
enum {
        REPLY_FMT = 1,
        REPLY_AUTH_DATA = 2,
        REPLY_ATT_STMT = 3,
        REPLY_UNSIGNED_EXTENSIONS = 6,
};

static void write_rp(ByteWriter *w, const Ctap2MakeCredential *request) {
        cbor_write_map(w, (size_t) !!request->rp_id.data + !!request->rp_name.data);
        ctap2_write_optional_text(w, "id", request->rp_id);
        ctap2_write_optional_text(w, "name", request->rp_name);
}

static void write_user(ByteWriter *w, const Ctap2MakeCredential *request) {
        cbor_write_map(w, 1u + !!request->user_name.data + !!request->user_display_name.data);
        cbor_write_string(w, "id");
        cbor_write_bytes(w, request->user_id.data, request->user_id.n);
        ctap2_write_optional_text(w, "name", request->user_name);
        ctap2_write_optional_text(w, "displayName", request->user_display_name);
}

void ctap2_make_credential_encode(const Ctap2MakeCredential *request, ByteWriter *w) {
        bool has_options = ctap2_options_present(&request->options);

        byte_writer_append_u8(w, CTAP2_COMMAND_MAKE_CREDENTIAL);
        cbor_write_map(w, 4u + !!request->exclude_list.data + !!request->extensions.data +
                                  has_options + !!request->enterprise_attestation +
                                  !!request->attestation_formats.data);
        cbor_write_uint(w, KEY_CLIENT_DATA_HASH);
        cbor_write_bytes(w, request->client_data_hash, sizeof(request->client_data_hash));
        cbor_write_uint(w, KEY_RP);
        write_rp(w, request);
        cbor_write_uint(w, KEY_USER);
        write_user(w, request);
        ctap2_write_optional_item(w, KEY_PARAMETERS, request->parameters);
        ctap2_write_optional_item(w, KEY_EXCLUDE_LIST, request->exclude_list);
        ctap2_write_optional_item(w, KEY_EXTENSIONS, request->extensions);
        if (has_options) {
                cbor_write_uint(w, KEY_OPTIONS);
                ctap2_options_encode(&request->options, w);
        }
        ctap2_write_optional_uint(w, KEY_ENTERPRISE_ATTESTATION, request->enterprise_attestation);
        ctap2_write_optional_item(w, KEY_ATTESTATION_FORMATS, request->attestation_formats);
}

static int read_hash(CborItem map, uint8_t ret[static SHA256_SIZE]) {
        CborItem item;

        if (cbor_item_map_get(map, KEY_CLIENT_DATA_HASH, &item) < 0)
                return -EBADMSG;
        return cbor_item_get_bytes_exact(item, ret, SHA256_SIZE);
}

static int read_rp(CborItem map, Ctap2MakeCredential *request) {
        CborItem rp;

        if (cbor_item_map_get(map, KEY_RP, &rp) < 0 ||
            ctap2_read_named_text(rp, "id", &request->rp_id) < 0 ||
            ctap2_read_named_text(rp, "name", &request->rp_name) < 0 || !request->rp_id.data)
                return -EBADMSG;
        return 0;
}

static int read_user(CborItem map, Ctap2MakeCredential *request) {
        CborItem user;

        if (cbor_item_map_get(map, KEY_USER, &user) < 0 ||
            ctap2_read_named_bytes(user, "id", &request->user_id) < 0 ||
            ctap2_read_named_text(user, "name", &request->user_name) < 0 ||
            ctap2_read_named_text(user, "displayName", &request->user_display_name) < 0 ||
            !request->user_id.data)
                return -EBADMSG;
        return 0;
}

static int read_lists(CborItem map, Ctap2MakeCredential *request) {
        if (ctap2_read_item(map, KEY_PARAMETERS, CBOR_ARRAY, &request->parameters) < 0 ||
            ctap2_parameters_check_list(request->parameters) < 0)
                return -EBADMSG;
        if (ctap2_read_item(map, KEY_EXCLUDE_LIST, CBOR_ARRAY, &request->exclude_list) < 0)
                return -EBADMSG;
        if (request->exclude_list.data && ctap2_descriptors_check(request->exclude_list) < 0)
                return -EBADMSG;
        return 0;
}

static int read_extras(CborItem map, Ctap2MakeCredential *request) {
        CborItem options = {};

        if (ctap2_read_item(map, KEY_EXTENSIONS, CBOR_MAP, &request->extensions) < 0 ||
            ctap2_read_item(map, KEY_OPTIONS, CBOR_MAP, &options) < 0 ||
            ctap2_read_uint(map, KEY_ENTERPRISE_ATTESTATION, &request->enterprise_attestation) <
                    0 ||
            ctap2_read_text_list(map, KEY_ATTESTATION_FORMATS, &request->attestation_formats) < 0)
                return -EBADMSG;
        if (options.data)
                return ctap2_options_decode(options, &request->options);
        return 0;
}

int ctap2_make_credential_decode(const uint8_t *message, size_t n, Ctap2MakeCredential *ret) {
        Ctap2MakeCredential request = {};
        CborItem map;

        if (n == 0 || message[0] != CTAP2_COMMAND_MAKE_CREDENTIAL ||
            cbor_item_parse(message + 1, n - 1, CTAP2_REQUEST_DEPTH_MAX, 0, &map) < 0)
                return -EBADMSG;
        if (read_hash(map, request.client_data_hash) < 0 || read_rp(map, &request) < 0 ||
            read_user(map, &request) < 0 || read_lists(map, &request) < 0 ||
            read_extras(map, &request) < 0)
                return -EBADMSG;

        *ret = request;
        return 0;
}

void ctap2_make_credential_reply_encode(const Ctap2MakeCredentialReply *reply, ByteWriter *w) {
        byte_writer_append_u8(w, CTAP2_OK);
        cbor_write_map(w, 3u + !!reply->unsigned_extensions.data);
        cbor_write_uint(w, REPLY_FMT);
        cbor_write_text(w, reply->fmt.data, reply->fmt.n);
        cbor_write_uint(w, REPLY_AUTH_DATA);
        cbor_write_bytes(w, reply->auth_data.data, reply->auth_data.n);
        cbor_write_uint(w, REPLY_ATT_STMT);
        ctap2_write_item(w, reply->att_stmt);
        ctap2_write_optional_item(w, REPLY_UNSIGNED_EXTENSIONS, reply->unsigned_extensions);
}

int ctap2_make_credential_reply_decode(const uint8_t *message, size_t n,
                                       Ctap2MakeCredentialReply *ret) {
        Ctap2MakeCredentialReply reply = {};
        CborItem map;

        if (n == 0 || message[0] != CTAP2_OK ||
            cbor_item_parse(message + 1, n - 1, CTAP2_ATTESTATION_DEPTH_MAX, 0, &map) < 0)
                return -EBADMSG;
        if (ctap2_read_text(map, REPLY_FMT, &reply.fmt) < 0 ||
            ctap2_read_bytes(map, REPLY_AUTH_DATA, &reply.auth_data) < 0 ||
            ctap2_read_item(map, REPLY_ATT_STMT, CBOR_MAP, &reply.att_stmt) < 0 ||
            ctap2_read_item(map, REPLY_UNSIGNED_EXTENSIONS, CBOR_MAP, &reply.unsigned_extensions) <
                    0)
                return -EBADMSG;
        if (!reply.fmt.data || !reply.auth_data.data || !reply.att_stmt.data)
                return -EBADMSG;

        *ret = reply;
        return 0;
}
