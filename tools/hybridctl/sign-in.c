/* SPDX-License-Identifier: MIT */

/* The checks that only a sign-in needs (WebAuthn Level 3 section 7.2). */

#include <errno.h>
#include <string.h>

#include "answer.h"
#include "webauthn/json-member.h"

/* Steps 5-7: one of those that were asked for; a passkey that nobody asked for is as good as any. */
static int find_credential(Answer *answer, const Credential **ret) {
        const CredentialList *known = &answer->party->credentials;

        *ret = credential_list_find(known, answer->id.data, answer->id.n);
        if (!*ret && known->n > 0)
                return answer_wrong(answer, "it is for a credential that was not asked for");
        return 0;
}

/* Phones may leave it out when the passkey was named in the request. */
static int check_user_handle(Answer *answer, const Credential *credential) {
        _blob_ handle = {};
        int r;

        r = json_member_bytes(answer->response, "userHandle", &handle);
        if (r == -ENOENT || r == -ENOMEM)
                return r == -ENOENT ? 0 : r;
        if (r < 0 || handle.n != credential->n_user_handle ||
            memcmp(handle.data, credential->user_handle, handle.n) != 0)
                return answer_wrong(answer, "the user handle is of another account");
        return 0;
}

/* Step 25: zero means that the phone does not count. */
static int check_counter(Answer *answer, const Credential *credential) {
        uint32_t now = answer->auth_data.counter, before = credential->sign_count;

        if ((now > 0 || before > 0) && now <= before)
                return answer_wrong(answer, "the signature counter went from %u to %u", before,
                                    now);
        return 0;
}

static int check_backup(Answer *answer, const Credential *credential) {
        if (credential->backup_eligible != !!(answer->auth_data.flags & AUTH_DATA_BE))
                return answer_wrong(answer, "the flags differ from those of the registration");
        return 0;
}

static int check_registered(Answer *answer, const Credential *credential, const Blob *signature) {
        int r;

        r = check_user_handle(answer, credential);
        if (r >= 0)
                r = check_backup(answer, credential);
        if (r >= 0)
                r = answer_check_signature(answer, credential->public_key, signature->data,
                                           signature->n);
        if (r >= 0)
                r = check_counter(answer, credential);
        if (r < 0)
                return r;

        answer->verdict.credential = *credential;
        answer->verdict.credential.sign_count = answer->auth_data.counter;
        answer->verdict.signature_checked = true;
        return 0;
}

int sign_in_check(Answer *answer) {
        Credential *credential = &answer->verdict.credential;
        const Credential *registered;
        _blob_ signature = {};
        int r;

        r = find_credential(answer, &registered);
        if (r >= 0)
                r = answer_read_bytes(answer, answer->response, "signature", &signature);
        if (r < 0)
                return r;
        if (answer->auth_data.flags & AUTH_DATA_AT)
                return answer_wrong(answer, "the flags say that a passkey was made");
        if (registered)
                return check_registered(answer, registered, &signature);

        if (answer->id.n == 0 || answer->id.n > sizeof(credential->id))
                return answer_wrong(answer, "the credential id has an impossible length");
        memcpy(credential->id, answer->id.data, answer->id.n);
        credential->n_id = answer->id.n;
        return 0;
}
