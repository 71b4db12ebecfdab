/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the QR code says: a CBOR map behind "FIDO:/" and decimal digits (CTAP 2.2 section 11.5.1.2).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/p256.h"
#include "hybrid.h"

enum {
        QR_SECRET_SIZE = 16,
};

typedef enum QrHint {
        QR_HINT_GET_ASSERTION,         /* "ga"; also what an unknown or absent hint means */
        QR_HINT_MAKE_CREDENTIAL,       /* "mc" */
        QR_HINT_CREDENTIAL_PRESENTING, /* "dcp": digital credentials */
        QR_HINT_CREDENTIAL_ISSUANCE,   /* "dci" */
        _QR_HINT_MAX,
} QrHint;

/** Bits of QrCode.channels: CTAP 2.3's numbers of data channels. */
enum {
        QR_CHANNEL_TUNNEL = 1 << 0,
        QR_CHANNEL_L2CAP = 1 << 1,
};

typedef struct QrCode {
        uint8_t public_key[P256_COMPRESSED_SIZE]; /* the desktop's, for this code only */
        uint8_t secret[QR_SECRET_SIZE];
        uint64_t n_tunnel_domains; /* assigned tunnel ids that the desktop knows */
        bool has_timestamp;
        uint64_t timestamp; /* Unix time in seconds */
        bool has_linking;   /* revision 0 phones look at whether the key is there at all */
        bool linking;       /* the desktop can keep linking information */
        bool has_hint;
        QrHint hint;
        bool has_channels;
        unsigned channels; /* of those known here; a phone that sees none of them must give up */
} QrCode;

/** Writes the text with NUL. It is as secret as the code's secret. */
void qr_encode(const QrCode *code, char ret[static HYBRID_QR_TEXT_SIZE_MAX]);

/**
 * Reads the text. Unknown keys are skipped; a boolean under key 6, as drafts had it, counts as
 * absent. Returns 0, or -EBADMSG: also if the public key is no point on the curve. -ENOMEM.
 */
int qr_decode(const char *text, QrCode *ret);
