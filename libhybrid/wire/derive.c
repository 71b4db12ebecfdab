/* SPDX-License-Identifier: MIT */

#include "base/bytes.h"
#include "crypto/sha256.h"
#include "wire/derive.h"

void derive(DerivePurpose purpose, const uint8_t *secret, size_t n_secret, const uint8_t *salt,
            size_t n_salt, uint8_t *ret, size_t n_ret) {
        uint8_t info[4];

        put_le32(info, purpose);
        hkdf_sha256(secret, n_secret, salt, n_salt, info, sizeof(info), ret, n_ret);
}
