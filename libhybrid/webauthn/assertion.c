/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/secret.h"
#include "webauthn/refuse.h"
#include "webauthn/reply.h"
#include "wire/ctap2-get-assertion.h"

/* From what is short for any curve to what is long for the post-quantum ones (ML-DSA-87: 4627). */
enum {
        SIGNATURE_SIZE_MIN = 32,
        SIGNATURE_SIZE_MAX = 8192,
};

typedef struct Assertion {
        ReplyJson head;
        Ctap2GetAssertionReply reply;
} Assertion;

static void write_json(const void *userdata, ByteWriter *w) {
        const Assertion *assertion = userdata;
        const Ctap2GetAssertionReply *reply = &assertion->reply;
        const Blob *client_data = &assertion->head.context->request->client_data;
        JsonWriter json = { .bytes = w };

        json_writer_open(&json, NULL, '{');
        reply_write_head(&assertion->head, &json);
        json_writer_open(&json, "response", '{');
        json_writer_bytes(&json, "clientDataJSON", client_data->data, client_data->n);
        json_writer_bytes(&json, "authenticatorData", reply->auth_data.data, reply->auth_data.n);
        json_writer_bytes(&json, "signature", reply->signature.data, reply->signature.n);
        if (reply->user_id.n > 0)
                json_writer_bytes(&json, "userHandle", reply->user_id.data, reply->user_id.n);
        json_writer_close(&json, '}');
        json_writer_close(&json, '}');
        byte_writer_append_u8(w, '\0');
}

/* An authenticator may leave the credential out when it had no choice (CTAP 2.2 section 6.2). */
static int only_allowed_credential(const ReplyContext *context, Ctap2Bytes *ret) {
        CborItem list = blob_item(&context->plan.descriptors), item;
        Ctap2Descriptor descriptor;
        CborIterator it;

        if (!list.data || cbor_item_iterate(list, CBOR_ARRAY, &it) < 0 || it.n_items != 1 ||
            !cbor_item_next(&it, &item) || ctap2_descriptor_decode(item, &descriptor) < 0)
                return refuse_reply(context->failure, "the reply names no credential");

        *ret = descriptor.id;
        return 0;
}

static int find_credential(const ReplyContext *context, const Ctap2GetAssertionReply *reply,
                           Ctap2Bytes *ret) {
        CborItem allowed = blob_item(&context->request->descriptors);
        Ctap2Bytes id = reply->credential.id;

        if (!id.data)
                return only_allowed_credential(context, ret);
        if (id.n == 0 || id.n > CTAP2_CREDENTIAL_ID_SIZE_MAX)
                return refuse_reply(context->failure, "a credential id of impossible length");
        if (allowed.data && !ctap2_descriptors_contain(allowed, id))
                return refuse_reply(context->failure, "a credential that was not allowed");

        *ret = id;
        return 0;
}

static int check_signature(const ReplyContext *context, const Ctap2GetAssertionReply *reply) {
        if (reply->signature.n < SIGNATURE_SIZE_MIN || reply->signature.n > SIGNATURE_SIZE_MAX)
                return refuse_reply(context->failure, "a signature of impossible length");
        return 0;
}

/* Who signed in is only known from the reply if no credentials were named (Level 3 section 5.1.4). */
static int check_user(const ReplyContext *context, const Ctap2GetAssertionReply *reply) {
        if (reply->user_id.n > CTAP2_USER_ID_SIZE_MAX)
                return refuse_reply(context->failure, "a user handle of impossible length");
        if (reply->user_id.n == 0 && context->request->descriptors.n == 0)
                return refuse_reply(context->failure, "the reply names no user");
        return 0;
}

static int check_auth_data(const ReplyContext *context, const Ctap2GetAssertionReply *reply) {
        AuthData auth_data;
        int r;

        r = reply_read_auth_data(context, reply->auth_data, &auth_data);
        if (r != 0)
                return r;
        if (auth_data.flags & AUTH_DATA_AT)
                return refuse_reply(context->failure, "attested credential data in an assertion");
        return 0;
}

static int read_reply(const ReplyContext *context, const uint8_t *reply, size_t n_reply,
                      Assertion *assertion) {
        int r;

        if (ctap2_get_assertion_reply_decode(reply, n_reply, &assertion->reply) < 0)
                return refuse_reply(context->failure, "the reply is malformed");

        r = check_auth_data(context, &assertion->reply);
        if (r != 0)
                return r;
        r = check_signature(context, &assertion->reply);
        if (r != 0)
                return r;
        r = check_user(context, &assertion->reply);
        if (r != 0)
                return r;
        return find_credential(context, &assertion->reply, &assertion->head.credential_id);
}

int assertion_from_reply(const ReplyContext *context, const uint8_t *reply, size_t n_reply,
                         Blob *ret) {
        Ctap2PrfOutput prf;
        CLEANUP_ERASE(prf);
        Assertion assertion = { .head = { .context = context, .prf = &prf } };
        int r;

        r = read_reply(context, reply, n_reply, &assertion);
        if (r != 0)
                return r;
        r = reply_read_prf(context, assertion.reply.unsigned_extensions,
                           assertion.head.credential_id, &prf);
        if (r != 0)
                return r;
        return blob_build(ret, write_json, &assertion);
}
