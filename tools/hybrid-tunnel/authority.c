/* SPDX-License-Identifier: MIT */

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority.h"

enum {
        DAY_SECONDS = 24 * 60 * 60,
        VALID_DAYS = 30,
        SERIAL_BITS = 127,
};

DEFINE_CLEANUP(X509 *, X509_free);

bool certificate_host_is_address(const char *host) {
        uint8_t address[sizeof(struct in6_addr)];

        return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static bool set_random_serial(X509 *x) {
        BIGNUM *serial = BN_new();
        bool ok;

        ok = serial && BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
             BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x));
        BN_free(serial);
        return ok;
}

static bool set_name(X509_NAME *name, const char *common_name) {
        return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                          (const unsigned char *)common_name, -1, -1, 0) == 1;
}

static bool add_extension(X509 *x, X509 *issuer, int nid, const char *value) {
        X509_EXTENSION *extension;
        X509V3_CTX context;
        bool ok;

        X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
        extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
        ok = extension && X509_add_ext(x, extension, -1) == 1;
        X509_EXTENSION_free(extension);
        return ok;
}

/* What authority and leaf have in common. An hour of clock difference does no harm. */
static X509 *certificate_new(const char *common_name, EVP_PKEY *key, X509 *issuer) {
        _cleanup_(X509_freep) X509 *x = X509_new();
        const X509_NAME *issuer_name;

        if (!x || X509_set_version(x, X509_VERSION_3) != 1 || !set_random_serial(x) ||
            !set_name(X509_get_subject_name(x), common_name))
                return NULL;

        issuer_name = X509_get_subject_name(issuer ? issuer : x);
        if (X509_set_issuer_name(x, issuer_name) != 1 || X509_set_pubkey(x, key) != 1 ||
            !X509_gmtime_adj(X509_getm_notBefore(x), -60 * 60) ||
            !X509_gmtime_adj(X509_getm_notAfter(x), (long)VALID_DAYS * DAY_SECONDS))
                return NULL;

        return TAKE_PTR(x);
}

#define AUTHORITY_NAME "hybrid-tunnel test authority"

bool authority_has_issued(X509 *certificate) {
        char name[sizeof(AUTHORITY_NAME) + 1] = "";

        (void)X509_NAME_get_text_by_NID(X509_get_issuer_name(certificate), NID_commonName, name,
                                        sizeof(name));
        return strcmp(name, AUTHORITY_NAME) == 0;
}

X509 *authority_new(EVP_PKEY *key) {
        _cleanup_(X509_freep) X509 *x = certificate_new(AUTHORITY_NAME, key, NULL);

        if (!x || !add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
            !add_extension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign") ||
            !add_extension(x, x, NID_subject_key_identifier, "hash") ||
            X509_sign(x, key, EVP_sha256()) == 0)
                return NULL;

        return TAKE_PTR(x);
}

static void write_alternative_name(FILE *f, const char *host) {
        fprintf(f, "%s%s:%s", ftell(f) > 0 ? "," : "",
                certificate_host_is_address(host) ? "IP" : "DNS", host);
}

/* The value of the subjectAltName extension in OpenSSL's notation. Owned, or NULL. */
static char *alternative_names(const CertificateHosts *hosts) {
        char *names = NULL;
        size_t n;
        FILE *f;

        f = open_memstream(&names, &n);
        if (!f)
                return NULL;

        for (size_t i = 0; i < hosts->n; i++)
                write_alternative_name(f, hosts->items[i]);

        if (fclose(f) == EOF) {
                free(names);
                return NULL;
        }
        return names;
}

X509 *authority_issue(X509 *authority, EVP_PKEY *authority_key, EVP_PKEY *key,
                      const CertificateHosts *hosts) {
        _cleanup_(X509_freep) X509 *x = certificate_new("hybrid-tunnel", key, authority);
        char *names = alternative_names(hosts);
        bool ok;

        ok = x && names &&
             add_extension(x, authority, NID_basic_constraints, "critical,CA:FALSE") &&
             add_extension(x, authority, NID_key_usage, "critical,digitalSignature") &&
             add_extension(x, authority, NID_ext_key_usage, "serverAuth") &&
             add_extension(x, authority, NID_subject_key_identifier, "hash") &&
             add_extension(x, authority, NID_authority_key_identifier, "keyid:always") &&
             add_extension(x, authority, NID_subject_alt_name, names) &&
             X509_sign(x, authority_key, EVP_sha256()) > 0;
        free(names);
        return ok ? TAKE_PTR(x) : NULL;
}
