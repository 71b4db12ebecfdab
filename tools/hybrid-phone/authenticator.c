/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "authenticator-internal.h"

int answer_status(AuthenticatorAnswer *ret, Ctap2Status status, const char *why) {
        Blob reply;
        int r;

        r = blob_init(&reply, 1);
        if (r < 0)
                return r;

        reply.data[0] = (uint8_t)status;
        *ret = (AuthenticatorAnswer){ AUTHENTICATOR_REPLY, reply, why };
        return 0;
}

int answer_without_reply(AuthenticatorAnswer *ret, AuthenticatorVerdict verdict, const char *why) {
        *ret = (AuthenticatorAnswer){ .verdict = verdict, .why = why };
        return 0;
}

int answer_ask(AuthenticatorAnswer *ret) {
        return answer_without_reply(ret, AUTHENTICATOR_ASK, "");
}

int answer_reply(AuthenticatorAnswer *ret, void (*write)(const void *userdata, ByteWriter *w),
                 const void *userdata) {
        Blob reply;
        int r;

        r = blob_build(&reply, write, userdata);
        if (r < 0)
                return r;

        *ret = (AuthenticatorAnswer){ AUTHENTICATOR_REPLY, reply, "" };
        return 0;
}

static int answer_in_manner(AuthenticatorAnswer *ret, ProfileManner manner, Ctap2Status status,
                            const char *why) {
        switch (manner) {
        case PROFILE_ANSWERS:
                return answer_status(ret, status, why);
        case PROFILE_IGNORES:
                return answer_without_reply(ret, AUTHENTICATOR_SILENCE, why);
        case PROFILE_CLOSES:
                return answer_without_reply(ret, AUTHENTICATOR_CLOSE, why);
        }
        return -EINVAL;
}

int answer_unreadable(const Authenticator *authenticator, int64_t n_required,
                      AuthenticatorAnswer *ret) {
        Ctap2Status status = CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
        CborItem map, value;

        if (cbor_item_parse(authenticator->command.data + 1, authenticator->command.n - 1,
                            CTAP2_REQUEST_DEPTH_MAX, 0, &map) < 0)
                return -EINVAL;
        for (int64_t key = 1; key <= n_required; key++)
                if (cbor_item_map_get(map, key, &value) == -ENOENT)
                        status = CTAP2_ERR_MISSING_PARAMETER;

        return answer_in_manner(ret, authenticator->profile->malformed, status,
                                "the request lacks a member, or has one of another type");
}

void authenticator_done(Authenticator *authenticator) {
        blob_done(&authenticator->command);
        authenticator->chosen = NULL;
        authenticator->question = (AuthenticatorQuestion){};
}

static void write_get_info_reply(const void *userdata, ByteWriter *w) {
        byte_writer_append_u8(w, CTAP2_OK);
        profile_write_get_info(userdata, w);
}

static int take_get_info(const Authenticator *authenticator, AuthenticatorAnswer *ret) {
        const Profile *profile = authenticator->profile;

        if (profile->get_info == PROFILE_ANSWERS)
                return answer_reply(ret, write_get_info_reply, profile);
        return answer_in_manner(ret, profile->get_info, CTAP2_ERR_INVALID_COMMAND,
                                "this phone has said what it is, and does not say it again");
}

/* What is wrong with the CBOR as such. NULL: nothing. */
static const char *cbor_trouble(const Authenticator *authenticator) {
        const uint8_t *data = authenticator->command.data + 1;
        size_t n = authenticator->command.n - 1;
        CborItem item;

        if (cbor_item_parse(data, n, CTAP2_REQUEST_DEPTH_MAX, 0, &item) < 0)
                return "the command is not followed by CBOR as CTAP has it";
        if (authenticator->profile->canonical &&
            cbor_item_parse(data, n, CTAP2_REQUEST_DEPTH_MAX, CBOR_CANONICAL_ORDER, &item) < 0)
                return "the map keys are not in canonical order";
        return NULL;
}

static int take_request(Authenticator *authenticator,
                        int (*take)(Authenticator *authenticator, AuthenticatorAnswer *ret),
                        AuthenticatorAnswer *ret) {
        const char *trouble = cbor_trouble(authenticator);

        if (trouble)
                return answer_in_manner(ret, authenticator->profile->malformed,
                                        CTAP2_ERR_INVALID_CBOR, trouble);
        return take(authenticator, ret);
}

int authenticator_take(Authenticator *authenticator, const uint8_t *command, size_t n,
                       AuthenticatorAnswer *ret) {
        int r;

        if (n == 0)
                return -EINVAL;

        authenticator_done(authenticator);
        r = blob_init(&authenticator->command, n);
        if (r < 0)
                return r;
        memcpy(authenticator->command.data, command, n);

        switch (command[0]) {
        case CTAP2_COMMAND_MAKE_CREDENTIAL:
                return take_request(authenticator, make_credential_take, ret);
        case CTAP2_COMMAND_GET_ASSERTION:
                return take_request(authenticator, get_assertion_take, ret);
        case CTAP2_COMMAND_GET_INFO:
                return take_get_info(authenticator, ret);
        default:
                return answer_in_manner(ret, authenticator->profile->other_commands,
                                        CTAP2_ERR_INVALID_COMMAND,
                                        "phones take two commands, and this is neither");
        }
}

int authenticator_decide(Authenticator *authenticator, bool approved, AuthenticatorAnswer *ret) {
        if (!authenticator->command.data)
                return -EINVAL;
        if (!approved)
                return answer_in_manner(ret, authenticator->profile->declined,
                                        CTAP2_ERR_OPERATION_DENIED, "the person declined");
        if (authenticator->question.operation == HYBRID_CREATE)
                return make_credential_finish(authenticator, ret);
        return get_assertion_finish(authenticator, ret);
}
