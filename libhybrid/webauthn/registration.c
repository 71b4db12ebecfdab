/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/secret.h"
#include "webauthn/attestation.h"
#include "webauthn/refuse.h"
#include "webauthn/reply.h"
#include "wire/cose.h"
#include "wire/ctap2-make-credential.h"

typedef struct Registration {
        ReplyJson head;
        Ctap2MakeCredentialReply reply;
        AuthData auth_data;
        CoseKey public_key;
        Blob attestation_object;
} Registration;

/*
 * The transports that WebAuthn knows, in the order of their names, which is the order they are
 * given in (Level 3 section 5.1.3); others are to be ignored.
 */
static const char *const transports[] = {
        "ble", "hybrid", "internal", "nfc", "smart-card", "usb",
};

enum {
        TRANSPORT_HYBRID = 1,
        TRANSPORT_INTERNAL = 2,
};

static unsigned transports_of(const Ctap2GetInfo *info) {
        unsigned found = 0;
        CborIterator it;
        CborItem item;

        if (!info->transports.data || cbor_item_iterate(info->transports, CBOR_ARRAY, &it) < 0)
                return 1u << TRANSPORT_HYBRID | 1u << TRANSPORT_INTERNAL;

        while (cbor_item_next(&it, &item))
                for (unsigned i = 0; i < ELEMENTSOF(transports); i++)
                        if (cbor_item_is_text(item, transports[i]))
                                found |= 1u << i;

        return found | 1u << TRANSPORT_HYBRID; /* we have just used it */
}

static void write_transports(const Ctap2GetInfo *info, JsonWriter *json) {
        unsigned found = transports_of(info);

        json_writer_open(json, "transports", '[');
        for (unsigned i = 0; i < ELEMENTSOF(transports); i++)
                if (found & 1u << i)
                        json_writer_string(json, NULL, transports[i]);
        json_writer_close(json, ']');
}

static void write_public_key(const CoseKey *key, JsonWriter *json) {
        uint8_t spki[COSE_SPKI_SIZE_MAX];
        ByteWriter w = BYTE_WRITER(spki);

        if (cose_key_encode_spki(key, &w)) {
                assert(byte_writer_fits(&w));
                json_writer_bytes(json, "publicKey", spki, w.n);
        }
        json_writer_int(json, "publicKeyAlgorithm", key->algorithm);
}

static void write_json(const void *userdata, ByteWriter *w) {
        const Registration *registration = userdata;
        const ReplyContext *context = registration->head.context;
        const Blob *client_data = &context->request->client_data;
        JsonWriter json = { .bytes = w };

        json_writer_open(&json, NULL, '{');
        reply_write_head(&registration->head, &json);
        json_writer_open(&json, "response", '{');
        json_writer_bytes(&json, "clientDataJSON", client_data->data, client_data->n);
        json_writer_bytes(&json, "authenticatorData", registration->reply.auth_data.data,
                          registration->reply.auth_data.n);
        write_transports(&context->info, &json);
        write_public_key(&registration->public_key, &json);
        json_writer_bytes(&json, "attestationObject", registration->attestation_object.data,
                          registration->attestation_object.n);
        json_writer_close(&json, '}');
        json_writer_close(&json, '}');
        byte_writer_append_u8(w, '\0');
}

static int read_public_key(const ReplyContext *context, Registration *registration) {
        const CreationOptions *creation = &context->request->creation;
        int r;

        if (!(registration->auth_data.flags & AUTH_DATA_AT))
                return refuse_reply(context->failure, "no attested credential data");

        r = cose_key_decode(registration->auth_data.public_key, &registration->public_key);
        if (r == -EBADMSG)
                return refuse_reply(context->failure, "the public key is not valid");
        if (r < 0)
                return r;

        if (!ctap2_parameters_contain(blob_item(&creation->parameters),
                                      registration->public_key.algorithm))
                return refuse_reply(context->failure, "a key of an algorithm nobody asked for");
        return 0;
}

static void write_attestation_object(const void *userdata, ByteWriter *w) {
        const Registration *registration = userdata;

        attestation_write(&registration->reply, &registration->auth_data,
                          registration->head.context->request->creation.keep_attestation, w);
}

static int read_reply(const ReplyContext *context, const uint8_t *reply, size_t n_reply,
                      Registration *registration) {
        int r;

        if (ctap2_make_credential_reply_decode(reply, n_reply, &registration->reply) < 0)
                return refuse_reply(context->failure, "the reply is malformed");

        r = reply_read_auth_data(context, registration->reply.auth_data, &registration->auth_data);
        if (r != 0)
                return r;
        r = read_public_key(context, registration);
        if (r != 0)
                return r;

        registration->head.credential_id = registration->auth_data.credential_id;
        return blob_build(&registration->attestation_object, write_attestation_object,
                          registration);
}

static void registration_done(Registration *registration) {
        blob_done(&registration->attestation_object);
}

int registration_from_reply(const ReplyContext *context, const uint8_t *reply, size_t n_reply,
                            Blob *ret, HybridAuthenticator *ret_authenticator) {
        Ctap2PrfOutput prf;
        CLEANUP_ERASE(prf);
        _cleanup_(registration_done) Registration registration = {
                .head = { .context = context, .prf = &prf },
        };
        HybridAuthenticator authenticator = { .has_aaguid = true };
        int r;

        r = read_reply(context, reply, n_reply, &registration);
        if (r != 0)
                return r;
        r = reply_read_prf(context, registration.reply.unsigned_extensions,
                           registration.head.credential_id, &prf);
        if (r != 0)
                return r;
        r = blob_build(ret, write_json, &registration);
        if (r < 0)
                return r;

        memcpy(authenticator.aaguid, registration.auth_data.aaguid, sizeof(authenticator.aaguid));
        *ret_authenticator = authenticator;
        return 0;
}
