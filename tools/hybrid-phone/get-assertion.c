/* SPDX-License-Identifier: MIT */

/*
 * authenticatorGetAssertion (CTAP 2.2 section 6.2): of several credentials the newest one answers,
 * as if the person had picked it.
 */

#include <errno.h>
#include <string.h>

#include "authenticator-internal.h"
#include "base/cbor-writer.h"
#include "base/secret.h"
#include "tools/common/complain.h"

enum {
        N_REQUIRED = 2, /* keys 1 and 2 of the request */
};

/* All that the reply is made of. */
typedef struct Assertion {
        const Credential *credential;
        const Profile *profile;
        uint8_t id[CREDENTIAL_ID_SIZE_MAX]; /* the credential's, unless a fault made it another */
        Piece transports;
        SignedData data;
        Signature signature;
        bool user_selected;
        Piece extensions;
} Assertion;

static bool has_transports(CborItem list) {
        Ctap2Descriptor descriptor;
        CborIterator it;
        CborItem item;

        if (!list.data || cbor_item_iterate(list, CBOR_ARRAY, &it) < 0)
                return false;

        while (cbor_item_next(&it, &item))
                if (ctap2_descriptor_decode(item, &descriptor) >= 0 && descriptor.transports.data)
                        return true;

        return false;
}

/* What is asked of the chosen credential. 0, -ENOENT or -EBADMSG. */
static int read_eval(const Authenticator *authenticator, Ctap2PrfValues *ret) {
        Ctap2PrfInput input;
        int r;

        r = prf_read_input(authenticator->get.extensions, &input);
        if (r < 0)
                return r;
        return ctap2_prf_input_find(&input, credential_descriptor(authenticator->chosen).id, ret);
}

static bool prf_is_malformed(const Authenticator *authenticator) {
        Ctap2PrfValues values;
        CLEANUP_ERASE(values);

        return read_eval(authenticator, &values) == -EBADMSG;
}

static int check_options(const Authenticator *authenticator, AuthenticatorAnswer *ret) {
        const Ctap2GetAssertion *request = &authenticator->get;

        if (request->options.rk != CTAP2_OPTION_ABSENT)
                return answer_status(ret, CTAP2_ERR_UNSUPPORTED_OPTION,
                                     "the option rk is for registrations");
        if (request->options.up == CTAP2_OPTION_FALSE && authenticator->profile->refuses_silence)
                return answer_status(ret, CTAP2_ERR_UNSUPPORTED_OPTION,
                                     "phones do nothing in silence");
        return check_descriptors(authenticator, request->allow_list, ret);
}

static int choose(Authenticator *authenticator, AuthenticatorAnswer *ret) {
        const Ctap2GetAssertion *request = &authenticator->get;
        Credential *credential;

        if (authenticator->profile->knows_no_transports && has_transports(request->allow_list))
                return answer_status(ret, CTAP2_ERR_NO_CREDENTIALS,
                                     "a descriptor with transports is not recognised");

        credential =
                credential_store_find(authenticator->store, request->rp_id, request->allow_list);
        if (!credential)
                return answer_status(ret, CTAP2_ERR_NO_CREDENTIALS, "there is no credential");

        authenticator->chosen = credential;
        authenticator->question.user_name = ctap2_text(credential->user_name);
        authenticator->question.user_display_name = ctap2_text(credential->user_display_name);
        if (prf_is_malformed(authenticator))
                return answer_status(ret, CTAP2_ERR_INVALID_CBOR, "the PRF input is malformed");
        return answer_ask(ret);
}

int get_assertion_take(Authenticator *authenticator, AuthenticatorAnswer *ret) {
        Ctap2GetAssertion *request = &authenticator->get;
        int r;

        if (ctap2_get_assertion_decode(authenticator->command.data, authenticator->command.n,
                                       request) < 0)
                return answer_unreadable(authenticator, N_REQUIRED, ret);

        authenticator->question = (AuthenticatorQuestion){
                .operation = HYBRID_GET,
                .rp_id = request->rp_id,
        };
        r = check_options(authenticator, ret);
        if (r < 0 || ret->verdict != AUTHENTICATOR_ASK)
                return r;
        return choose(authenticator, ret);
}

static void make_extensions(const Authenticator *authenticator, Assertion *assertion) {
        Ctap2PrfOutput output = { .has_results = true };
        CLEANUP_ERASE(output);
        Ctap2PrfValues values;
        CLEANUP_ERASE(values);

        if (read_eval(authenticator, &values) < 0)
                return;
        prf_evaluate(assertion->credential, &values, &output.results);
        prf_make_output(&output, &assertion->extensions);
}

static void make_descriptor(const Authenticator *authenticator, Assertion *assertion) {
        const char *const *transports = authenticator->profile->descriptor_transports;
        ByteWriter w = piece_writer(&assertion->transports);

        memcpy(assertion->id, assertion->credential->id, sizeof(assertion->id));
        if (fault_is_set(authenticator->faults, FAULT_REPLY_OTHER_CREDENTIAL))
                assertion->id[0] ^= 1;
        if (!transports[0])
                return;

        profile_write_list(transports, &w);
        assertion->transports.n = w.n;
}

static void write_reply(const void *userdata, ByteWriter *w) {
        const Assertion *assertion = userdata;
        const Credential *credential = assertion->credential;
        Ctap2GetAssertionReply reply = {
                .credential = credential_descriptor(credential),
                .auth_data = { .data = assertion->data.bytes, .n = assertion->data.n_auth_data },
                .signature = { .data = assertion->signature.bytes, .n = assertion->signature.n },
                .user_id = { .data = credential->user_id, .n = credential->n_user_id },
                .user_selected = assertion->user_selected,
                .unsigned_extensions = piece_item(&assertion->extensions),
        };

        reply.credential.id.data = assertion->id;
        reply.credential.transports = piece_item(&assertion->transports);
        if (assertion->profile->empty_names) {
                reply.user_name = ctap2_text("");
                reply.user_display_name = ctap2_text("");
        }
        ctap2_get_assertion_reply_encode(&reply, w);
}

static int count(const Authenticator *authenticator) {
        int r;

        if (!authenticator->profile->counts)
                return 0;

        r = credential_store_count(authenticator->store, authenticator->chosen);
        if (r < 0)
                complain("credential store: the counter cannot be kept: %s; see to the folder",
                         strerrordesc_np(-r));
        return r;
}

static int sign(const Authenticator *authenticator, Assertion *assertion) {
        AuthData auth_data = authenticator_auth_data(authenticator, assertion->credential);

        signed_data_make(&assertion->data, &auth_data, authenticator->get.client_data_hash);
        return credential_sign(assertion->credential, &assertion->data, &assertion->signature);
}

int get_assertion_finish(Authenticator *authenticator, AuthenticatorAnswer *ret) {
        Assertion assertion = {
                .credential = authenticator->chosen,
                .profile = authenticator->profile,
                .user_selected = !authenticator->get.allow_list.data,
        };
        CLEANUP_ERASE(assertion);
        int r;

        if (count(authenticator) < 0)
                return answer_status(ret, CTAP2_ERR_OTHER, "the counter cannot be kept");
        r = sign(authenticator, &assertion);
        if (r < 0)
                return r;

        make_descriptor(authenticator, &assertion);
        make_extensions(authenticator, &assertion);
        return answer_reply(ret, write_reply, &assertion);
}
