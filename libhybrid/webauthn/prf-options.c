/* SPDX-License-Identifier: MIT */

/*
 * The extension "prf" of a request (WebAuthn Level 3 section 10.1.4) and its form for the phone.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cbor-writer.h"
#include "base/secret.h"
#include "webauthn/json-member.h"
#include "webauthn/options.h"
#include "webauthn/refuse.h"
#include "wire/ctap2-prf.h"

/* The inputs for one credential. */
typedef struct PrfEntry {
        Blob id;
        bool allowed; /* the credential is in the request's list */
        Ctap2PrfValues values;
} PrfEntry;

typedef struct PrfOptions {
        bool has_eval;
        Ctap2PrfValues eval;
        PrfEntry *entries; /* owned, in canonical order of their ids */
        size_t n_entries;
} PrfOptions;

static void prf_options_done(PrfOptions *options) {
        for (size_t i = 0; i < options->n_entries; i++)
                blob_done(&options->entries[i].id);
        secret_free(options->entries, options->n_entries * sizeof(options->entries[0]));
        secret_erase(options, sizeof(*options));
}

/* The context string separates these from any other use of the same PRF. */
static int read_hashed(const json_t *object, const char *name,
                       uint8_t ret[static CTAP2_PRF_VALUE_SIZE]) {
        static const char prefix[] = "WebAuthn PRF"; /* hashed with its NUL */
        _blob_ input = {};
        int r;

        r = json_member_bytes(object, name, &input);
        if (r < 0)
                return r;

        sha256_of_two(prefix, sizeof(prefix), input.data, input.n, ret);
        return 0;
}

/* AuthenticationExtensionsPRFValuesJSON */
static int read_values(const json_t *object, Ctap2PrfValues *ret) {
        int r;

        if (!json_is_object(object))
                return -EBADMSG;

        r = read_hashed(object, "first", ret->first);
        if (r < 0)
                return r == -ENOENT ? -EBADMSG : r;
        r = read_hashed(object, "second", ret->second);
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        ret->has_second = true;
        return 0;
}

static int read_eval(const json_t *prf, PrfOptions *options) {
        json_t *eval;
        int r;

        r = json_member(prf, "eval", JSON_OBJECT, &eval);
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        options->has_eval = true;
        return read_values(eval, &options->eval);
}

/* CTAP2's order of byte strings as keys: shorter ones first, then by their bytes. */
static int compare_entries(const void *a, const void *b) {
        const PrfEntry *x = a, *y = b;

        if (x->id.n != y->id.n)
                return x->id.n < y->id.n ? -1 : 1;
        return memcmp(x->id.data, y->id.data, x->id.n);
}

/* A key that cannot be one is not malformed JSON: -EILSEQ. */
static int read_entry(const char *name, const json_t *value, PrfEntry *ret) {
        int r;

        r = json_decode_bytes(name, strlen(name), &ret->id);
        if (r == -EBADMSG || (r == 0 && ret->id.n == 0))
                return -EILSEQ;
        if (r < 0)
                return r;
        return read_values(value, &ret->values);
}

static void allow_entry(PrfOptions *options, Ctap2Bytes id) {
        const PrfEntry key = { .id = { .data = (uint8_t *)id.data, .n = id.n } };
        PrfEntry *entry;

        entry = bsearch(&key, options->entries, options->n_entries, sizeof(key), compare_entries);
        if (entry)
                entry->allowed = true;
}

/* Each entry must be for a credential of the list. Both may be long, so the sorted one is searched. */
static int check_allowed(CborItem list, PrfOptions *options) {
        Ctap2Descriptor descriptor;
        CborIterator it;
        CborItem item;

        if (cbor_item_iterate(list, CBOR_ARRAY, &it) < 0)
                return -EBADMSG;
        while (cbor_item_next(&it, &item))
                if (ctap2_descriptor_decode(item, &descriptor) >= 0)
                        allow_entry(options, descriptor.id);

        for (size_t i = 0; i < options->n_entries; i++)
                if (!options->entries[i].allowed)
                        return -EILSEQ;

        return 0;
}

static int read_entries(json_t *object, CborItem allowed, PrfOptions *options) {
        const char *name;
        json_t *value;
        int r;

        if (json_object_size(object) == 0)
                return 0;
        options->entries = calloc(json_object_size(object), sizeof(PrfEntry));
        if (!options->entries)
                return -ENOMEM;

        json_object_foreach(object, name, value) {
                r = read_entry(name, value, &options->entries[options->n_entries++]);
                if (r < 0)
                        return r;
        }

        qsort(options->entries, options->n_entries, sizeof(PrfEntry), compare_entries);
        return check_allowed(allowed, options);
}

static void write_prf(const void *userdata, ByteWriter *w) {
        const PrfOptions *options = userdata;

        cbor_write_map(w, (size_t)options->has_eval + (options->n_entries > 0));
        if (options->has_eval) {
                cbor_write_string(w, "eval");
                ctap2_prf_values_encode(&options->eval, w);
        }
        if (options->n_entries == 0)
                return;
        cbor_write_string(w, "evalByCredential");
        cbor_write_map(w, options->n_entries);
        for (size_t i = 0; i < options->n_entries; i++) {
                cbor_write_bytes(w, options->entries[i].id.data, options->entries[i].id.n);
                ctap2_prf_values_encode(&options->entries[i].values, w);
        }
}

static int read_eval_by_credential(const OptionsContext *context, const json_t *prf,
                                   PrfOptions *options) {
        CborItem allowed = blob_item(&context->request->descriptors);
        json_t *by_credential;
        int r;

        r = json_member(prf, "evalByCredential", JSON_OBJECT, &by_credential);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return refuse_member(context->failure, "prf.evalByCredential", r);

        if (context->request->operation == HYBRID_CREATE ||
            (json_object_size(by_credential) > 0 && !allowed.data))
                return refuse_request(context->failure, HYBRID_CAUSE_UNSUPPORTED,
                                      "prf.evalByCredential without allowCredentials");

        r = read_entries(by_credential, allowed, options);
        if (r == -EILSEQ)
                return refuse_request(context->failure, HYBRID_CAUSE_BAD_REQUEST_SYNTAX,
                                      "a key of prf.evalByCredential is not in allowCredentials");
        if (r < 0)
                return refuse_member(context->failure, "prf.evalByCredential", r);
        return 0;
}

int options_read_prf(const OptionsContext *context, const json_t *extensions) {
        _cleanup_(prf_options_done) PrfOptions options = {};
        json_t *prf;
        int r;

        r = json_member(extensions, "prf", JSON_OBJECT, &prf);
        if (r == -ENOENT)
                return 0;
        if (r == 0)
                r = read_eval(prf, &options);
        if (r < 0)
                return refuse_member(context->failure, "prf.eval", r);
        r = read_eval_by_credential(context, prf, &options);
        if (r != 0)
                return r;

        r = blob_build(&context->request->prf, write_prf, &options);
        if (r < 0)
                return r;
        context->request->has_prf = true;
        return 0;
}
