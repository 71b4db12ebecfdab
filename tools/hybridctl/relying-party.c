/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "base/base64url.h"
#include "crypto/ecdsa.h"
#include "webauthn/json-member.h"

int answer_wrong(Answer *answer, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        vsnprintf(answer->problem, PROBLEM_SIZE, format, ap);
        va_end(ap);
        return -EBADMSG;
}

int answer_read_bytes(Answer *answer, const json_t *object, const char *name, Blob *ret) {
        int r;

        r = json_member_bytes(object, name, ret);
        if (r < 0 && r != -ENOMEM)
                return answer_wrong(answer, "%s is missing or not base64url", name);
        return r;
}

/* Sections 7.1 step 24 and 7.2 step 24: what is signed is authData ‖ SHA-256(clientDataJSON). */
int answer_check_signature(Answer *answer, const uint8_t point[static P256_UNCOMPRESSED_SIZE],
                           const uint8_t *signature, size_t n) {
        size_t n_auth_data = answer->auth_data_bytes.n;
        _blob_ message = {};
        int r;

        r = blob_init(&message, n_auth_data + SHA256_SIZE);
        if (r < 0)
                return r;
        memcpy(message.data, answer->auth_data_bytes.data, n_auth_data);
        sha256_of_two(answer->client_data.data, answer->client_data.n, "", 0,
                      message.data + n_auth_data);

        r = ecdsa_p256_verify(point, message.data, message.n, signature, n);
        if (r == -EBADMSG)
                return answer_wrong(answer, "the signature is not right");
        return r;
}

/* ---- the envelope --------------------------------------------------------------------------- */

static int check_envelope(Answer *answer, const json_t *json) {
        const char *type, *id, *raw_id;
        json_t *response;

        if (!json_is_object(json) || json_member(json, "response", JSON_OBJECT, &response) < 0)
                return answer_wrong(answer, "it is no JSON object with a response");
        if (json_member_text(json, "type", &type) < 0 || strcmp(type, "public-key") != 0)
                return answer_wrong(answer, "the type of credential is not \"public-key\"");
        if (json_member_text(json, "id", &id) < 0 || json_member_text(json, "rawId", &raw_id) < 0 ||
            strcmp(id, raw_id) != 0)
                return answer_wrong(answer, "id and rawId are not the same");

        answer->response = response;
        return answer_read_bytes(answer, json, "rawId", &answer->id);
}

/* ---- client data ---------------------------------------------------------------------------- */

/* A member of clientDataJSON that must be there with this value, or must be absent (NULL). */
static int check_text(Answer *answer, const json_t *client_data, const char *name,
                      const char *expected) {
        const char *text = NULL;

        if (json_member_text(client_data, name, &text) == -EBADMSG)
                return answer_wrong(answer, "%s in the client data is no text", name);
        if (!text != !expected || (text && strcmp(text, expected) != 0))
                return answer_wrong(answer, "%s in the client data is %s, not %s", name,
                                    text ? text : "absent", expected ? expected : "absent");
        return 0;
}

static int check_challenge(Answer *answer, const json_t *client_data) {
        char expected[CHALLENGE_SIZE * 4 / 3 + 3];
        const char *text;

        base64url_encode(answer->party->challenge, CHALLENGE_SIZE, expected);
        if (json_member_text(client_data, "challenge", &text) < 0 || strcmp(text, expected) != 0)
                return answer_wrong(answer, "the challenge is not the one that was sent");
        return 0;
}

/* Sections 7.1 steps 7-11 and 7.2 steps 10-14. */
static int check_members(Answer *answer, const json_t *client_data) {
        const RelyingParty *party = answer->party;
        bool cross_origin = false;
        int r;

        r = check_text(answer, client_data, "type",
                       party->operation == HYBRID_CREATE ? "webauthn.create" : "webauthn.get");
        if (r >= 0)
                r = check_challenge(answer, client_data);
        if (r >= 0)
                r = check_text(answer, client_data, "origin", party->origin);
        if (r >= 0)
                r = check_text(answer, client_data, "topOrigin", party->top_origin);
        if (r < 0)
                return r;

        if (json_member_bool(client_data, "crossOrigin", &cross_origin) == -EBADMSG ||
            cross_origin != (party->top_origin != NULL))
                return answer_wrong(answer, "crossOrigin in the client data is wrong");
        return 0;
}

static int check_client_data(Answer *answer) {
        _cleanup_(json_decrefp) json_t *client_data = NULL;
        int r;

        r = answer_read_bytes(answer, answer->response, "clientDataJSON", &answer->client_data);
        if (r < 0)
                return r;

        client_data = json_loadb((const char *)answer->client_data.data, answer->client_data.n,
                                 JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(client_data))
                return answer_wrong(answer, "clientDataJSON is no JSON object");
        return check_members(answer, client_data);
}

/* ---- authenticator data --------------------------------------------------------------------- */

/* Sections 7.1 steps 14-18 and 7.2 steps 15-19. */
static int check_flags(Answer *answer) {
        uint8_t flags = answer->auth_data.flags;

        if (!(flags & AUTH_DATA_UP))
                return answer_wrong(answer, "the flags say that nobody was present");
        if (!(flags & AUTH_DATA_UV))
                return answer_wrong(answer, "the flags say that the person was not verified");
        if ((flags & AUTH_DATA_BS) && !(flags & AUTH_DATA_BE))
                return answer_wrong(answer, "the flags say backed up, but not able to be");

        answer->verdict.flags = flags;
        return 0;
}

static int check_auth_data(Answer *answer) {
        const char *rp_id = answer->party->rp_id;
        uint8_t hash[SHA256_SIZE];
        int r;

        r = answer_read_bytes(answer, answer->response, "authenticatorData",
                              &answer->auth_data_bytes);
        if (r < 0)
                return r;
        if (auth_data_decode(answer->auth_data_bytes.data, answer->auth_data_bytes.n,
                             &answer->auth_data) < 0)
                return answer_wrong(answer, "the authenticator data are malformed");

        sha256_of_two(rp_id, strlen(rp_id), "", 0, hash);
        if (memcmp(hash, answer->auth_data.rp_id_hash, sizeof(hash)) != 0)
                return answer_wrong(answer, "the RP ID hash is not that of %s", rp_id);
        return check_flags(answer);
}

/* ---- extensions ----------------------------------------------------------------------------- */

/* Whether it worked is for the person to judge: a phone may not be able to. */
static int read_prf(Answer *answer, const json_t *json) {
        Verdict *verdict = &answer->verdict;
        json_t *outputs, *prf, *results;

        if (json_member(json, "clientExtensionResults", JSON_OBJECT, &outputs) < 0)
                return answer_wrong(answer, "clientExtensionResults is missing");
        if (json_member(outputs, "prf", JSON_OBJECT, &prf) < 0)
                return 0;
        if (!answer->party->prf)
                return answer_wrong(answer, "there are PRF results that nobody asked for");

        verdict->prf_results = json_member(prf, "results", JSON_OBJECT, &results) >= 0;
        if (json_member_bool(prf, "enabled", &verdict->prf_enabled) == -EBADMSG)
                return answer_wrong(answer, "prf.enabled is neither true nor false");
        return 0;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static int check(Answer *answer, const json_t *json) {
        int r;

        r = check_envelope(answer, json);
        if (r >= 0)
                r = check_client_data(answer);
        if (r >= 0)
                r = check_auth_data(answer);
        if (r >= 0)
                r = read_prf(answer, json);
        if (r < 0)
                return r;
        return answer->party->operation == HYBRID_CREATE ? registration_check(answer)
                                                         : sign_in_check(answer);
}

int relying_party_check(const RelyingParty *party, const json_t *response, Verdict *ret,
                        char ret_problem[static PROBLEM_SIZE]) {
        Answer answer = { .party = party, .problem = ret_problem };
        int r;

        r = check(&answer, response);
        if (r >= 0)
                *ret = answer.verdict;

        blob_done(&answer.id);
        blob_done(&answer.client_data);
        blob_done(&answer.auth_data_bytes);
        return r;
}
