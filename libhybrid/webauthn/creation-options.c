/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cbor-writer.h"
#include "webauthn/json-member.h"
#include "webauthn/options.h"
#include "webauthn/refuse.h"
#include "wire/cose.h"

/* CBOR of one Ctap2Parameters: an upper bound. */
#define PARAMETERS_SIZE_MAX ((size_t)40)

static const char public_key_type[] = "public-key";

/* An optional text; "" if absent. */
static int read_name(const OptionsContext *context, const json_t *object, const char *name,
                     const char **ret) {
        int r;

        *ret = "";
        r = json_member_text(object, name, ret);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, name, r);
        return 0;
}

static int set_name(char **name, const char *value) {
        *name = strdup(value);
        return *name ? 0 : -ENOMEM;
}

static const char *first_of(const char *a, const char *b, const char *c) {
        if (*a != '\0')
                return a;
        return *b != '\0' ? b : c;
}

static int read_rp(const OptionsContext *context, const json_t *options) {
        const char *id = NULL, *name;
        json_t *rp;
        int r;

        r = json_member(options, "rp", JSON_OBJECT, &rp);
        if (r < 0)
                return refuse_member(context->failure, "rp", r);
        r = json_member_text(rp, "id", &id);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, "rp.id", r);
        r = options_set_rp_id(context, id);
        if (r != 0)
                return r;

        r = read_name(context, rp, "name", &name);
        if (r != 0)
                return r;
        return set_name(&context->request->creation.rp_name,
                        first_of(name, context->request->rp_id, ""));
}

static int read_user_id(const OptionsContext *context, const json_t *user) {
        CreationOptions *creation = &context->request->creation;
        _blob_ id = {};
        int r;

        r = json_member_bytes(user, "id", &id);
        if (r == 0 && (id.n == 0 || id.n > sizeof(creation->user_id)))
                r = -EBADMSG;
        if (r < 0)
                return refuse_member(context->failure, "user.id", r);

        memcpy(creation->user_id, id.data, id.n);
        creation->n_user_id = id.n;
        return 0;
}

/* Names are not signed, so each may stand in for another that is missing. */
static int read_user(const OptionsContext *context, const json_t *options) {
        CreationOptions *creation = &context->request->creation;
        const char *name, *display_name, *rp_id = context->request->rp_id;
        json_t *user;
        int r;

        r = json_member(options, "user", JSON_OBJECT, &user);
        if (r < 0)
                return refuse_member(context->failure, "user", r);
        r = read_user_id(context, user);
        if (r != 0)
                return r;
        r = read_name(context, user, "name", &name);
        if (r != 0)
                return r;
        r = read_name(context, user, "displayName", &display_name);
        if (r != 0)
                return r;

        r = set_name(&creation->user_name, first_of(name, display_name, rp_id));
        if (r < 0)
                return r;
        return set_name(&creation->user_display_name, first_of(display_name, name, rp_id));
}

/* What stands for an empty list (WebAuthn Level 3 section 5.1.3). */
static void write_default_parameters(ByteWriter *w) {
        static const int64_t algorithms[] = { COSE_ES256, COSE_RS256 };

        cbor_write_array(w, ELEMENTSOF(algorithms));
        for (size_t i = 0; i < ELEMENTSOF(algorithms); i++)
                ctap2_parameters_encode(
                        &(Ctap2Parameters){
                                .algorithm = algorithms[i],
                                .type = ctap2_text(public_key_type),
                        },
                        w);
}

/* 1 if the entry is of a known type, 0 if not, or -EBADMSG. */
static int read_entry(const json_t *entry, Ctap2Parameters *ret) {
        const char *type;
        json_t *algorithm;

        if (json_member_text(entry, "type", &type) < 0 ||
            json_member(entry, "alg", JSON_INTEGER, &algorithm) < 0)
                return -EBADMSG;

        *ret = (Ctap2Parameters){
                .algorithm = json_integer_value(algorithm),
                .type = ctap2_text(public_key_type),
        };
        return strcmp(type, public_key_type) == 0;
}

/* Writes the entries of a known type and counts them; with a counting writer it only counts. */
static int write_parameters(const json_t *list, ByteWriter *w, size_t *ret_n) {
        Ctap2Parameters parameters;
        size_t i, n = 0;
        json_t *entry;
        int r;

        json_array_foreach(list, i, entry) {
                r = read_entry(entry, &parameters);
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                ctap2_parameters_encode(&parameters, w);
                n++;
        }

        *ret_n = n;
        return 0;
}

static int convert_parameters(const json_t *list, Blob *ret) {
        ByteWriter w = BYTE_WRITER_COUNTING;
        size_t n;
        int r;

        r = write_parameters(list, &w, &n);
        if (r < 0)
                return r;
        r = blob_init(ret, w.n + PARAMETERS_SIZE_MAX * 2);
        if (r < 0)
                return r;

        w = (ByteWriter){ .data = ret->data, .size = ret->n };
        if (json_array_size(list) == 0)
                write_default_parameters(&w);
        else {
                cbor_write_array(&w, n);
                write_parameters(list, &w, &n);
        }
        assert(byte_writer_fits(&w));

        ret->n = w.n;
        return 0;
}

static int read_parameters(const OptionsContext *context, const json_t *options) {
        Blob *parameters = &context->request->creation.parameters;
        json_t *list;
        int r;

        r = json_member(options, "pubKeyCredParams", JSON_ARRAY, &list);
        if (r == 0)
                r = convert_parameters(list, parameters);
        if (r < 0)
                return refuse_member(context->failure, "pubKeyCredParams", r);

        /* This is also what a list leads to of which no entry is of a known type. */
        if (!ctap2_parameters_contain(blob_item(parameters), COSE_ES256))
                return refuse_request(context->failure, HYBRID_CAUSE_UNSUPPORTED,
                                      "no ES256 in pubKeyCredParams, the algorithm of phones");
        return 0;
}

/* True if the relying party names this transport as one it hopes for. */
static bool hints_at_hybrid(const json_t *options) {
        json_t *hints, *hint;
        size_t i;

        if (json_member(options, "hints", JSON_ARRAY, &hints) < 0)
                return false;

        json_array_foreach(hints, i, hint) {
                if (json_is_string(hint) && strcmp(json_string_value(hint), "hybrid") == 0)
                        return true;
        }

        return false;
}

/* A phone is a cross-platform authenticator here. Hints override (section 5.8.8). */
static int check_attachment(const OptionsContext *context, const json_t *options,
                            const json_t *selection) {
        static const char *const names[] = { "cross-platform", "platform" };
        unsigned attachment = 0;
        int r;

        r = json_member_enum(selection, "authenticatorAttachment", names, ELEMENTSOF(names),
                             &attachment);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, "authenticatorAttachment", r);

        if (attachment == 1 && !hints_at_hybrid(options))
                return refuse_request(context->failure, HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT,
                                      "a platform authenticator is asked for");
        return 0;
}

static int read_resident_key(const OptionsContext *context, const json_t *selection) {
        static const char *const names[_REQUIREMENT_MAX] = {
                [REQUIREMENT_DISCOURAGED] = "discouraged",
                [REQUIREMENT_PREFERRED] = "preferred",
                [REQUIREMENT_REQUIRED] = "required",
        };
        bool required = false; /* the member of Level 1, used if the other is absent */
        unsigned value;
        int r;

        r = json_member_bool(selection, "requireResidentKey", &required);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, "requireResidentKey", r);

        value = required ? REQUIREMENT_REQUIRED : REQUIREMENT_DISCOURAGED;
        r = json_member_enum(selection, "residentKey", names, _REQUIREMENT_MAX, &value);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, "residentKey", r);

        context->request->creation.resident_key = (Requirement)value;
        return 0;
}

static int read_selection(const OptionsContext *context, const json_t *options) {
        json_t *selection = NULL;
        int r;

        r = json_member(options, "authenticatorSelection", JSON_OBJECT, &selection);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, "authenticatorSelection", r);

        /* Without the member everything in it is absent. */
        r = check_attachment(context, options, selection);
        if (r != 0)
                return r;
        r = read_resident_key(context, selection);
        if (r != 0)
                return r;
        return options_read_user_verification(context, selection);
}

/* Writes the texts of a list, or with a counting writer only counts. Others cannot be meant. */
static size_t write_texts(const json_t *list, ByteWriter *w) {
        size_t i, n = 0;
        json_t *text;

        json_array_foreach(list, i, text) {
                if (!json_is_string(text))
                        continue;
                cbor_write_text(w, json_string_value(text), json_string_length(text));
                n++;
        }

        return n;
}

static void write_formats(const void *userdata, ByteWriter *w) {
        ByteWriter counting = BYTE_WRITER_COUNTING;

        cbor_write_array(w, write_texts(userdata, &counting));
        write_texts(userdata, w);
}

static void write_no_format(const void *userdata, ByteWriter *w) {
        cbor_write_array(w, 1);
        cbor_write_string(w, "none");
}

/* Who wants no attestation has said which format it is to be (WebAuthn Level 3 section 5.1.3). */
static int read_attestation_formats(const OptionsContext *context, const json_t *options) {
        CreationOptions *creation = &context->request->creation;
        ByteWriter counting = BYTE_WRITER_COUNTING;
        json_t *formats;
        int r;

        r = json_member(options, "attestationFormats", JSON_ARRAY, &formats);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, "attestationFormats", r);

        if (!creation->keep_attestation)
                return blob_build(&creation->attestation_formats, write_no_format, NULL);
        if (r == 0 && write_texts(formats, &counting) > 0)
                return blob_build(&creation->attestation_formats, write_formats, formats);
        return 0;
}

static bool allows_enterprise(const OptionsContext *context) {
        const HybridWebauthnParams *params = context->params;

        return params->allows_enterprise_attestation &&
               params->allows_enterprise_attestation(params->userdata, context->request->rp_id);
}

/* Indirect attestation would need somebody in between, who is not there: as "direct". */
static int read_attestation(const OptionsContext *context, const json_t *options) {
        static const char *const names[] = { "none", "indirect", "direct", "enterprise" };
        CreationOptions *creation = &context->request->creation;
        unsigned attestation = 0;
        int r;

        r = json_member_enum(options, "attestation", names, ELEMENTSOF(names), &attestation);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, "attestation", r);

        creation->keep_attestation = attestation != 0;
        creation->enterprise_attestation = attestation == 3 && allows_enterprise(context);
        return read_attestation_formats(context, options);
}

static int read_exclude_list(const OptionsContext *context, const json_t *options) {
        size_t n_skipped;

        return options_read_descriptors(context, options, "excludeCredentials", &n_skipped);
}

int creation_options_read(const OptionsContext *context, const json_t *options) {
        static int (*const readers[])(const OptionsContext *context, const json_t *options) = {
                read_rp,        read_user,        read_parameters,         read_exclude_list,
                read_selection, read_attestation, options_read_extensions, options_read_common,
        };
        int r;

        for (size_t i = 0; i < ELEMENTSOF(readers); i++) {
                r = readers[i](context, options);
                if (r != 0)
                        return r;
        }
        return 0;
}
