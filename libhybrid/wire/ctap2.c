/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/cbor-writer.h"
#include "base/macro.h"
#include "wire/ctap2.h"

static const struct {
        Ctap2Status status;
        const char *name;
} status_names[] = {
        { CTAP2_OK, "OK" },
        { CTAP2_ERR_INVALID_COMMAND, "INVALID_COMMAND" },
        { CTAP2_ERR_INVALID_PARAMETER, "INVALID_PARAMETER" },
        { CTAP2_ERR_INVALID_LENGTH, "INVALID_LENGTH" },
        { CTAP2_ERR_TIMEOUT, "TIMEOUT" },
        { CTAP2_ERR_CBOR_UNEXPECTED_TYPE, "CBOR_UNEXPECTED_TYPE" },
        { CTAP2_ERR_INVALID_CBOR, "INVALID_CBOR" },
        { CTAP2_ERR_MISSING_PARAMETER, "MISSING_PARAMETER" },
        { CTAP2_ERR_LIMIT_EXCEEDED, "LIMIT_EXCEEDED" },
        { CTAP2_ERR_UNSUPPORTED_EXTENSION, "UNSUPPORTED_EXTENSION" },
        { CTAP2_ERR_CREDENTIAL_EXCLUDED, "CREDENTIAL_EXCLUDED" },
        { CTAP2_ERR_PROCESSING, "PROCESSING" },
        { CTAP2_ERR_INVALID_CREDENTIAL, "INVALID_CREDENTIAL" },
        { CTAP2_ERR_UNSUPPORTED_ALGORITHM, "UNSUPPORTED_ALGORITHM" },
        { CTAP2_ERR_OPERATION_DENIED, "OPERATION_DENIED" },
        { CTAP2_ERR_KEY_STORE_FULL, "KEY_STORE_FULL" },
        { CTAP2_ERR_UNSUPPORTED_OPTION, "UNSUPPORTED_OPTION" },
        { CTAP2_ERR_INVALID_OPTION, "INVALID_OPTION" },
        { CTAP2_ERR_KEEPALIVE_CANCEL, "KEEPALIVE_CANCEL" },
        { CTAP2_ERR_NO_CREDENTIALS, "NO_CREDENTIALS" },
        { CTAP2_ERR_USER_ACTION_TIMEOUT, "USER_ACTION_TIMEOUT" },
        { CTAP2_ERR_NOT_ALLOWED, "NOT_ALLOWED" },
        { CTAP2_ERR_PIN_AUTH_INVALID, "PIN_AUTH_INVALID" },
        { CTAP2_ERR_PUAT_REQUIRED, "PUAT_REQUIRED" },
        { CTAP2_ERR_REQUEST_TOO_LARGE, "REQUEST_TOO_LARGE" },
        { CTAP2_ERR_ACTION_TIMEOUT, "ACTION_TIMEOUT" },
        { CTAP2_ERR_UP_REQUIRED, "UP_REQUIRED" },
        { CTAP2_ERR_UV_BLOCKED, "UV_BLOCKED" },
        { CTAP2_ERR_INTEGRITY_FAILURE, "INTEGRITY_FAILURE" },
        { CTAP2_ERR_UV_INVALID, "UV_INVALID" },
        { CTAP2_ERR_OTHER, "OTHER" },
};

const char *ctap2_status_name(uint8_t status) {
        for (size_t i = 0; i < ELEMENTSOF(status_names); i++)
                if (status_names[i].status == status)
                        return status_names[i].name;

        return "unknown";
}

void ctap2_write_item(ByteWriter *w, CborItem item) {
        byte_writer_append(w, item.data, item.n);
}

void ctap2_write_optional_item(ByteWriter *w, uint64_t key, CborItem item) {
        if (!item.data)
                return;
        cbor_write_uint(w, key);
        ctap2_write_item(w, item);
}

void ctap2_write_optional_uint(ByteWriter *w, uint64_t key, uint64_t value) {
        if (value == 0)
                return;
        cbor_write_uint(w, key);
        cbor_write_uint(w, value);
}

void ctap2_write_optional_text(ByteWriter *w, const char *name, Ctap2Text text) {
        if (!text.data)
                return;
        cbor_write_string(w, name);
        cbor_write_text(w, text.data, text.n);
}

/* What the readers below do once the member is found, or is not. */

static int bytes_of(CborItem item, int r, Ctap2Bytes *ret) {
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        return cbor_item_get_bytes(item, &ret->data, &ret->n);
}

static int text_of(CborItem item, int r, Ctap2Text *ret) {
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        return cbor_item_get_text(item, &ret->data, &ret->n);
}

static int item_of(CborItem item, int r, CborType type, CborItem *ret) {
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        if (cbor_item_type(item) != type)
                return -EBADMSG;
        *ret = item;
        return 0;
}

int ctap2_read_bytes(CborItem map, int64_t key, Ctap2Bytes *ret) {
        CborItem item = {};
        int r = cbor_item_map_get(map, key, &item);

        return bytes_of(item, r, ret);
}

int ctap2_read_uint(CborItem map, int64_t key, uint64_t *ret) {
        CborItem item;
        int r;

        r = cbor_item_map_get(map, key, &item);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        return cbor_item_get_uint(item, ret);
}

int ctap2_read_text_list(CborItem map, int64_t key, CborItem *ret) {
        CborItem list = {}, item;
        CborIterator it;

        if (ctap2_read_item(map, key, CBOR_ARRAY, &list) < 0)
                return -EBADMSG;
        if (!list.data)
                return 0;

        if (cbor_item_iterate(list, CBOR_ARRAY, &it) < 0)
                return -EBADMSG;
        while (cbor_item_next(&it, &item))
                if (cbor_item_type(item) != CBOR_TEXT)
                        return -EBADMSG;

        *ret = list;
        return 0;
}

int ctap2_read_text(CborItem map, int64_t key, Ctap2Text *ret) {
        CborItem item = {};
        int r = cbor_item_map_get(map, key, &item);

        return text_of(item, r, ret);
}

int ctap2_read_item(CborItem map, int64_t key, CborType type, CborItem *ret) {
        CborItem item = {};
        int r = cbor_item_map_get(map, key, &item);

        return item_of(item, r, type, ret);
}

int ctap2_read_named_bytes(CborItem map, const char *name, Ctap2Bytes *ret) {
        CborItem item = {};
        int r = cbor_item_map_get_text(map, name, &item);

        return bytes_of(item, r, ret);
}

int ctap2_read_named_text(CborItem map, const char *name, Ctap2Text *ret) {
        CborItem item = {};
        int r = cbor_item_map_get_text(map, name, &item);

        return text_of(item, r, ret);
}

int ctap2_read_named_item(CborItem map, const char *name, CborType type, CborItem *ret) {
        CborItem item = {};
        int r = cbor_item_map_get_text(map, name, &item);

        return item_of(item, r, type, ret);
}

bool ctap2_options_present(const Ctap2Options *options) {
        return options->ep || options->rk || options->up || options->uv;
}

static void write_option(ByteWriter *w, const char *name, Ctap2Option option) {
        if (option == CTAP2_OPTION_ABSENT)
                return;
        cbor_write_string(w, name);
        cbor_write_bool(w, option == CTAP2_OPTION_TRUE);
}

void ctap2_options_encode(const Ctap2Options *options, ByteWriter *w) {
        cbor_write_map(w, (size_t) !!options->ep + !!options->rk + !!options->up + !!options->uv);
        write_option(w, "ep", options->ep);
        write_option(w, "rk", options->rk);
        write_option(w, "up", options->up);
        write_option(w, "uv", options->uv);
}

static int read_option(CborItem map, const char *name, Ctap2Option *ret) {
        CborItem item;
        bool flag;
        int r;

        r = cbor_item_map_get_text(map, name, &item);
        if (r == -ENOENT)
                return 0;
        if (r < 0 || cbor_item_get_bool(item, &flag) < 0)
                return -EBADMSG;

        *ret = flag ? CTAP2_OPTION_TRUE : CTAP2_OPTION_FALSE;
        return 0;
}

int ctap2_options_decode(CborItem item, Ctap2Options *ret) {
        Ctap2Options options = {};

        if (read_option(item, "ep", &options.ep) < 0 || read_option(item, "rk", &options.rk) < 0 ||
            read_option(item, "up", &options.up) < 0 || read_option(item, "uv", &options.uv) < 0)
                return -EBADMSG;

        *ret = options;
        return 0;
}

void ctap2_descriptor_encode(const Ctap2Descriptor *descriptor, ByteWriter *w) {
        cbor_write_map(w, descriptor->transports.data ? 3 : 2);
        cbor_write_string(w, "id");
        cbor_write_bytes(w, descriptor->id.data, descriptor->id.n);
        cbor_write_string(w, "type");
        cbor_write_text(w, descriptor->type.data, descriptor->type.n);
        if (descriptor->transports.data) {
                cbor_write_string(w, "transports");
                ctap2_write_item(w, descriptor->transports);
        }
}

int ctap2_descriptor_decode(CborItem item, Ctap2Descriptor *ret) {
        Ctap2Descriptor descriptor = {};

        if (ctap2_read_named_bytes(item, "id", &descriptor.id) < 0 ||
            ctap2_read_named_text(item, "type", &descriptor.type) < 0 ||
            ctap2_read_named_item(item, "transports", CBOR_ARRAY, &descriptor.transports) < 0)
                return -EBADMSG;
        if (!descriptor.id.data || !descriptor.type.data)
                return -EBADMSG;

        *ret = descriptor;
        return 0;
}

int ctap2_descriptors_check(CborItem list) {
        Ctap2Descriptor descriptor;
        CborIterator it;
        CborItem item;

        if (cbor_item_iterate(list, CBOR_ARRAY, &it) < 0)
                return -EBADMSG;

        while (cbor_item_next(&it, &item))
                if (ctap2_descriptor_decode(item, &descriptor) < 0)
                        return -EBADMSG;

        return 0;
}

bool ctap2_descriptors_contain(CborItem list, Ctap2Bytes id) {
        Ctap2Descriptor descriptor;
        CborIterator it;
        CborItem item;

        if (cbor_item_iterate(list, CBOR_ARRAY, &it) < 0)
                return false;

        while (cbor_item_next(&it, &item))
                if (ctap2_descriptor_decode(item, &descriptor) >= 0 && descriptor.id.n == id.n &&
                    memcmp(descriptor.id.data, id.data, id.n) == 0)
                        return true;

        return false;
}

void ctap2_parameters_encode(const Ctap2Parameters *parameters, ByteWriter *w) {
        cbor_write_map(w, 2);
        cbor_write_string(w, "alg");
        cbor_write_int(w, parameters->algorithm);
        cbor_write_string(w, "type");
        cbor_write_text(w, parameters->type.data, parameters->type.n);
}

int ctap2_parameters_decode(CborItem item, Ctap2Parameters *ret) {
        Ctap2Parameters parameters = {};
        CborItem algorithm;

        if (cbor_item_map_get_text(item, "alg", &algorithm) < 0 ||
            cbor_item_get_int(algorithm, &parameters.algorithm) < 0)
                return -EBADMSG;
        if (ctap2_read_named_text(item, "type", &parameters.type) < 0 || !parameters.type.data)
                return -EBADMSG;

        *ret = parameters;
        return 0;
}

int ctap2_parameters_check_list(CborItem list) {
        Ctap2Parameters parameters;
        CborIterator it;
        CborItem item;

        if (cbor_item_iterate(list, CBOR_ARRAY, &it) < 0)
                return -EBADMSG;

        while (cbor_item_next(&it, &item))
                if (ctap2_parameters_decode(item, &parameters) < 0)
                        return -EBADMSG;

        return 0;
}

static bool is_public_key(Ctap2Text type) {
        static const char name[] = "public-key";

        return type.n == strlen(name) && memcmp(type.data, name, type.n) == 0;
}

bool ctap2_parameters_contain(CborItem list, int64_t algorithm) {
        Ctap2Parameters parameters;
        CborIterator it;
        CborItem item;

        if (cbor_item_iterate(list, CBOR_ARRAY, &it) < 0)
                return false;

        while (cbor_item_next(&it, &item))
                if (ctap2_parameters_decode(item, &parameters) >= 0 &&
                    parameters.algorithm == algorithm && is_public_key(parameters.type))
                        return true;

        return false;
}
