/* SPDX-License-Identifier: MIT */

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pki.h"

enum {
        DAY = 24 * 60 * 60,
};

#define MUST(condition)                                                                            \
        do {                                                                                       \
                if (!(condition)) {                                                                \
                        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
                        abort();                                                                   \
                }                                                                                  \
        } while (0)

static void add_extension(X509 *certificate, int nid, const char *value) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

        MUST(extension);
        MUST(X509_add_ext(certificate, extension, -1) == 1);
        X509_EXTENSION_free(extension);
}

static void set_name(X509 *certificate, const char *name) {
        MUST(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                        (const unsigned char *)name, -1, -1, 0) == 1);
}

static X509 *make_certificate(EVP_PKEY *key, const char *name, long from, long to) {
        static long serial = 1;
        X509 *certificate = X509_new();

        MUST(certificate);
        MUST(X509_set_version(certificate, X509_VERSION_3) == 1);
        MUST(ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++) == 1);
        MUST(X509_gmtime_adj(X509_getm_notBefore(certificate), from));
        MUST(X509_gmtime_adj(X509_getm_notAfter(certificate), to));
        MUST(X509_set_pubkey(certificate, key) == 1);
        set_name(certificate, name);

        return certificate;
}

static void sign(X509 *certificate, X509 *issuer, EVP_PKEY *key) {
        MUST(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1);
        MUST(X509_sign(certificate, key, EVP_sha256()) > 0);
}

static X509 *make_root(EVP_PKEY *key, const char *name) {
        X509 *root = make_certificate(key, name, -DAY, DAY);

        add_extension(root, NID_basic_constraints, "critical,CA:TRUE");
        sign(root, root, key);
        return root;
}

void pki_init(Pki *pki) {
        FILE *file;

        *pki = (Pki){};
        snprintf(pki->dir, sizeof(pki->dir), "%s/hybrid-pki-XXXXXX",
                 access("/tmp", W_OK) == 0 ? "/tmp" : ".");
        MUST(mkdtemp(pki->dir));
        snprintf(pki->ca_file, sizeof(pki->ca_file), "%s/ca.pem", pki->dir);

        pki->key = EVP_EC_gen("P-256");
        pki->other_key = EVP_EC_gen("P-256");
        MUST(pki->key && pki->other_key);
        pki->root = make_root(pki->key, "Test root");
        pki->other_root = make_root(pki->other_key, "Other root");

        file = fopen(pki->ca_file, "we");
        MUST(file);
        MUST(PEM_write_X509(file, pki->root) == 1);
        MUST(fclose(file) == 0);
}

void pki_done(Pki *pki) {
        unlink(pki->ca_file);
        rmdir(pki->dir);
        X509_free(pki->root);
        EVP_PKEY_free(pki->key);
        X509_free(pki->other_root);
        EVP_PKEY_free(pki->other_key);
}

static X509 *make_leaf(const Pki *pki, PkiKind kind, EVP_PKEY *key) {
        const char *names = "DNS:tunnel.test,DNS:other.test";
        long from = -DAY, to = DAY;
        X509 *leaf;

        if (kind == PKI_OTHER_NAME)
                names = "DNS:elsewhere.test";
        else if (kind == PKI_PARTIAL_WILDCARD)
                names = "DNS:tun*.test";
        else if (kind == PKI_EXPIRED)
                to = -DAY / 2;
        else if (kind == PKI_NOT_YET_VALID)
                from = DAY / 2;

        leaf = make_certificate(key, kind == PKI_NAME_IN_SUBJECT ? "tunnel.test" : "Test server",
                                from, to);
        if (kind != PKI_NAME_IN_SUBJECT)
                add_extension(leaf, NID_subject_alt_name, names);
        if (kind == PKI_SELF_SIGNED)
                sign(leaf, leaf, key);
        else if (kind == PKI_OTHER_ROOT)
                sign(leaf, pki->other_root, pki->other_key);
        else
                sign(leaf, pki->root, pki->key);

        return leaf;
}

SSL_CTX *pki_server_context(const Pki *pki, PkiKind kind) {
        SSL_CTX *context = SSL_CTX_new(TLS_server_method());
        EVP_PKEY *key = EVP_EC_gen("P-256");
        X509 *leaf;

        MUST(context && key);
        leaf = make_leaf(pki, kind, key);
        MUST(SSL_CTX_use_certificate(context, leaf) == 1);
        MUST(SSL_CTX_use_PrivateKey(context, key) == 1);
        X509_free(leaf);
        EVP_PKEY_free(key);

        return context;
}
