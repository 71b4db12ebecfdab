/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/cbor-writer.h"
#include "webauthn/client-data.h"
#include "webauthn/json-member.h"
#include "webauthn/options.h"
#include "webauthn/refuse.h"
#include "webauthn/related-origins.h"

#define USEC_PER_MSEC 1000ull
#define MSEC_PER_SEC  1000ull

/* WebAuthn Level 3 section 15.1 recommends 300-600 s; who asks for less gets somewhat less. */
enum {
        TIMEOUT_MIN_SEC = 180,
        TIMEOUT_MAX_SEC = 600,
        TIMEOUT_DEFAULT_SEC = 300,
};

/* CBOR of a list's head, and of a descriptor or a parameter without its id: upper bounds. */
enum {
        LIST_HEAD_SIZE_MAX = 9,
        DESCRIPTOR_SIZE_MAX = 40,
};

int options_set_rp_id(const OptionsContext *context, const char *rp_id) {
        HybridWebauthn *request = context->request;
        int r;

        if (!rp_id)
                rp_id = request->origin.host;

        r = origin_check_rp_id(&request->origin, rp_id, context->params->is_public_suffix,
                               context->params->userdata);
        if (r == HYBRID_E_REFUSED && context->params->related_origins) {
                r = related_origins_check_rp_id(&request->origin, rp_id,
                                                context->params->is_public_suffix,
                                                context->params->userdata);
                request->needs_related_origins = r == 0;
        }
        if (r == HYBRID_E_REFUSED)
                return refuse_request(context->failure, HYBRID_CAUSE_ORIGIN_REFUSED,
                                      "the RP ID is not one of the origin's");
        if (r < 0)
                return r;

        memcpy(request->rp_id, rp_id, strlen(rp_id) + 1); /* a domain, so it is not too long */
        return 0;
}

static int read_timeout(const OptionsContext *context, const json_t *options) {
        uint64_t msec = TIMEOUT_DEFAULT_SEC * MSEC_PER_SEC;
        int r;

        r = json_member_natural(options, "timeout", &msec);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, "timeout", r);

        if (msec < TIMEOUT_MIN_SEC * MSEC_PER_SEC)
                msec = TIMEOUT_MIN_SEC * MSEC_PER_SEC;
        if (msec > TIMEOUT_MAX_SEC * MSEC_PER_SEC)
                msec = TIMEOUT_MAX_SEC * MSEC_PER_SEC;
        context->request->timeout_usec = msec * USEC_PER_MSEC;
        return 0;
}

/* What they say is read where it matters; here only that they are what they should be. */
static int check_hints(const OptionsContext *context, const json_t *options) {
        json_t *hints;
        int r;

        r = json_member(options, "hints", JSON_ARRAY, &hints);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, "hints", r);
        return 0;
}

static void write_client_data(const void *userdata, ByteWriter *w) {
        client_data_write(userdata, w);
}

/* Only a frame of another origin has one; else @ret stays empty. */
static int read_top_origin(const OptionsContext *context, Origin *ret) {
        int r;

        if (!context->params->top_origin)
                return 0;

        r = origin_parse(context->params->top_origin, context->params->allow_localhost, ret);
        if (r == HYBRID_E_REFUSED)
                return refuse_request(context->failure, HYBRID_CAUSE_ORIGIN_REFUSED,
                                      "the top-level origin is not acceptable");
        return r;
}

static int read_challenge(const OptionsContext *context, const json_t *options, Blob *ret) {
        int r;

        r = json_member_bytes(options, "challenge", ret);
        if (r == 0 && ret->n == 0)
                r = -EBADMSG;
        if (r < 0)
                return refuse_member(context->failure, "challenge", r);
        return 0;
}

static int build_client_data(const OptionsContext *context, const json_t *options) {
        HybridWebauthn *request = context->request;
        _blob_ challenge = {};
        Origin top_origin = {};
        int r;

        r = read_challenge(context, options, &challenge);
        if (r != 0)
                return r;
        r = read_top_origin(context, &top_origin);
        if (r != 0)
                return r;

        const ClientData client_data = {
                .operation = request->operation,
                .challenge = challenge.data,
                .n_challenge = challenge.n,
                .origin = request->origin.text,
                .cross_origin = context->params->cross_origin || context->params->top_origin,
                .top_origin = top_origin.text[0] != '\0' ? top_origin.text : NULL,
        };
        r = blob_build(&request->client_data, write_client_data, &client_data);
        if (r < 0)
                return r;

        sha256_of_two(request->client_data.data, request->client_data.n, "", 0,
                      request->client_data_hash);
        return 0;
}

int options_read_common(const OptionsContext *context, const json_t *options) {
        int r;

        r = read_timeout(context, options);
        if (r != 0)
                return r;
        r = check_hints(context, options);
        if (r != 0)
                return r;
        return build_client_data(context, options);
}

int options_read_user_verification(const OptionsContext *context, const json_t *object) {
        static const char *const names[_REQUIREMENT_MAX] = {
                [REQUIREMENT_DISCOURAGED] = "discouraged",
                [REQUIREMENT_PREFERRED] = "preferred",
                [REQUIREMENT_REQUIRED] = "required",
        };
        unsigned value = REQUIREMENT_PREFERRED;
        int r;

        r = json_member_enum(object, "userVerification", names, _REQUIREMENT_MAX, &value);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, "userVerification", r);

        context->request->user_verification = (Requirement)value;
        return 0;
}

/* 1 if the entry is of a known type, 0 if not, or -EBADMSG. */
static int is_public_key(const json_t *entry) {
        const char *type;

        if (json_member_text(entry, "type", &type) < 0)
                return -EBADMSG;
        return strcmp(type, "public-key") == 0;
}

/* True if the relying party was told of such a transport, or of none, when it was registered. */
static bool may_be_on_phone(const json_t *entry) {
        json_t *transports, *transport;
        size_t i;

        if (json_member(entry, "transports", JSON_ARRAY, &transports) < 0 ||
            json_array_size(transports) == 0)
                return true;

        json_array_foreach(transports, i, transport) {
                const char *name = json_string_value(transport);

                if (name && (strcmp(name, "hybrid") == 0 || strcmp(name, "internal") == 0))
                        return true;
        }

        return false;
}

/* 1 if the entry belongs into the list, 0 if not, or -EBADMSG. */
static int is_wanted(const json_t *entry, bool on_phones_only) {
        int r;

        r = is_public_key(entry);
        if (r == 1 && on_phones_only && !may_be_on_phone(entry))
                return 0;
        return r;
}

/* How many descriptors are wanted, and how much room the list needs at most. */
static int measure_descriptors(const json_t *list, bool on_phones_only, size_t *ret_n,
                               size_t *ret_size) {
        size_t i, n = 0, size = LIST_HEAD_SIZE_MAX;
        json_t *entry;
        int r;

        json_array_foreach(list, i, entry) {
                r = is_wanted(entry, on_phones_only);
                if (r < 0)
                        return r;
                n += (size_t)r;
                size += DESCRIPTOR_SIZE_MAX + json_string_length(json_object_get(entry, "id"));
        }

        *ret_n = n;
        *ret_size = size;
        return 0;
}

static int write_descriptors(const json_t *list, bool on_phones_only, size_t n, ByteWriter *w) {
        json_t *entry;
        size_t i;
        int r;

        cbor_write_array(w, n);
        json_array_foreach(list, i, entry) {
                _blob_ id = {};
                Ctap2Descriptor descriptor = { .type = ctap2_text("public-key") };

                if (is_wanted(entry, on_phones_only) == 0)
                        continue;
                r = json_member_bytes(entry, "id", &id);
                if (r == -ENOENT || (r == 0 && id.n == 0))
                        return -EBADMSG;
                if (r < 0)
                        return r;
                descriptor.id = (Ctap2Bytes){ .data = id.data, .n = id.n };
                ctap2_descriptor_encode(&descriptor, w);
        }
        return 0;
}

/* Nothing is written for an empty list. */
static int convert_descriptors(const json_t *list, bool on_phones_only, size_t *ret_n, Blob *ret) {
        _blob_ blob = {};
        ByteWriter w;
        size_t n, size;
        int r;

        r = measure_descriptors(list, on_phones_only, &n, &size);
        if (r < 0)
                return r;
        if (n > 0) {
                r = blob_init(&blob, size);
                if (r < 0)
                        return r;
                w = (ByteWriter){ .data = blob.data, .size = blob.n };
                r = write_descriptors(list, on_phones_only, n, &w);
                if (r < 0)
                        return r;
                assert(byte_writer_fits(&w));
                blob.n = w.n;
        }

        *ret_n = n;
        *ret = TAKE_BLOB(blob);
        return 0;
}

int options_read_descriptors(const OptionsContext *context, const json_t *options, const char *name,
                             size_t *ret_n_skipped) {
        HybridWebauthn *request = context->request;
        size_t n_all = 0, n_on_phones;
        json_t *list;
        int r;

        r = json_member(options, name, JSON_ARRAY, &list);
        if (r == 0) {
                n_all = json_array_size(list);
                r = convert_descriptors(list, false, &request->n_descriptors,
                                        &request->descriptors);
        }
        if (r == 0)
                r = convert_descriptors(list, true, &n_on_phones, &request->descriptors_on_phones);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, name, r);

        *ret_n_skipped = n_all - request->n_descriptors;
        return 0;
}
