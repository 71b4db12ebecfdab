/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The phones that this one can be: what each says about itself, what its credentials look like, and
 * what it does not put up with.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "hybrid.h"

enum {
        PROFILE_GET_INFO_SIZE_MAX = 256,
        PROFILE_LIST_MAX = 4, /* entries of a list, with the NULL at its end */
};

/** What becomes of a command. */
typedef enum ProfileManner {
        PROFILE_ANSWERS, /* as CTAP says, be it with a status */
        PROFILE_IGNORES, /* says nothing, and goes on waiting */
        PROFILE_CLOSES,  /* hangs up */
} ProfileManner;

typedef struct ProfileOption {
        const char *name; /* NULL: end of the list */
        bool value;
} ProfileOption;

typedef struct Profile {
        const char *name;
        uint16_t tunnel_server_id; /* unless the command line names another */

        /* The getInfo response; lists end with NULL, and options are in canonical order. */
        const char *extensions[PROFILE_LIST_MAX];
        uint8_t aaguid[HYBRID_AAGUID_SIZE];
        ProfileOption options[PROFILE_LIST_MAX + 1];
        uint64_t n_credentials_max;   /* in a list; more are refused; 0: no limit */
        uint64_t credential_size_max; /* likewise of an id */
        const char *transports[PROFILE_LIST_MAX];
        const char *attestation_formats[PROFILE_LIST_MAX]; /* or none: not said */

        /* See HybridPhoneParams. */
        bool send_features, send_update, close_after_reply;

        /* Credentials and what is said about them. */
        uint8_t credential_aaguid[HYBRID_AAGUID_SIZE];
        size_t n_credential_id;
        bool synced;                                         /* backup eligible, and backed up */
        bool counts;                                         /* signatures; others always say 0 */
        bool empty_names;                                    /* beside the user id of a sign-in */
        const char *descriptor_transports[PROFILE_LIST_MAX]; /* of a sign-in, or none */

        /* Strictness. */
        bool canonical;           /* map keys must be in canonical order */
        bool needs_rp_name;       /* and hangs up without */
        bool needs_user_name;     /* likewise */
        bool needs_display_name;  /* likewise */
        bool knows_no_transports; /* a descriptor with transports is not recognised */
        bool refuses_silence;     /* the option up: false */
        ProfileManner malformed, declined, get_info, other_commands;
} Profile;

/** A profile by its name, or NULL. */
const Profile *profile_by_name(const char *name);

/** What the profile says of an option, or of an extension. */
bool profile_has_option(const Profile *profile, const char *name);
bool profile_has_extension(const Profile *profile, const char *name);

/** Writes the getInfo response without a status byte. */
void profile_write_get_info(const Profile *profile, ByteWriter *w);

/** Writes a list that ends with NULL as an array of texts. */
void profile_write_list(const char *const list[static PROFILE_LIST_MAX], ByteWriter *w);

/** All names in one line, for messages. */
#define PROFILE_NAMES "android, iphone, plain, full or bare"
