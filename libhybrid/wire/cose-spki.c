/* SPDX-License-Identifier: MIT */

/*
 * SubjectPublicKeyInfo for the few key types there are. For a curve everything before the point is
 * constant; RSA needs lengths. So there is no general DER writer.
 */

#include "base/macro.h"
#include "wire/cose.h"

enum {
        DER_INTEGER = 0x02,
        DER_BIT_STRING = 0x03,
        DER_SEQUENCE = 0x30,
};

/* SEQUENCE { SEQUENCE { id-ecPublicKey, curve }, BIT STRING { 0 unused bits, 04 (uncompressed) … */
static const uint8_t p256_prefix[] = {
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
        0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
};
static const uint8_t p384_prefix[] = {
        0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
        0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
};
static const uint8_t p521_prefix[] = {
        0x30, 0x81, 0x9b, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
        0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23, 0x03, 0x81, 0x86, 0x00, 0x04,
};

/* SEQUENCE { SEQUENCE { id-Ed25519 }, BIT STRING { 0 unused bits, … (RFC 8410) */
static const uint8_t ed25519_prefix[] = {
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
};

/* SEQUENCE { rsaEncryption, NULL } */
static const uint8_t rsa_algorithm[] = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
};

static const struct {
        const uint8_t *data;
        size_t n;
} prefixes[_COSE_KEY_TYPE_MAX] = {
        [COSE_KEY_P256] = { p256_prefix, sizeof(p256_prefix) },
        [COSE_KEY_P384] = { p384_prefix, sizeof(p384_prefix) },
        [COSE_KEY_P521] = { p521_prefix, sizeof(p521_prefix) },
        [COSE_KEY_ED25519] = { ed25519_prefix, sizeof(ed25519_prefix) },
};

/* Tag and length of an element whose content has n bytes, n < 65536. */
static void write_head(ByteWriter *w, uint8_t tag, size_t n) {
        byte_writer_append_u8(w, tag);
        if (n > 0xff) {
                byte_writer_append_u8(w, 0x82);
                byte_writer_append_u8(w, (uint8_t)(n >> 8));
        } else if (n > 0x7f)
                byte_writer_append_u8(w, 0x81);
        byte_writer_append_u8(w, (uint8_t)n);
}

/* Size of an element with its head. */
static size_t element_size(size_t n) {
        ByteWriter counting = BYTE_WRITER_COUNTING;

        write_head(&counting, 0, n);
        return counting.n + n;
}

/* DER's integers are signed: a number whose first bit is set gets a zero byte before it. */
static size_t integer_size(Ctap2Bytes number) {
        return number.n + (number.data[0] >> 7);
}

static void write_integer(ByteWriter *w, Ctap2Bytes number) {
        write_head(w, DER_INTEGER, integer_size(number));
        byte_writer_append_fill(w, 0, integer_size(number) - number.n);
        byte_writer_append(w, number.data, number.n);
}

/* RFC 3279 section 2.3.1; from the inside out only in the computing of lengths. */
static void write_rsa(const CoseKey *key, ByteWriter *w) {
        size_t n_numbers = element_size(integer_size(key->modulus)) +
                           element_size(integer_size(key->exponent));
        size_t n_bits = 1 + element_size(n_numbers);

        write_head(w, DER_SEQUENCE, sizeof(rsa_algorithm) + element_size(n_bits));
        byte_writer_append(w, rsa_algorithm, sizeof(rsa_algorithm));
        write_head(w, DER_BIT_STRING, n_bits);
        byte_writer_append_u8(w, 0);
        write_head(w, DER_SEQUENCE, n_numbers);
        write_integer(w, key->modulus);
        write_integer(w, key->exponent);
}

bool cose_key_encode_spki(const CoseKey *key, ByteWriter *w) {
        if (key->type == COSE_KEY_UNKNOWN)
                return false;

        if (key->type == COSE_KEY_RSA) {
                write_rsa(key, w);
                return true;
        }

        byte_writer_append(w, prefixes[key->type].data, prefixes[key->type].n);
        byte_writer_append(w, key->x.data, key->x.n);
        byte_writer_append(w, key->y.data, key->y.n);
        return true;
}
