/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What is inside the records: the phone's first message, which says what it is, and the typed
 * messages that follow (CTAP 2.2 section 11.5.1.9).
 *
 * Phones from before revision 1 pad their first message differently and send no type byte.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/cbor-item.h"

typedef enum MessageRevision {
        MESSAGE_REVISION_0 = 0, /* old Chrome on Android */
        MESSAGE_REVISION_1 = 1,
} MessageRevision;

/** The phone's first message. All pointers are borrowed from the decoded bytes. */
typedef struct PostHandshake {
        MessageRevision revision;
        bool has_ctap;           /* the phone takes CTAP commands */
        bool has_dc;             /* digital credentials; not used here */
        const uint8_t *get_info; /* CBOR; NULL unless has_ctap */
        size_t n_get_info;
        bool has_linking;
        CborItem linking; /* a map, not checked further */
} PostHandshake;

/** Returns 0, or -EBADMSG. Unknown keys and features are skipped. */
int post_handshake_decode(const uint8_t *data, size_t n, PostHandshake *ret);

/** Writes the revision 1 form with getInfo; key 3 (features) only if asked for. */
void post_handshake_encode(ByteWriter *w, const uint8_t *get_info, size_t n_get_info,
                           bool features);

/** The same with linking information, an encoded map, as older phones have it there. */
void post_handshake_encode_linking(ByteWriter *w, const uint8_t *get_info, size_t n_get_info,
                                   const uint8_t *linking, size_t n_linking, bool features);

typedef enum MessageType {
        MESSAGE_SHUTDOWN = 0, /* no more commands; from the desktop only */
        MESSAGE_CTAP = 1,
        MESSAGE_UPDATE = 2, /* linking information or just filler; from the phone only */
        MESSAGE_JSON = 3,   /* digital credentials; not used here */
        /* above: reserved, and an error when received */
} MessageType;

typedef struct Message {
        MessageType type;
        const uint8_t *payload; /* borrowed */
        size_t n_payload;
} Message;

/**
 * Revision 1 splits off the type byte; in revision 0 everything is CTAP.
 * Returns 0; -EBADMSG if empty, of an unknown type, or a shutdown with a payload.
 */
int message_decode(MessageRevision revision, const uint8_t *data, size_t n, Message *ret);

void message_encode(ByteWriter *w, MessageType type, const uint8_t *payload, size_t n_payload);

enum {
        UPDATE_PADDED_SIZE = 512, /* what Android's update takes when padded, linking or not */
};

/**
 * An update that fills UPDATE_PADDED_SIZE bytes of a record's plaintext with linking information (an
 * encoded map) or without (n_linking is 0), so that its size does not tell whether the person agreed
 * to be remembered. Only what is too large for that makes a larger one.
 */
void update_encode(ByteWriter *w, const uint8_t *linking, size_t n_linking);

/** An update as received. */
typedef struct Update {
        bool has_linking;
        CborItem linking; /* a map, not checked further; borrowed from the payload */
} Update;

/** Reads an update's payload, without its type byte. Returns 0, or -EBADMSG. Skips unknown keys. */
int update_decode(const uint8_t *payload, size_t n, Update *ret);
