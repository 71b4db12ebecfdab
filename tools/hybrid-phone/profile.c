/* SPDX-License-Identifier: MIT */

/*
 * What is known of real phones is from the reports of those who met them; the profiles are as
 * strict as the strictest of these.
 */

#include <string.h>

#include "base/cbor-writer.h"
#include "base/macro.h"
#include "profile.h"
#include "wire/ctap2.h"

/* Keys of the getInfo response (CTAP 2.2 section 6.4). */
enum {
        KEY_VERSIONS = 1,
        KEY_EXTENSIONS = 2,
        KEY_AAGUID = 3,
        KEY_OPTIONS = 4,
        KEY_CREDENTIALS_MAX = 7,
        KEY_CREDENTIAL_SIZE_MAX = 8,
        KEY_TRANSPORTS = 9,
        KEY_ATTESTATION_FORMATS = 0x16,
};

/* Play services with Google Password Manager. */
static const Profile android = {
        .name = "android",
        .tunnel_server_id = 0,
        .extensions = { "prf" },
        .options = { { "rk", true }, { "up", true }, { "uv", true }, { "plat", false } },
        .transports = { "internal", "hybrid" },
        .send_features = true,
        .send_update = true,
        .close_after_reply = true,
        .credential_aaguid = { 0xea, 0x9b, 0x8d, 0x66, 0x4d, 0x01, 0x1d, 0x21, 0x3c, 0xe4, 0xb6,
                               0xb4, 0x8c, 0xb5, 0x75, 0xd4 },
        .n_credential_id = 16,
        .synced = true,
        .empty_names = true,
        .descriptor_transports = { "internal", "cable" },
        .canonical = true,
        .needs_rp_name = true,
        .needs_user_name = true,
        .needs_display_name = true,
        .refuses_silence = true,
        .malformed = PROFILE_CLOSES,
        .declined = PROFILE_ANSWERS,
        .get_info = PROFILE_CLOSES,
        .other_commands = PROFILE_CLOSES,
};

/* An iPhone with iCloud Keychain. */
static const Profile iphone = {
        .name = "iphone",
        .tunnel_server_id = 1,
        .extensions = { "largeBlob", "prf" },
        .aaguid = { 0xf2, 0x4a, 0x8e, 0x70, 0xd0, 0xd3, 0xf8, 0x2c, 0x29, 0x37, 0x32, 0x52, 0x3c,
                    0xc4, 0xde, 0x5a },
        .options = { { "rk", true }, { "uv", true }, { "jsonMessages", true } },
        .transports = { "internal", "hybrid" },
        .send_features = true,
        .close_after_reply = true,
        .credential_aaguid = { 0xfb, 0xfc, 0x30, 0x07, 0x15, 0x4e, 0x4e, 0xcc, 0x8c, 0x0b, 0x6e,
                               0x02, 0x05, 0x57, 0xd7, 0xbd },
        .n_credential_id = 32,
        .synced = true,
        .empty_names = true,
        .needs_rp_name = true,
        .needs_display_name = true,
        .knows_no_transports = true,
        .malformed = PROFILE_CLOSES,
        .declined = PROFILE_CLOSES,
        .get_info = PROFILE_IGNORES,
        .other_commands = PROFILE_CLOSES,
};

/* No phone in particular: does what the specification says, and is lenient where that is. */
static const Profile plain = {
        .name = "plain",
        .tunnel_server_id = 0,
        .extensions = { "prf" },
        .aaguid = { 0x5b, 0x7e, 0x1d, 0x34, 0x3c, 0x0f, 0x4f, 0x63, 0x9d, 0x0a, 0x68, 0x79, 0x62,
                    0x72, 0x69, 0x64 },
        .options = { { "rk", true }, { "up", true }, { "uv", true } },
        .transports = { "hybrid", "internal" },
        .credential_aaguid = { 0x5b, 0x7e, 0x1d, 0x34, 0x3c, 0x0f, 0x4f, 0x63, 0x9d, 0x0a, 0x68,
                               0x79, 0x62, 0x72, 0x69, 0x64 },
        .n_credential_id = 32,
        .counts = true,
        .malformed = PROFILE_ANSWERS,
        .declined = PROFILE_ANSWERS,
        .get_info = PROFILE_ANSWERS,
        .other_commands = PROFILE_ANSWERS,
};

/* No phone that there is: has what the specification has and phones have not, and small limits. */
static const Profile full = {
        .name = "full",
        .tunnel_server_id = 0,
        .extensions = { "credProtect", "minPinLength", "prf" },
        .aaguid = { 0x5b, 0x7e, 0x1d, 0x34, 0x3c, 0x0f, 0x4f, 0x63, 0x9d, 0x0a, 0x68, 0x79, 0x62,
                    0x72, 0x66, 0x6c },
        .options = { { "ep", true }, { "rk", true }, { "up", true }, { "uv", true } },
        .n_credentials_max = 8,
        .credential_size_max = 64,
        .transports = { "hybrid", "internal" },
        .attestation_formats = { "packed", "none" },
        .credential_aaguid = { 0x5b, 0x7e, 0x1d, 0x34, 0x3c, 0x0f, 0x4f, 0x63, 0x9d, 0x0a, 0x68,
                               0x79, 0x62, 0x72, 0x66, 0x6c },
        .n_credential_id = 32,
        .counts = true,
        .canonical = true,
        .needs_rp_name = true,
        .needs_user_name = true,
        .needs_display_name = true,
        .malformed = PROFILE_ANSWERS,
        .declined = PROFILE_ANSWERS,
        .get_info = PROFILE_ANSWERS,
        .other_commands = PROFILE_ANSWERS,
};

/* No phone that there is either: says nothing of itself but a version, and verifies nobody. */
static const Profile bare = {
        .name = "bare",
        .tunnel_server_id = 0,
        .options = { { "up", true } },
        .n_credential_id = 16,
        .malformed = PROFILE_ANSWERS,
        .declined = PROFILE_ANSWERS,
        .get_info = PROFILE_ANSWERS,
        .other_commands = PROFILE_ANSWERS,
};

const Profile *profile_by_name(const char *name) {
        static const Profile *const profiles[] = { &android, &iphone, &plain, &full, &bare };

        for (size_t i = 0; i < ELEMENTSOF(profiles); i++)
                if (strcmp(profiles[i]->name, name) == 0)
                        return profiles[i];

        return NULL;
}

void profile_write_list(const char *const list[static PROFILE_LIST_MAX], ByteWriter *w) {
        size_t n = 0;

        while (list[n])
                n++;
        cbor_write_array(w, n);
        for (size_t i = 0; i < n; i++)
                cbor_write_string(w, list[i]);
}

static void write_options(const Profile *profile, ByteWriter *w) {
        size_t n = 0;

        while (profile->options[n].name)
                n++;
        cbor_write_map(w, n);
        for (size_t i = 0; i < n; i++) {
                cbor_write_string(w, profile->options[i].name);
                cbor_write_bool(w, profile->options[i].value);
        }
}

bool profile_has_option(const Profile *profile, const char *name) {
        for (size_t i = 0; profile->options[i].name; i++)
                if (strcmp(profile->options[i].name, name) == 0)
                        return profile->options[i].value;

        return false;
}

bool profile_has_extension(const Profile *profile, const char *name) {
        for (size_t i = 0; profile->extensions[i]; i++)
                if (strcmp(profile->extensions[i], name) == 0)
                        return true;

        return false;
}

static void write_optional_list(uint64_t key, const char *const list[static PROFILE_LIST_MAX],
                                ByteWriter *w) {
        if (!list[0])
                return;
        cbor_write_uint(w, key);
        profile_write_list(list, w);
}

static size_t n_optional_members(const Profile *profile) {
        return (size_t) !!profile->extensions[0] + !!profile->n_credentials_max +
               !!profile->credential_size_max + !!profile->transports[0] +
               !!profile->attestation_formats[0];
}

void profile_write_get_info(const Profile *profile, ByteWriter *w) {
        static const char *const versions[PROFILE_LIST_MAX] = { "FIDO_2_0", "FIDO_2_1" };

        cbor_write_map(w, 3 + n_optional_members(profile));
        cbor_write_uint(w, KEY_VERSIONS);
        profile_write_list(versions, w);
        write_optional_list(KEY_EXTENSIONS, profile->extensions, w);
        cbor_write_uint(w, KEY_AAGUID);
        cbor_write_bytes(w, profile->aaguid, sizeof(profile->aaguid));
        cbor_write_uint(w, KEY_OPTIONS);
        write_options(profile, w);
        ctap2_write_optional_uint(w, KEY_CREDENTIALS_MAX, profile->n_credentials_max);
        ctap2_write_optional_uint(w, KEY_CREDENTIAL_SIZE_MAX, profile->credential_size_max);
        write_optional_list(KEY_TRANSPORTS, profile->transports, w);
        write_optional_list(KEY_ATTESTATION_FORMATS, profile->attestation_formats, w);
}
