/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The attestation object (WebAuthn Level 3 section 6.5.4): {"fmt", "attStmt", "authData"}.
 */

#include "base/bytes.h"
#include "wire/auth-data.h"
#include "wire/ctap2-make-credential.h"

/**
 * Writes the object. Unless @keep, the statement is replaced by none, but for self attestation, of
 * which nobody can be identified (section 5.1.3, "none"). The authenticator data are never changed:
 * they are signed, and their AAGUID stays.
 */
void attestation_write(const Ctap2MakeCredentialReply *reply, const AuthData *auth_data, bool keep,
                       ByteWriter *w);
