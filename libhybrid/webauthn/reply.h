/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A phone's reply, checked and turned into what the relying party gets. Nobody has vouched for the
 * phone but the person who scanned the code, and the relying party will check the signature; this
 * side makes sure that it is an answer to this request at all.
 *
 * All functions return 0, HYBRID_E_REFUSED with the context's failure filled in, or -ENOMEM.
 */

#include "webauthn/blob.h"
#include "webauthn/command.h"
#include "webauthn/json-writer.h"
#include "webauthn/request.h"
#include "wire/auth-data.h"
#include "wire/ctap2-prf.h"

typedef struct ReplyContext {
        const HybridWebauthn *request;
        Ctap2GetInfo info; /* of the phone that replied */
        CommandPlan plan;  /* what it was sent */
        HybridFailure *failure;
} ReplyContext;

/** RegistrationResponseJSON for a reply to makeCredential, with NUL. */
int registration_from_reply(const ReplyContext *context, const uint8_t *reply, size_t n_reply,
                            Blob *ret, HybridAuthenticator *ret_authenticator);

/** AuthenticationResponseJSON for a reply to getAssertion, with NUL. */
int assertion_from_reply(const ReplyContext *context, const uint8_t *reply, size_t n_reply,
                         Blob *ret);

/** Reads authenticator data and checks what both operations have in common. */
int reply_read_auth_data(const ReplyContext *context, Ctap2Bytes bytes, AuthData *ret);

/**
 * The outcome of the extension "prf". Secret: erase it. Unsigned outputs that nobody asked for
 * change nothing for anybody and are dropped: other extensions, results when no inputs were sent,
 * a second result when one was asked for. Results of another size than 32 bytes are refused.
 */
int reply_read_prf(const ReplyContext *context, CborItem unsigned_extensions,
                   Ctap2Bytes credential_id, Ctap2PrfOutput *ret);

/* Parts of the JSON that both operations have. */
typedef struct ReplyJson {
        const ReplyContext *context;
        Ctap2Bytes credential_id;
        const Ctap2PrfOutput *prf;
} ReplyJson;

/** id, rawId, type, authenticatorAttachment and clientExtensionResults. */
void reply_write_head(const ReplyJson *reply, JsonWriter *json);
