/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "base/secret.h"
#include "io/fetch.h"
#include "io/fetch/curl-loop.h"
#include "io/tunnel/address.h"
#include "io/tunnel/proxy.h"
#include "io/tunnel/url.h"

enum {
        HEADERS_SIZE_MAX = 64 * 1024,
        URL_TEXT_SIZE = sizeof("https://") + URL_AUTHORITY_SIZE + URL_PATH_SIZE,
        PROBLEM_SIZE = 128,
        ACCURACY_USEC = 10 * 1000,
        STATUS_OK = 200,
};

struct Fetch {
        sd_event *event;
        sd_event_source *deadline;
        const NetworkOptions *network;
        fetch_done_t done;
        void *userdata;

        CurlLoop *loop;
        struct curl_slist *headers;
        unsigned n_redirects;

        /* One request: made anew for each redirect. */
        Url url;
        CURL *transfer;
        struct curl_slist *connect_to;
        bool by_proxy;
        char problem[PROBLEM_SIZE]; /* found by a callback; else "" */
        size_t n_headers;
        char data[FETCH_SIZE_MAX];
        size_t n;
};

static void request_done(Fetch *fetch) {
        curl_easy_cleanup(fetch->transfer);
        fetch->transfer = NULL;
        curl_slist_free_all(fetch->connect_to);
        fetch->connect_to = NULL;
        fetch->n = fetch->n_headers = 0;
        fetch->problem[0] = '\0';
}

/* The last thing: the callee may free it. */
static void fetch_failed(Fetch *fetch, const char *problem) {
        char copy[PROBLEM_SIZE];

        snprintf(copy, sizeof(copy), "%s", problem);
        fetch->done(fetch->userdata, NULL, 0, copy);
}

/* ---- what curl asks ------------------------------------------------------------------------- */

/* Tests say where a name is, and that is not looked at any further. */
static bool is_decreed(const Fetch *fetch, const Address *address) {
        AddressList list;

        if (address_list_override(&list, fetch->network->resolve, fetch->url.host) < 0)
                return false;
        for (size_t i = 0; i < list.n; i++)
                if (list.items[i].n == address->n &&
                    memcmp(&list.items[i].any, &address->any, address->n) == 0)
                        return true;
        return false;
}

/* Just before it connects, so that what the name service says in between does not matter. */
static curl_socket_t on_open_socket(void *userdata, curlsocktype purpose,
                                    struct curl_sockaddr *where) {
        Fetch *fetch = userdata;
        Address address = { .n = where->addrlen };
        char text[ADDRESS_TEXT_SIZE];

        if (where->family != AF_INET && where->family != AF_INET6)
                return CURL_SOCKET_BAD;
        memcpy(&address.any, &where->addr,
               where->family == AF_INET ? sizeof(address.v4) : sizeof(address.v6));

        /* A proxy was chosen by who runs this machine. */
        if (!fetch->by_proxy && !address_is_public(&address) && !is_decreed(fetch, &address)) {
                address_format(&address, text);
                snprintf(fetch->problem, sizeof(fetch->problem),
                         "the name leads to %s, which is not a public address", text);
                return CURL_SOCKET_BAD;
        }
        return socket(where->family, where->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                      where->protocol);
}

static size_t on_data(char *data, size_t one, size_t n, void *userdata) {
        Fetch *fetch = userdata;

        if (n > sizeof(fetch->data) - fetch->n) {
                snprintf(fetch->problem, sizeof(fetch->problem), "the document is too large");
                return 0;
        }
        memcpy(fetch->data + fetch->n, data, n);
        fetch->n += n;
        return n;
}

static size_t on_header(char *data, size_t one, size_t n, void *userdata) {
        Fetch *fetch = userdata;

        fetch->n_headers += n;
        if (fetch->n_headers <= HEADERS_SIZE_MAX)
                return n;
        snprintf(fetch->problem, sizeof(fetch->problem), "the head of the answer is too large");
        return 0;
}

/* ---- one request ---------------------------------------------------------------------------- */

#define set(fetch, option, value)                                                                  \
        (curl_easy_setopt((fetch)->transfer, (option), (value)) == CURLE_OK)

static bool set_callbacks(Fetch *fetch) {
        return set(fetch, CURLOPT_OPENSOCKETFUNCTION, on_open_socket) &&
               set(fetch, CURLOPT_OPENSOCKETDATA, fetch) &&
               set(fetch, CURLOPT_WRITEFUNCTION, on_data) && set(fetch, CURLOPT_WRITEDATA, fetch) &&
               set(fetch, CURLOPT_HEADERFUNCTION, on_header) &&
               set(fetch, CURLOPT_HEADERDATA, fetch);
}

/* No protocol but https, nothing that is remembered or told, no file of the user's read. */
static bool set_manners(Fetch *fetch) {
        return set(fetch, CURLOPT_PROTOCOLS_STR, "https") &&
               set(fetch, CURLOPT_REDIR_PROTOCOLS_STR, "https") &&
               set(fetch, CURLOPT_FOLLOWLOCATION, 0L) &&
               set(fetch, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
               set(fetch, CURLOPT_HTTPHEADER, fetch->headers) &&
               set(fetch, CURLOPT_USERAGENT, "hybridd") &&
               set(fetch, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
               set(fetch, CURLOPT_FRESH_CONNECT, 1L) && set(fetch, CURLOPT_FORBID_REUSE, 1L) &&
               set(fetch, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) &&
               set(fetch, CURLOPT_MAXFILESIZE, (long)FETCH_SIZE_MAX);
}

/* No signals, and no waiting for a thread that still resolves a name. */
static bool set_threads(Fetch *fetch) {
        return set(fetch, CURLOPT_NOSIGNAL, 1L) && set(fetch, CURLOPT_QUICK_EXIT, 1L);
}

/* As for the tunnel. curl alone takes a name in a certificate's subject, too. */
static CURLcode on_tls_context(CURL *transfer, void *context, void *userdata) {
        const Fetch *fetch = userdata;
        X509_VERIFY_PARAM *param = SSL_CTX_get0_param(context);

        /* Else one read would go on for as long as the site sends what is no data, such as new keys. */
        SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
        X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                                       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        return X509_VERIFY_PARAM_set1_host(param, fetch->url.host, 0) == 1 ? CURLE_OK
                                                                           : CURLE_OUT_OF_MEMORY;
}

static bool set_tls(Fetch *fetch) {
        const NetworkOptions *network = fetch->network;

        if (!set(fetch, CURLOPT_SSL_CTX_FUNCTION, on_tls_context) ||
            !set(fetch, CURLOPT_SSL_CTX_DATA, fetch))
                return false;
        if (!set(fetch, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) ||
            !set(fetch, CURLOPT_SSL_VERIFYPEER, 1L) || !set(fetch, CURLOPT_SSL_VERIFYHOST, 2L) ||
            !set(fetch, CURLOPT_SSL_SESSIONID_CACHE, 0L))
                return false;
        if (network->ca_file)
                return set(fetch, CURLOPT_CAINFO, network->ca_file) &&
                       set(fetch, CURLOPT_CAPATH, NULL);
        /* The system's come from the hash directory then. */
        return !network->extra_ca_file || set(fetch, CURLOPT_CAINFO, network->extra_ca_file);
}

/* "" keeps curl from looking into the environment, where hybridd has looked already. */
static int set_direct(Fetch *fetch) {
        char text[sizeof("::") + URL_AUTHORITY_SIZE + ADDRESS_TEXT_SIZE], where[ADDRESS_TEXT_SIZE];
        AddressList list;
        int r;

        if (!set(fetch, CURLOPT_PROXY, ""))
                return -ENOTSUP;
        r = address_list_override(&list, fetch->network->resolve, fetch->url.host);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;

        address_format(&list.items[0], where);
        snprintf(text, sizeof(text), "%s:%u:%s", fetch->url.host, fetch->url.port, where);
        fetch->connect_to = curl_slist_append(NULL, text);
        if (!fetch->connect_to)
                return -ENOMEM;
        return set(fetch, CURLOPT_CONNECT_TO, fetch->connect_to) ? 0 : -ENOTSUP;
}

/* curl decodes percent escapes in both parts, which the first colon divides. */
static bool set_proxy_user(Fetch *fetch, const char *credentials) {
        char text[3 * PROXY_CREDENTIALS_SIZE];
        CLEANUP_ERASE(text);
        const char *colon = strchr(credentials, ':');
        char *end = text;

        for (const char *p = credentials; *p; p++)
                if (p == colon)
                        *end++ = ':';
                else
                        end += sprintf(end, "%%%02X", (unsigned char)*p);
        *end = '\0';
        return set(fetch, CURLOPT_PROXYUSERPWD, text);
}

static bool set_proxy(Fetch *fetch, const Proxy *proxy) {
        char name[PROXY_NAME_SIZE];

        proxy_name(proxy, name);
        if (!set(fetch, CURLOPT_PROXY, name) ||
            !set(fetch, CURLOPT_PROXYTYPE, (long)CURLPROXY_HTTP) ||
            !set(fetch, CURLOPT_NOPROXY, "") || !set(fetch, CURLOPT_HTTPPROXYTUNNEL, 1L))
                return false;
        return proxy->credentials[0] == '\0' ||
               (set(fetch, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC) &&
                set_proxy_user(fetch, proxy->credentials));
}

/* For who has a proxy, the proxy resolves the name, and says who may be reached. */
static int set_way(Fetch *fetch) {
        const NetworkOptions *network = fetch->network;
        Proxy proxy = {};
        bool done;

        fetch->by_proxy = network->proxy &&
                          !proxy_is_bypassed(network->no_proxy, fetch->url.host, fetch->url.port);
        if (!fetch->by_proxy)
                return set_direct(fetch);

        if (proxy_parse(network->proxy, &proxy))
                return -EDESTADDRREQ;
        done = set_proxy(fetch, &proxy);
        proxy_done(&proxy);
        return done ? 0 : -ENOTSUP;
}

static int request_start(Fetch *fetch) {
        char authority[URL_AUTHORITY_SIZE], text[URL_TEXT_SIZE];
        int r;

        request_done(fetch);
        fetch->transfer = curl_easy_init();
        if (!fetch->transfer)
                return -ENOMEM;

        url_authority(&fetch->url, authority);
        snprintf(text, sizeof(text), "https://%s%s", authority, fetch->url.path);
        if (!set_callbacks(fetch) || !set_manners(fetch) || !set_threads(fetch) ||
            !set_tls(fetch) || !set(fetch, CURLOPT_URL, text))
                return -ENOTSUP;
        r = set_way(fetch);
        if (r < 0)
                return r;
        return curl_loop_start(fetch->loop, fetch->transfer);
}

/* ---- the answer ----------------------------------------------------------------------------- */

static bool is_redirect(long status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* "application/json", in any case, with or without parameters. */
static bool is_json(const char *type) {
        static const char json[] = "application/json";
        size_t n = sizeof(json) - 1;

        return type && strncasecmp(type, json, n) == 0 &&
               (type[n] == '\0' || type[n] == ';' || type[n] == ' ' || type[n] == '\t');
}

static const char *describe(int r) {
        return r == -EDESTADDRREQ ? "the proxy's URL is wrong" : strerrordesc_np(-r);
}

static void fetch_follow(Fetch *fetch) {
        char *location = NULL;
        Url url;
        int r;

        if (curl_easy_getinfo(fetch->transfer, CURLINFO_REDIRECT_URL, &location) != CURLE_OK ||
            !location || strncasecmp(location, "https://", 8) != 0 ||
            url_redirect(&fetch->url, location, &url) < 0) {
                fetch_failed(fetch, "it is redirected to where it must not be");
                return;
        }
        if (fetch->n_redirects == FETCH_REDIRECTS_MAX) {
                fetch_failed(fetch, "too many redirects");
                return;
        }

        fetch->n_redirects++;
        fetch->url = url;
        r = request_start(fetch);
        if (r < 0)
                fetch_failed(fetch, describe(r));
}

static void fetch_judge(Fetch *fetch, long status) {
        char problem[PROBLEM_SIZE];
        char *type = NULL;

        if (status != STATUS_OK) {
                snprintf(problem, sizeof(problem), "HTTP status %ld", status);
                fetch_failed(fetch, problem);
                return;
        }
        if (curl_easy_getinfo(fetch->transfer, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK ||
            !is_json(type)) {
                fetch_failed(fetch, "the document is not application/json");
                return;
        }
        fetch->done(fetch->userdata, fetch->data, fetch->n, NULL);
}

static void on_end(void *userdata, CURLcode result) {
        Fetch *fetch = userdata;
        long status = 0;

        if (result != CURLE_OK) {
                fetch_failed(fetch,
                             fetch->problem[0] ? fetch->problem : curl_easy_strerror(result));
                return;
        }

        (void)curl_easy_getinfo(fetch->transfer, CURLINFO_RESPONSE_CODE, &status);
        if (is_redirect(status))
                fetch_follow(fetch);
        else
                fetch_judge(fetch, status);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        fetch_failed(userdata, "no answer in time");
        return 0;
}

/* ---- life ----------------------------------------------------------------------------------- */

static Fetch *fetch_free(Fetch *fetch) {
        if (!fetch)
                return NULL;

        curl_loop_free(fetch->loop);
        request_done(fetch);
        curl_slist_free_all(fetch->headers);
        sd_event_source_disable_unref(fetch->deadline);
        sd_event_unref(fetch->event);
        free(fetch);
        return NULL;
}
DEFINE_CLEANUP(Fetch *, fetch_free);

/* The parser is the tunnel's, which knows the scheme by another name. */
static int parse_url(const char *text, Url *ret) {
        char other[sizeof("wss://") + URL_AUTHORITY_SIZE + URL_PATH_SIZE];
        Url url;
        int n, r;

        if (strncasecmp(text, "https://", 8) != 0)
                return -EINVAL;
        n = snprintf(other, sizeof(other), "wss://%s", text + 8);
        if (n < 0 || (size_t)n >= sizeof(other))
                return -EINVAL;
        r = url_parse(other, &url);
        if (r < 0)
                return r;
        if (!url_host_is_public(url.host))
                return -EINVAL;

        *ret = url;
        return 0;
}

static int fetch_start(Fetch **ret, sd_event *event, const char *url, const NetworkOptions *network,
                       fetch_done_t done, void *userdata) {
        _cleanup_(fetch_freep) Fetch *fetch = calloc(1, sizeof(Fetch));
        int r;

        if (!fetch || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return -ENOMEM;
        fetch->event = sd_event_ref(event);
        fetch->network = network;
        fetch->done = done;
        fetch->userdata = userdata;

        r = parse_url(url, &fetch->url);
        if (r < 0)
                return r;
        fetch->headers = curl_slist_append(NULL, "Accept: application/json");
        if (!fetch->headers)
                return -ENOMEM;
        r = curl_loop_new(&fetch->loop, event, on_end, fetch);
        if (r < 0)
                return r;
        r = sd_event_add_time_relative(event, &fetch->deadline, CLOCK_BOOTTIME, FETCH_TIMEOUT_USEC,
                                       ACCURACY_USEC, on_deadline, fetch);
        if (r < 0)
                return r;
        r = request_start(fetch);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(fetch);
        return 0;
}

_public_ const FetchBackend fetch_curl = {
        .start = fetch_start,
        .free = fetch_free,
};
