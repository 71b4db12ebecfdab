/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authority.h"
#include "certificate.h"

enum {
        DAY_SECONDS = 24 * 60 * 60,
};

DEFINE_CLEANUP(BIO *, BIO_free_all);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(X509 *, X509_free);
DEFINE_CLEANUP(SSL_CTX *, SSL_CTX_free);

static const char *const standard_hosts[] = { "cable.ua5v.com", "cable.auth.com", "localhost" };

static void close_fd(int *fd) {
        if (*fd >= 0)
                close(*fd);
}

static _printf_(3, 4) int explain(char why[static CERTIFICATE_WORDS_SIZE], int error,
                                  const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        vsnprintf(why, CERTIFICATE_WORDS_SIZE, format, ap);
        va_end(ap);
        return error;
}

/* What OpenSSL has to say about its last failure. */
static const char *crypto_words(void) {
        const char *words = ERR_reason_error_string(ERR_peek_last_error());

        return words ? words : "it cannot be read";
}

void certificate_files_done(CertificateFiles *files) {
        free(files->ca);
        free(files->cert);
        free(files->key);
        *files = (CertificateFiles){};
}

bool certificate_host_is_valid(const char *host) {
        size_t n = strlen(host);

        if (certificate_host_is_address(host))
                return true;

        return n > 0 && n <= 253 && host[0] != '.' && host[0] != '-' &&
               strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
                       n;
}

/* ----------------------------------------------------------------------------------------------
 * Files
 * ------------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *data, size_t n) {
        while (n > 0) {
                ssize_t k = write(fd, data, n);

                if (k < 0)
                        return -errno;
                data += k;
                n -= (size_t)k;
        }

        return 0;
}

/* Under another name first: who reads it sees the old file or the new one. */
static int write_file(const char *path, BIO *content, mode_t mode) {
        _cleanup_(close_fd) int fd = -1;
        char temporary[PATH_MAX];
        char *data;
        long n;
        int r;

        if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
                return -ENAMETOOLONG;
        (void)unlink(temporary);
        fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (fd < 0)
                return -errno;

        n = BIO_get_mem_data(content, &data);
        r = write_all(fd, data, (size_t)n);
        if (r >= 0 && rename(temporary, path) < 0)
                r = -errno;
        if (r < 0)
                (void)unlink(temporary);
        return r;
}

static int write_certificate(const char *path, X509 *x) {
        _cleanup_(BIO_free_allp) BIO *bio = BIO_new(BIO_s_mem());

        if (!bio || PEM_write_bio_X509(bio, x) != 1)
                return -ENOMEM;
        return write_file(path, bio, 0644);
}

static int write_key(const char *path, EVP_PKEY *key) {
        _cleanup_(BIO_free_allp) BIO *bio = BIO_new(BIO_s_secmem());

        if (!bio || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
                return -ENOMEM;
        return write_file(path, bio, 0600);
}

static X509 *read_certificate(const char *path) {
        _cleanup_(BIO_free_allp) BIO *bio = BIO_new_file(path, "r");

        return bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
}

/* Instead of OpenSSL's default, which asks the terminal for a password. */
static int no_password(char *buffer, int size, int writing, void *userdata) {
        return -1;
}

static EVP_PKEY *read_key(const char *path) {
        _cleanup_(BIO_free_allp) BIO *bio = BIO_new_file(path, "r");

        return bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
}

/* ----------------------------------------------------------------------------------------------
 * Both together
 * ------------------------------------------------------------------------------------------- */

static bool certificate_names(X509 *x, const char *host) {
        if (certificate_host_is_address(host))
                return X509_check_ip_asc(x, host, 0) == 1;

        return X509_check_host(x, host, 0, 0, NULL) == 1;
}

static bool certificate_names_all(X509 *x, const CertificateHosts *hosts) {
        for (size_t i = 0; i < hosts->n; i++)
                if (!certificate_names(x, hosts->items[i]))
                        return false;

        return true;
}

static bool certificate_is_current(X509 *x) {
        time_t tomorrow = time(NULL) + DAY_SECONDS;

        return X509_cmp_current_time(X509_get0_notBefore(x)) < 0 &&
               X509_cmp_time(X509_get0_notAfter(x), &tomorrow) > 0;
}

/* True if what is in the folder can be used as it is. */
static bool files_are_good(const CertificateFiles *files, const CertificateHosts *hosts) {
        _cleanup_(X509_freep) X509 *authority = read_certificate(files->ca);
        _cleanup_(X509_freep) X509 *leaf = read_certificate(files->cert);
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = read_key(files->key);

        ERR_clear_error();
        return authority && leaf && key && certificate_is_current(authority) &&
               certificate_is_current(leaf) &&
               X509_verify(leaf, X509_get0_pubkey(authority)) == 1 &&
               X509_check_private_key(leaf, key) == 1 && certificate_names_all(leaf, hosts);
}

static int files_make(const CertificateFiles *files, const CertificateHosts *hosts) {
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *authority_key = EVP_EC_gen("P-256");
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen("P-256");
        _cleanup_(X509_freep) X509 *authority = authority_key ? authority_new(authority_key) : NULL;
        _cleanup_(X509_freep) X509 *leaf = NULL;
        int r;

        leaf = key && authority ? authority_issue(authority, authority_key, key, hosts) : NULL;
        if (!leaf)
                return -ENOMEM;

        r = write_key(files->key, key);
        if (r < 0)
                return r;
        r = write_certificate(files->cert, leaf);
        if (r < 0)
                return r;
        return write_certificate(files->ca, authority);
}

static int folder_open(const char *folder) {
        int fd;

        if (mkdir(folder, 0755) < 0 && errno != EEXIST)
                return -errno;

        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* The file's name in the folder. Owned, or NULL. */
static char *path_join(const char *folder, const char *name) {
        char *path;

        return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* Nothing that somebody else has put there is written over. */
static bool files_are_ours(const CertificateFiles *files) {
        _cleanup_(X509_freep) X509 *authority = read_certificate(files->ca);
        _cleanup_(X509_freep) X509 *leaf = read_certificate(files->cert);

        ERR_clear_error();
        if (leaf)
                return authority_has_issued(leaf);
        return (authority && authority_has_issued(authority)) || access(files->key, F_OK) < 0;
}

static int files_prepare(const CertificateFiles *files, char *const *hosts, size_t n_hosts) {
        const char *items[ELEMENTSOF(standard_hosts) + CERTIFICATE_HOSTS_MAX];
        CertificateHosts all = { .items = items };

        for (size_t i = 0; i < ELEMENTSOF(standard_hosts); i++)
                items[all.n++] = standard_hosts[i];
        for (size_t i = 0; i < n_hosts && all.n < ELEMENTSOF(items); i++)
                items[all.n++] = hosts[i];

        if (files_are_good(files, &all))
                return 0;
        return files_are_ours(files) ? files_make(files, &all) : -EEXIST;
}

int certificate_prepare(const char *folder, char *const *hosts, size_t n_hosts,
                        CertificateFiles *ret, char why[static CERTIFICATE_WORDS_SIZE]) {
        _cleanup_(certificate_files_done) CertificateFiles files = {};
        _cleanup_(close_fd) int fd = folder_open(folder);
        int r;

        if (fd < 0)
                return explain(why, fd, "%s", strerror(-fd));

        files.ca = path_join(folder, "ca.pem");
        files.cert = path_join(folder, "cert.pem");
        files.key = path_join(folder, "key.pem");
        if (!files.ca || !files.cert || !files.key)
                return explain(why, -ENOMEM, "%s", strerror(ENOMEM));

        /* Several servers may start at once with the same folder. */
        if (flock(fd, LOCK_EX) < 0)
                return explain(why, -errno, "%s", strerror(errno));
        r = files_prepare(&files, hosts, n_hosts);
        if (r == -EEXIST)
                return explain(why, r, "there is a key or a certificate of somebody else in it");
        if (r < 0)
                return explain(why, r, "%s", strerror(-r));

        *ret = files;
        files = (CertificateFiles){};
        return 0;
}

int certificate_check(const char *cert_file, const char *key_file,
                      char why[static CERTIFICATE_WORDS_SIZE]) {
        _cleanup_(SSL_CTX_freep) SSL_CTX *context = SSL_CTX_new(TLS_server_method());

        if (!context)
                return explain(why, -EINVAL, "%s", crypto_words());
        SSL_CTX_set_default_passwd_cb(context, no_password);

        if (SSL_CTX_use_certificate_chain_file(context, cert_file) != 1)
                return explain(why, -EINVAL, "%s: %s", cert_file, crypto_words());
        if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1)
                return explain(why, -EINVAL, "%s: %s", key_file, crypto_words());
        if (SSL_CTX_check_private_key(context) != 1)
                return explain(why, -EINVAL, "%s is not the key of %s", key_file, cert_file);
        return 0;
}
