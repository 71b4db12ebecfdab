/* SPDX-License-Identifier: MIT */

/*
 * The extensions of a request, but for "prf", which has a file of its own. Those that the standard
 * defines for the other operation are not looked at (WebAuthn Level 3 section 5.1.3, "for each
 * extension"), nor are those that are not known.
 */

#include <errno.h>

#include "base/macro.h"
#include "webauthn/json-member.h"
#include "webauthn/options.h"
#include "webauthn/refuse.h"

/* A boolean that may be absent. */
static int read_flag(const OptionsContext *context, const json_t *extensions, const char *name,
                     bool *ret) {
        int r;

        r = json_member_bool(extensions, name, ret);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, name, r);
        return 0;
}

/*
 * The identifiers of FIDO U2F. Phones have no credentials of that kind, so that the answer is known,
 * and it makes no difference whether the identifier is one of the caller's.
 */
static int read_app_id(const OptionsContext *context, const json_t *extensions, const char *name) {
        const char *app_id;
        int r;

        r = json_member_text(extensions, name, &app_id);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return refuse_member(context->failure, name, r);

        context->request->extensions.app_id = true;
        return 0;
}

/* CTAP 2.2 section 12.1 */
static int read_cred_protect(const OptionsContext *context, const json_t *extensions) {
        static const char *const names[] = {
                "userVerificationOptional",
                "userVerificationOptionalWithCredentialIDList",
                "userVerificationRequired",
        };
        ExtensionOptions *ret = &context->request->extensions;
        unsigned policy = 0;
        int r;

        r = json_member_enum(extensions, "credentialProtectionPolicy", names, ELEMENTSOF(names),
                             &policy);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, "credentialProtectionPolicy", r);
        if (r == 0)
                ret->cred_protect = (CredProtect)(CRED_PROTECT_UV_OPTIONAL + policy);

        return read_flag(context, extensions, "enforceCredentialProtectionPolicy",
                         &ret->enforce_cred_protect);
}

static bool has_member(const json_t *object, const char *name) {
        const json_t *value = json_object_get(object, name);

        return value && !json_is_null(value);
}

/*
 * No phone is known to keep large blobs for other devices, so "required" fails here, and all others
 * learn that there is none (WebAuthn Level 3 section 10.1.5).
 */
static int read_large_blob_support(const OptionsContext *context, const json_t *large_blob) {
        static const char *const names[] = { "preferred", "required" };
        unsigned support = 0;
        int r;

        if (has_member(large_blob, "read") || has_member(large_blob, "write"))
                return refuse_request(context->failure, HYBRID_CAUSE_UNSUPPORTED,
                                      "largeBlob.read and write are for signing in");

        r = json_member_enum(large_blob, "support", names, ELEMENTSOF(names), &support);
        if (r < 0 && r != -ENOENT)
                return refuse_member(context->failure, "largeBlob.support", r);
        if (support == 1)
                return refuse_request(context->failure, HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT,
                                      "phones keep no large blobs for other devices");
        return 0;
}

static int read_large_blob_write(const OptionsContext *context, const json_t *large_blob) {
        _blob_ data = {};
        int r;

        r = json_member_bytes(large_blob, "write", &data);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return refuse_member(context->failure, "largeBlob.write", r);
        if (context->request->n_descriptors != 1)
                return refuse_request(context->failure, HYBRID_CAUSE_UNSUPPORTED,
                                      "largeBlob.write needs one entry in allowCredentials");

        context->request->extensions.large_blob_write = true;
        return 0;
}

static int read_large_blob_use(const OptionsContext *context, const json_t *large_blob) {
        bool read = false;
        int r;

        if (has_member(large_blob, "support"))
                return refuse_request(context->failure, HYBRID_CAUSE_UNSUPPORTED,
                                      "largeBlob.support is for registering");
        if (has_member(large_blob, "read") && has_member(large_blob, "write"))
                return refuse_request(context->failure, HYBRID_CAUSE_UNSUPPORTED,
                                      "largeBlob.read and write exclude each other");

        r = read_flag(context, large_blob, "read", &read);
        if (r != 0)
                return r;
        return read_large_blob_write(context, large_blob);
}

static int read_large_blob(const OptionsContext *context, const json_t *extensions) {
        json_t *large_blob;
        int r;

        r = json_member(extensions, "largeBlob", JSON_OBJECT, &large_blob);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return refuse_member(context->failure, "largeBlob", r);

        context->request->extensions.large_blob = true;
        if (context->request->operation == HYBRID_CREATE)
                return read_large_blob_support(context, large_blob);
        return read_large_blob_use(context, large_blob);
}

static int read_for_create(const OptionsContext *context, const json_t *extensions) {
        ExtensionOptions *ret = &context->request->extensions;
        int r;

        r = read_flag(context, extensions, "credProps", &ret->cred_props);
        if (r != 0)
                return r;
        r = read_flag(context, extensions, "minPinLength", &ret->min_pin_length);
        if (r != 0)
                return r;
        r = read_cred_protect(context, extensions);
        if (r != 0)
                return r;
        return read_app_id(context, extensions, "appidExclude");
}

int options_read_extensions(const OptionsContext *context, const json_t *options) {
        json_t *extensions;
        int r;

        r = json_member(options, "extensions", JSON_OBJECT, &extensions);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return refuse_member(context->failure, "extensions", r);

        r = context->request->operation == HYBRID_CREATE
                    ? read_for_create(context, extensions)
                    : read_app_id(context, extensions, "appid");
        if (r != 0)
                return r;
        r = read_large_blob(context, extensions);
        if (r != 0)
                return r;
        return options_read_prf(context, extensions);
}
