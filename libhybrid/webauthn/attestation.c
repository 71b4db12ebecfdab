/* SPDX-License-Identifier: MIT */

#include "base/cbor-writer.h"
#include "webauthn/attestation.h"

static bool is_self_attestation(const Ctap2MakeCredentialReply *reply, const AuthData *auth_data) {
        static const uint8_t no_aaguid[HYBRID_AAGUID_SIZE];
        static const char packed[] = "packed";
        CborItem x5c;

        return memcmp(auth_data->aaguid, no_aaguid, sizeof(no_aaguid)) == 0 &&
               reply->fmt.n == strlen(packed) &&
               memcmp(reply->fmt.data, packed, reply->fmt.n) == 0 &&
               cbor_item_map_get_text(reply->att_stmt, "x5c", &x5c) < 0;
}

void attestation_write(const Ctap2MakeCredentialReply *reply, const AuthData *auth_data, bool keep,
                       ByteWriter *w) {
        bool none = !keep && !is_self_attestation(reply, auth_data);

        cbor_write_map(w, 3);
        cbor_write_string(w, "fmt");
        if (none)
                cbor_write_string(w, "none");
        else
                cbor_write_text(w, reply->fmt.data, reply->fmt.n);
        cbor_write_string(w, "attStmt");
        if (none)
                cbor_write_map(w, 0);
        else
                ctap2_write_item(w, reply->att_stmt);
        cbor_write_string(w, "authData");
        cbor_write_bytes(w, reply->auth_data.data, reply->auth_data.n);
}
