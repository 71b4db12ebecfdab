/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "io/tunnel/channel-error.h"
#include "io/tunnel/tls-bio.h"
#include "io/tunnel/tls-stream.h"

struct TlsStream {
        SSL *ssl;
        BIO_METHOD *method;
        TlsSocket socket;
        uint32_t read_wants; /* EPOLL* flags that a read, or a write, waits for */
        uint32_t write_wants;
};

DEFINE_CLEANUP(SSL_CTX *, SSL_CTX_free);

/* From the hash directory one file is read per handshake; a bundle would be parsed whole. */
static int load_roots(SSL_CTX *context, const char *ca_file, const char *extra_ca_file) {
        if (ca_file && SSL_CTX_load_verify_file(context, ca_file) != 1)
                return -EINVAL;
        if (!ca_file && SSL_CTX_load_verify_dir(context, X509_get_default_cert_dir()) != 1)
                return -ENOMEM;
        if (extra_ca_file && SSL_CTX_load_verify_file(context, extra_ca_file) != 1)
                return -ENOKEY;

        return 0;
}

static int context_new(SSL_CTX **ret, const char *ca_file, const char *extra_ca_file) {
        _cleanup_(SSL_CTX_freep) SSL_CTX *context = NULL;
        int r;

        /* The tables of error words would cost a million instructions: errors are named below. */
        if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_SSL_STRINGS | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
                             NULL) != 1)
                return -ENOMEM;
        context = SSL_CTX_new(TLS_client_method());
        if (!context || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
                return -ENOMEM;

        SSL_CTX_set_options(context,
                            SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        /* Else one read would go on for as long as the peer sends what is no data, such as new keys. */
        SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
        r = load_roots(context, ca_file, extra_ca_file);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(context);
        return 0;
}

static int set_host(SSL *ssl, const char *host) {
        static const unsigned char alpn[] = "\x08http/1.1";

        /* As browsers do: the names in the subject alternative name count, and no others. */
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        if (SSL_set1_host(ssl, host) != 1 || SSL_set_tlsext_host_name(ssl, host) != 1 ||
            SSL_set_alpn_protos(ssl, alpn, sizeof(alpn) - 1) != 0)
                return -ENOMEM;

        return 0;
}

int tls_stream_new(TlsStream **ret, const char *host, const char *ca_file,
                   const char *extra_ca_file) {
        _cleanup_(tls_stream_freep) TlsStream *stream = calloc(1, sizeof(TlsStream));
        _cleanup_(SSL_CTX_freep) SSL_CTX *context = NULL;
        int r;

        if (!stream)
                return -ENOMEM;
        stream->socket.fd = -1;

        ERR_clear_error();
        r = context_new(&context, ca_file, extra_ca_file);
        if (r < 0)
                return r;
        stream->ssl = SSL_new(context);
        stream->method = tls_bio_method_new();
        if (!stream->ssl || !stream->method)
                return -ENOMEM;
        r = set_host(stream->ssl, host);
        if (r < 0)
                return r;
        SSL_set_connect_state(stream->ssl);

        *ret = TAKE_PTR(stream);
        return 0;
}

TlsStream *tls_stream_free(TlsStream *stream) {
        if (!stream)
                return NULL;

        ERR_clear_error();
        SSL_free(stream->ssl);
        BIO_meth_free(stream->method);
        if (stream->socket.fd >= 0)
                close(stream->socket.fd);

        free(stream);
        return NULL;
}

int tls_stream_attach(TlsStream *stream, int fd) {
        BIO *bio = tls_bio_new(stream->method, &stream->socket);

        if (!bio)
                return -ENOMEM;
        SSL_set_bio(stream->ssl, bio, bio);
        stream->socket.fd = fd;
        stream->read_wants = EPOLLIN;
        stream->write_wants = EPOLLOUT;

        return 0;
}

int tls_stream_fd(const TlsStream *stream) {
        return stream->socket.fd;
}

uint32_t tls_stream_wants(const TlsStream *stream, bool reading, bool writing) {
        return (reading ? stream->read_wants : 0) | (writing ? stream->write_wants : 0);
}

/* What a call on the SSL object came to. `wants` is where to note what it waits for. */
static int result_of(TlsStream *stream, int r, uint32_t *wants) {
        switch (SSL_get_error(stream->ssl, r)) {
        case SSL_ERROR_WANT_READ:
                *wants = EPOLLIN;
                return -EAGAIN;
        case SSL_ERROR_WANT_WRITE:
                *wants = EPOLLOUT;
                return -EAGAIN;
        case SSL_ERROR_ZERO_RETURN:
                return 0;
        default:
                if (stream->socket.error != 0)
                        return -stream->socket.error;
                return stream->socket.eof ? 0 : -EBADMSG;
        }
}

static const char *describe_reason(int reason) {
        switch (reason) {
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
                return "the server does not speak TLS";
        case SSL_R_UNSUPPORTED_PROTOCOL:
                return "the server's TLS is older than 1.2";
        case SSL_R_EXCESSIVE_MESSAGE_SIZE:
                return "the server's certificates are too large";
        case SSL_R_NO_PROTOCOLS_AVAILABLE:
                return "the system's settings leave no version of TLS";
        default:
                return NULL;
        }
}

/* An alert of the peer comes as a reason above this offset. */
static void describe_protocol_error(unsigned long error, HybridChannelError *ret) {
        int reason = ERR_GET_REASON(error);
        const char *text = ERR_GET_LIB(error) == ERR_LIB_SSL ? describe_reason(reason) : NULL;

        if (text)
                channel_error_set(ret, HYBRID_CHANNEL_TLS, "%s", text);
        else if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET)
                channel_error_set(ret, HYBRID_CHANNEL_TLS, "TLS alert from the server: %s",
                                  SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET));
        else
                channel_error_set(ret, HYBRID_CHANNEL_TLS,
                                  "TLS handshake failed: OpenSSL error %lx", error);
}

static void describe_handshake(const TlsStream *stream, int r, HybridChannelError *ret) {
        long verified = SSL_get_verify_result(stream->ssl);

        if (verified != X509_V_OK)
                channel_error_set(ret, HYBRID_CHANNEL_TLS, "certificate verify failed: %s",
                                  X509_verify_cert_error_string(verified));
        else if (r == 0)
                channel_error_set(ret, HYBRID_CHANNEL_TLS, "closed during the TLS handshake");
        else if (r != -EBADMSG)
                channel_error_set(ret, HYBRID_CHANNEL_TLS, "TLS handshake: %s",
                                  strerrordesc_np(-r));
        else
                describe_protocol_error(ERR_peek_error(), ret);
}

int tls_stream_handshake(TlsStream *stream, HybridChannelError *ret_error) {
        int r;

        ERR_clear_error();
        r = SSL_do_handshake(stream->ssl);
        if (r == 1) {
                stream->read_wants = EPOLLIN;
                return 0;
        }

        r = result_of(stream, r, &stream->read_wants);
        if (r == -EAGAIN)
                return r;

        describe_handshake(stream, r, ret_error);
        return -EPROTO;
}

ssize_t tls_stream_read(TlsStream *stream, void *ret, size_t n) {
        size_t n_read;
        int r;

        ERR_clear_error();
        r = SSL_read_ex(stream->ssl, ret, n, &n_read);
        if (r != 1)
                return result_of(stream, r, &stream->read_wants);

        stream->read_wants = EPOLLIN;
        return (ssize_t)n_read;
}

ssize_t tls_stream_write(TlsStream *stream, const void *data, size_t n) {
        size_t n_written;
        int r;

        ERR_clear_error();
        r = SSL_write_ex(stream->ssl, data, n, &n_written);
        if (r != 1) {
                r = result_of(stream, r, &stream->write_wants);
                return r == 0 ? -EPIPE : r;
        }

        stream->write_wants = EPOLLOUT;
        return (ssize_t)n_written;
}

int tls_stream_shutdown(TlsStream *stream) {
        int r;

        ERR_clear_error();
        r = SSL_shutdown(stream->ssl);
        if (r >= 0)
                return 0;

        r = result_of(stream, r, &stream->write_wants);
        return r == 0 ? -EPIPE : r;
}
