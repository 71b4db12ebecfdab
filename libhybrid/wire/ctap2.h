/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What CTAP2's messages share (CTAP 2.2 sections 6 and 8): command and status bytes, borrowed views
 * of fields, options, credential descriptors and algorithm parameters.
 *
 * Each message has a file of its own, ctap2-….h, with one struct, an encoder and a decoder. The
 * struct means the same in both directions: scalars by value, texts and byte strings as views, and
 * lists and maps as views of their CBOR, which whoever encodes has written before with the functions
 * for one element. Nothing is copied, so a decoded struct lives as long as the message it came from.
 * What is absent has a view with data NULL; that includes what a strict phone misses in a request.
 *
 * Encoders write canonical CBOR as long as the views given to them are canonical. Decoders skip
 * unknown keys and accept maps in any order; a strict phone asks cbor_item_parse() about the order.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cbor-item.h"

enum {
        CTAP2_CREDENTIAL_ID_SIZE_MAX = 1023,
        CTAP2_USER_ID_SIZE_MAX = 64,

        /* Nested arrays and maps. PRF inputs for each credential are the fifth level of a request. */
        CTAP2_REQUEST_DEPTH_MAX = 8,
        CTAP2_REPLY_DEPTH_MAX = 4,
        CTAP2_ATTESTATION_DEPTH_MAX = 8, /* of a reply with an attestation statement inside */
};

typedef enum Ctap2Command {
        CTAP2_COMMAND_MAKE_CREDENTIAL = 0x01,
        CTAP2_COMMAND_GET_ASSERTION = 0x02,
        CTAP2_COMMAND_GET_INFO = 0x04,
} Ctap2Command;

/** Status bytes (CTAP 2.2 section 8.2); E0-EF belong to extensions, F0-FF to vendors. */
typedef enum Ctap2Status {
        CTAP2_OK = 0x00,
        CTAP2_ERR_INVALID_COMMAND = 0x01,
        CTAP2_ERR_INVALID_PARAMETER = 0x02,
        CTAP2_ERR_INVALID_LENGTH = 0x03,
        CTAP2_ERR_TIMEOUT = 0x05,
        CTAP2_ERR_CBOR_UNEXPECTED_TYPE = 0x11,
        CTAP2_ERR_INVALID_CBOR = 0x12,
        CTAP2_ERR_MISSING_PARAMETER = 0x14,
        CTAP2_ERR_LIMIT_EXCEEDED = 0x15,
        CTAP2_ERR_UNSUPPORTED_EXTENSION = 0x16, /* CTAP 2.0 only */
        CTAP2_ERR_CREDENTIAL_EXCLUDED = 0x19,
        CTAP2_ERR_PROCESSING = 0x21,
        CTAP2_ERR_INVALID_CREDENTIAL = 0x22,
        CTAP2_ERR_UNSUPPORTED_ALGORITHM = 0x26,
        CTAP2_ERR_OPERATION_DENIED = 0x27,
        CTAP2_ERR_KEY_STORE_FULL = 0x28,
        CTAP2_ERR_UNSUPPORTED_OPTION = 0x2b,
        CTAP2_ERR_INVALID_OPTION = 0x2c,
        CTAP2_ERR_KEEPALIVE_CANCEL = 0x2d,
        CTAP2_ERR_NO_CREDENTIALS = 0x2e,
        CTAP2_ERR_USER_ACTION_TIMEOUT = 0x2f,
        CTAP2_ERR_NOT_ALLOWED = 0x30,
        CTAP2_ERR_PIN_AUTH_INVALID = 0x33,
        CTAP2_ERR_PUAT_REQUIRED = 0x36,
        CTAP2_ERR_REQUEST_TOO_LARGE = 0x39,
        CTAP2_ERR_ACTION_TIMEOUT = 0x3a,
        CTAP2_ERR_UP_REQUIRED = 0x3b,
        CTAP2_ERR_UV_BLOCKED = 0x3c,
        CTAP2_ERR_INTEGRITY_FAILURE = 0x3d,
        CTAP2_ERR_UV_INVALID = 0x3f,
        CTAP2_ERR_OTHER = 0x7f,
} Ctap2Status;

/** The specification's name without its prefix, such as "NO_CREDENTIALS", or "unknown". Static. */
const char *ctap2_status_name(uint8_t status);

/** Borrowed fields. Text is UTF-8 without NUL. An empty field is not an absent one. */
typedef struct Ctap2Bytes {
        const uint8_t *data; /* NULL: absent */
        size_t n;
} Ctap2Bytes;

typedef struct Ctap2Text {
        const char *data; /* NULL: absent */
        size_t n;
} Ctap2Text;

static inline Ctap2Text ctap2_text(const char *text) {
        return (Ctap2Text){ .data = text, .n = strlen(text) };
}

/** Writes an item as it stands. */
void ctap2_write_item(ByteWriter *w, CborItem item);

/** Each writes a key and its value, or nothing if the value is absent. */
void ctap2_write_optional_item(ByteWriter *w, uint64_t key, CborItem item);
void ctap2_write_optional_text(ByteWriter *w, const char *name, Ctap2Text text);

/** The same for a number of which 0 means that it is absent. */
void ctap2_write_optional_uint(ByteWriter *w, uint64_t key, uint64_t value);

/**
 * Readers of one member of a map, for the files beside this one. An absent member leaves `ret`
 * alone and counts as success; -EBADMSG if the member has another type.
 */
int ctap2_read_bytes(CborItem map, int64_t key, Ctap2Bytes *ret);
int ctap2_read_text(CborItem map, int64_t key, Ctap2Text *ret);
int ctap2_read_uint(CborItem map, int64_t key, uint64_t *ret);
int ctap2_read_text_list(CborItem map, int64_t key, CborItem *ret); /* an array of texts only */
int ctap2_read_item(CborItem map, int64_t key, CborType type, CborItem *ret);
int ctap2_read_named_bytes(CborItem map, const char *name, Ctap2Bytes *ret);
int ctap2_read_named_text(CborItem map, const char *name, Ctap2Text *ret);
int ctap2_read_named_item(CborItem map, const char *name, CborType type, CborItem *ret);

/** An option that may be left out, which means neither true nor false. */
typedef enum Ctap2Option {
        CTAP2_OPTION_ABSENT,
        CTAP2_OPTION_FALSE,
        CTAP2_OPTION_TRUE,
} Ctap2Option;

/**
 * The options that matter on this transport: {"ep": bool, "rk": bool, "up": bool, "uv": bool}. The
 * first, for enterprise attestation, is of getInfo responses only.
 */
typedef struct Ctap2Options {
        Ctap2Option rk;
        Ctap2Option up;
        Ctap2Option uv;
        Ctap2Option ep;
} Ctap2Options;

bool ctap2_options_present(const Ctap2Options *options);
void ctap2_options_encode(const Ctap2Options *options, ByteWriter *w);

/** Unknown options are skipped. -EBADMSG if `item` is no map, or a known option no boolean. */
int ctap2_options_decode(CborItem item, Ctap2Options *ret);

/** PublicKeyCredentialDescriptor: {"id": bytes, "type": text, "transports"?: [text]}. */
typedef struct Ctap2Descriptor {
        Ctap2Bytes id;
        Ctap2Text type;
        CborItem transports;
} Ctap2Descriptor;

void ctap2_descriptor_encode(const Ctap2Descriptor *descriptor, ByteWriter *w);
int ctap2_descriptor_decode(CborItem item, Ctap2Descriptor *ret);

/** 0 if the item is an array of descriptors, else -EBADMSG. Request decoders have asked this. */
int ctap2_descriptors_check(CborItem list);

/** True if a checked list has a descriptor with this id. */
bool ctap2_descriptors_contain(CborItem list, Ctap2Bytes id);

/** PublicKeyCredentialParameters: {"alg": int, "type": text}. */
typedef struct Ctap2Parameters {
        int64_t algorithm; /* a number of the COSE registry, such as -7 for ES256 */
        Ctap2Text type;
} Ctap2Parameters;

void ctap2_parameters_encode(const Ctap2Parameters *parameters, ByteWriter *w);
int ctap2_parameters_decode(CborItem item, Ctap2Parameters *ret);

/** The same two questions for a list of parameters; only type "public-key" counts as contained. */
int ctap2_parameters_check_list(CborItem list);
bool ctap2_parameters_contain(CborItem list, int64_t algorithm);
