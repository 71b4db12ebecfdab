/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the phone can be reached by: one link, the same for every desktop that it is given to, with
 * the private key of which desktops get the public one. In a file of the folder that passkeys are
 * kept in.
 */

#include "hybrid.h"

/** A secret as a whole. */
typedef struct PhoneLink {
        HybridLink link;
        uint8_t private_key[HYBRID_LINK_PRIVATE_KEY_SIZE];
} PhoneLink;

void phone_link_done(PhoneLink *link);

/** 0, -ENOENT if there is none, -EBADMSG if the file holds none, another negative errno. */
int link_file_read(const char *folder, PhoneLink *ret);

/** The link that is there; or a new one, which is kept. Under this name, and by this service. */
int link_file_make(const char *folder, const HybridEnv *env, const char *name,
                   uint16_t tunnel_server_id, PhoneLink *ret);
