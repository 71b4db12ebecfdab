/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A certificate authority for one occasion: it signs one server certificate. In memory only.
 */

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

/** DNS names and IP addresses that a certificate is for. Borrowed. */
typedef struct CertificateHosts {
        const char *const *items;
        size_t n;
} CertificateHosts;

/** True for an IPv4 or IPv6 address, which certificates name in another way than DNS names. */
bool certificate_host_is_address(const char *host);

/** A self-signed authority, good for 30 days. Owned: X509_free(). NULL when it cannot be made. */
X509 *authority_new(EVP_PKEY *key);

/** Whether an authority of this program, perhaps an earlier one, has issued it. */
bool authority_has_issued(X509 *certificate);

/** A server certificate for these hosts, good for 30 days. Owned: X509_free(). Or NULL. */
X509 *authority_issue(X509 *authority, EVP_PKEY *authority_key, EVP_PKEY *key,
                      const CertificateHosts *hosts);
