/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/cbor-writer.h"
#include "wire/ctap2-get-info.h"

/* Keys of the map. */
enum {
        KEY_VERSIONS = 1,
        KEY_EXTENSIONS = 2,
        KEY_AAGUID = 3,
        KEY_OPTIONS = 4,
        KEY_CREDENTIALS_MAX = 7,
        KEY_CREDENTIAL_SIZE_MAX = 8,
        KEY_TRANSPORTS = 9,
        KEY_ATTESTATION_FORMATS = 0x16,
};

void ctap2_get_info_encode(const Ctap2GetInfo *info, ByteWriter *w) {
        bool has_options = ctap2_options_present(&info->options);

        cbor_write_map(w, 1u + !!info->extensions.data + info->has_aaguid + has_options +
                                  !!info->n_credentials_max + !!info->credential_size_max +
                                  !!info->transports.data + !!info->attestation_formats.data);
        cbor_write_uint(w, KEY_VERSIONS);
        ctap2_write_item(w, info->versions);
        ctap2_write_optional_item(w, KEY_EXTENSIONS, info->extensions);
        if (info->has_aaguid) {
                cbor_write_uint(w, KEY_AAGUID);
                cbor_write_bytes(w, info->aaguid, sizeof(info->aaguid));
        }
        if (has_options) {
                cbor_write_uint(w, KEY_OPTIONS);
                ctap2_options_encode(&info->options, w);
        }
        ctap2_write_optional_uint(w, KEY_CREDENTIALS_MAX, info->n_credentials_max);
        ctap2_write_optional_uint(w, KEY_CREDENTIAL_SIZE_MAX, info->credential_size_max);
        ctap2_write_optional_item(w, KEY_TRANSPORTS, info->transports);
        ctap2_write_optional_item(w, KEY_ATTESTATION_FORMATS, info->attestation_formats);
}

static int read_aaguid(CborItem map, Ctap2GetInfo *info) {
        CborItem item;
        int r;

        r = cbor_item_map_get(map, KEY_AAGUID, &item);
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        info->has_aaguid = true;
        return cbor_item_get_bytes_exact(item, info->aaguid, sizeof(info->aaguid));
}

static int read_limits(CborItem map, Ctap2GetInfo *info) {
        if (ctap2_read_uint(map, KEY_CREDENTIALS_MAX, &info->n_credentials_max) < 0 ||
            ctap2_read_uint(map, KEY_CREDENTIAL_SIZE_MAX, &info->credential_size_max) < 0)
                return -EBADMSG;
        return 0;
}

int ctap2_get_info_decode(const uint8_t *cbor, size_t n, Ctap2GetInfo *ret) {
        Ctap2GetInfo info = {};
        CborItem map, options = {};

        if (cbor_item_parse(cbor, n, CTAP2_REPLY_DEPTH_MAX, 0, &map) < 0 ||
            ctap2_read_text_list(map, KEY_VERSIONS, &info.versions) < 0 || !info.versions.data)
                return -EBADMSG;
        if (ctap2_read_text_list(map, KEY_EXTENSIONS, &info.extensions) < 0 ||
            ctap2_read_text_list(map, KEY_TRANSPORTS, &info.transports) < 0 ||
            ctap2_read_text_list(map, KEY_ATTESTATION_FORMATS, &info.attestation_formats) < 0 ||
            read_aaguid(map, &info) < 0 || read_limits(map, &info) < 0 ||
            ctap2_read_item(map, KEY_OPTIONS, CBOR_MAP, &options) < 0)
                return -EBADMSG;
        if (options.data && ctap2_options_decode(options, &info.options) < 0)
                return -EBADMSG;

        *ret = info;
        return 0;
}

bool ctap2_text_list_contains(CborItem list, const char *text) {
        CborIterator it;
        CborItem item;

        if (!list.data || cbor_item_iterate(list, CBOR_ARRAY, &it) < 0)
                return false;

        while (cbor_item_next(&it, &item))
                if (cbor_item_is_text(item, text))
                        return true;

        return false;
}

bool ctap2_get_info_has_extension(const Ctap2GetInfo *info, const char *name) {
        return ctap2_text_list_contains(info->extensions, name);
}

void ctap2_text_list_encode(const char *const texts[], size_t n_texts, ByteWriter *w) {
        cbor_write_array(w, n_texts);
        for (size_t i = 0; i < n_texts; i++)
                cbor_write_string(w, texts[i]);
}
