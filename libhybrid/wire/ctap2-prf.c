/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/cbor-writer.h"
#include "base/secret.h"
#include "wire/ctap2-prf.h"

void ctap2_prf_values_encode(const Ctap2PrfValues *values, ByteWriter *w) {
        cbor_write_map(w, values->has_second ? 2 : 1);
        cbor_write_string(w, "first");
        cbor_write_bytes(w, values->first, sizeof(values->first));
        if (values->has_second) {
                cbor_write_string(w, "second");
                cbor_write_bytes(w, values->second, sizeof(values->second));
        }
}

int ctap2_prf_values_decode(CborItem item, Ctap2PrfValues *ret) {
        Ctap2PrfValues values = {};
        CLEANUP_ERASE(values);
        CborItem value;
        int r;

        if (cbor_item_map_get_text(item, "first", &value) < 0 ||
            cbor_item_get_bytes_exact(value, values.first, sizeof(values.first)) < 0)
                return -EBADMSG;

        r = cbor_item_map_get_text(item, "second", &value);
        if (r >= 0) {
                if (cbor_item_get_bytes_exact(value, values.second, sizeof(values.second)) < 0)
                        return -EBADMSG;
                values.has_second = true;
        } else if (r != -ENOENT)
                return r;

        *ret = values;
        return 0;
}

void ctap2_prf_input_encode(const Ctap2PrfInput *input, ByteWriter *w) {
        cbor_write_map(w, (size_t) !!input->eval.data + !!input->eval_by_credential.data);
        if (input->eval.data) {
                cbor_write_string(w, "eval");
                ctap2_write_item(w, input->eval);
        }
        if (input->eval_by_credential.data) {
                cbor_write_string(w, "evalByCredential");
                ctap2_write_item(w, input->eval_by_credential);
        }
}

int ctap2_prf_input_decode(CborItem item, Ctap2PrfInput *ret) {
        Ctap2PrfInput input = {};

        if (ctap2_read_named_item(item, "eval", CBOR_MAP, &input.eval) < 0 ||
            ctap2_read_named_item(item, "evalByCredential", CBOR_MAP, &input.eval_by_credential) <
                    0)
                return -EBADMSG;

        *ret = input;
        return 0;
}

static bool bytes_equal(CborItem item, Ctap2Bytes bytes) {
        const uint8_t *data;
        size_t n;

        return cbor_item_get_bytes(item, &data, &n) >= 0 && n == bytes.n &&
               memcmp(data, bytes.data, n) == 0;
}

int ctap2_prf_input_find(const Ctap2PrfInput *input, Ctap2Bytes credential_id,
                         Ctap2PrfValues *ret) {
        CborItem id, values;
        CborIterator it;

        if (input->eval_by_credential.data) {
                if (cbor_item_iterate(input->eval_by_credential, CBOR_MAP, &it) < 0)
                        return -EBADMSG;
                while (cbor_item_next(&it, &id) && cbor_item_next(&it, &values))
                        if (bytes_equal(id, credential_id))
                                return ctap2_prf_values_decode(values, ret);
        }

        if (!input->eval.data)
                return -ENOENT;
        return ctap2_prf_values_decode(input->eval, ret);
}

void ctap2_prf_output_encode(const Ctap2PrfOutput *output, ByteWriter *w) {
        cbor_write_map(w, (size_t)output->has_enabled + output->has_results);
        if (output->has_enabled) {
                cbor_write_string(w, "enabled");
                cbor_write_bool(w, output->enabled);
        }
        if (output->has_results) {
                cbor_write_string(w, "results");
                ctap2_prf_values_encode(&output->results, w);
        }
}

int ctap2_prf_output_decode(CborItem item, Ctap2PrfOutput *ret) {
        Ctap2PrfOutput output = {};
        CLEANUP_ERASE(output);
        CborItem results = {}, enabled;
        int r;

        r = cbor_item_map_get_text(item, "enabled", &enabled);
        if (r >= 0) {
                if (cbor_item_get_bool(enabled, &output.enabled) < 0)
                        return -EBADMSG;
                output.has_enabled = true;
        } else if (r != -ENOENT)
                return r;

        if (ctap2_read_named_item(item, "results", CBOR_MAP, &results) < 0)
                return -EBADMSG;
        if (results.data) {
                if (ctap2_prf_values_decode(results, &output.results) < 0)
                        return -EBADMSG;
                output.has_results = true;
        }

        *ret = output;
        return 0;
}
