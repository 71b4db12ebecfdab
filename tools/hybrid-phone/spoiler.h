/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Carries out the faults that change bytes on their way from the session to the desktop, and makes
 * the second advert and the second reply, which no session sends.
 */

#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "forger.h"
#include "hybrid.h"
#include "webauthn/blob.h"
#include "wire/eid.h"
#include "wire/qr.h"

typedef struct Spoiler {
        const FaultSet *faults; /* borrowed */
        const HybridEnv *source;
        EidKey eid_key;
        Forger forger;
        HybridPhoneStep plaintext; /* which one the next record is made of */
        uint32_t n_records;        /* that the session has sealed */
        bool forges;               /* a fault needs records that no session seals */
        Blob reply;                /* then: the plaintext with the reply in it */
} Spoiler;

/** For a session with this code. 0, -EBADMSG if the key in the code is no point, or -ENOMEM. */
int spoiler_init(Spoiler *spoiler, const FaultSet *faults, const HybridEnv *source,
                 const QrCode *code);
/** The same for a phone that is contacted. -EINVAL if a fault needs to know a code. */
int spoiler_init_without_code(Spoiler *spoiler, const FaultSet *faults, const HybridEnv *source);
void spoiler_done(Spoiler *spoiler);

/** The randomness that the session is to be given. */
HybridEnv spoiler_env(Spoiler *spoiler);

/** True if the session must send an update, so that another message can take its place. */
bool spoiler_needs_update(const Spoiler *spoiler);

/** For HybridPhoneParams.spoil, with the spoiler as userdata. */
void spoiler_spoil(void *userdata, HybridPhoneStep step, uint8_t *data, size_t *n, size_t n_max);

/** What the desktop sends comes by here before it goes to the session. */
void spoiler_see_message(Spoiler *spoiler, const uint8_t *message, size_t n);

/** A valid advert as another phone would make it that scanned the same code. 0 or -errno. */
int spoiler_second_advert(const Spoiler *spoiler, const uint8_t advert[static HYBRID_ADVERT_SIZE],
                          uint8_t ret[static HYBRID_ADVERT_SIZE]);

/** The record of a second reply: 0, -ENOENT if none is wanted or due yet, or another -errno. */
int spoiler_second_reply(Spoiler *spoiler, Blob *ret);
