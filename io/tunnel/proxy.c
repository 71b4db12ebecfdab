/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/macro.h"
#include "base/secret.h"
#include "io/tunnel/proxy.h"

#define WRONG_FORM     "must be http://[user:password@]host:port"
#define WRONG_USER     "the user name or the password holds what it must not"
#define LONG_USER      "the user name and the password are too long"
#define WRONG_HOST     "the host is neither a name nor an address"
#define WRONG_PORT     "the port must be a number from 1 to 65535"
#define NO_SOCKS       "SOCKS proxies are not supported: give an HTTP proxy (http://)"
#define NO_TLS         "proxies that are spoken to over TLS (https://) are not supported: use http://"
#define NAME_SEPARATOR ", \t"

/* ---- the URL -------------------------------------------------------------------------------- */

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static int hex_digit(char c) {
        if (is_digit(c))
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

static const char *skip_scheme(const char **url) {
        const char *end = strstr(*url, "://");
        size_t n = end ? (size_t)(end - *url) : 0;

        if (!end)
                return NULL;
        if (n >= 5 && strncasecmp(*url, "socks", 5) == 0)
                return NO_SOCKS;
        if (n == 5 && strncasecmp(*url, "https", 5) == 0)
                return NO_TLS;
        if (n != 4 || strncasecmp(*url, "http", 4) != 0)
                return WRONG_FORM;

        *url = end + 3;
        return NULL;
}

/* One character, escaped or not; -1 if it must not be here. */
static int decode_character(const char **text, const char *end) {
        const char *p = *text;
        int c = (unsigned char)*p++, high, low;

        if (c == '%') {
                high = end - p < 2 ? -1 : hex_digit(p[0]);
                low = high < 0 ? -1 : hex_digit(p[1]);
                if (low < 0)
                        return -1;
                c = high * 16 + low;
                p += 2;
        }

        *text = p;
        return c < ' ' || c == 0x7f ? -1 : c;
}

/* RFC 7617: what is before the first colon is the user, so that there must be none in the user. */
static const char *decode_credentials(const char *text, const char *end,
                                      char ret[static PROXY_CREDENTIALS_SIZE]) {
        const char *colon = memchr(text, ':', (size_t)(end - text));
        size_t n = 0;

        while (text < end && n < PROXY_CREDENTIALS_SIZE - 2) {
                bool in_user = !colon || text < colon, separates = text == colon;
                int c = decode_character(&text, end);

                if (c < 0 || (c == ':' && in_user && !separates))
                        return WRONG_USER;
                ret[n++] = (char)c;
        }
        if (text < end)
                return LONG_USER;

        if (!colon)
                ret[n++] = ':';
        ret[n] = '\0';
        return NULL;
}

static bool is_host_character(char c, bool v6) {
        if (v6)
                return hex_digit(c) >= 0 || c == ':' || c == '.';
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
               c == '.' || c == '_';
}

/* A name, or an address; an IPv6 address in brackets. */
static const char *parse_host(const char **text, const char *end,
                              char ret[static PROXY_HOST_SIZE]) {
        bool v6 = *text < end && **text == '[';
        const char *start = v6 ? *text + 1 : *text;
        const char *stop = memchr(start, v6 ? ']' : ':', (size_t)(end - start));
        size_t n = (size_t)((stop ? stop : end) - start);

        if (n == 0 || n >= PROXY_HOST_SIZE || (v6 && !stop))
                return WRONG_HOST;
        for (size_t i = 0; i < n; i++)
                if (!is_host_character(start[i], v6))
                        return WRONG_HOST;

        memcpy(ret, start, n);
        ret[n] = '\0';
        *text = start + n + (v6 ? 1 : 0);
        return NULL;
}

static const char *parse_port(const char *text, const char *end, uint16_t *ret) {
        unsigned port = 0;

        if (text == end) {
                *ret = PROXY_PORT_DEFAULT;
                return NULL;
        }
        if (*text != ':' || end - text < 2 || end - text > 6)
                return WRONG_PORT;
        for (text++; text < end; text++) {
                if (!is_digit(*text))
                        return WRONG_PORT;
                port = port * 10 + (unsigned)(*text - '0');
        }
        if (port == 0 || port > UINT16_MAX)
                return WRONG_PORT;

        *ret = (uint16_t)port;
        return NULL;
}

/* The last "@" counts: a password may hold others. */
static const char *parse_authority(const char *text, const char *end, Proxy *ret) {
        const char *at = memrchr(text, '@', (size_t)(end - text));
        const char *problem;

        if (at) {
                problem = decode_credentials(text, at, ret->credentials);
                if (problem)
                        return problem;
                text = at + 1;
        }

        problem = parse_host(&text, end, ret->host);
        return problem ? problem : parse_port(text, end, &ret->port);
}

const char *proxy_parse(const char *url, Proxy *ret) {
        Proxy proxy = {};
        CLEANUP_ERASE(proxy);
        const char *problem, *end;

        problem = skip_scheme(&url);
        if (problem)
                return problem;
        end = url + strcspn(url, "/?#");
        if (end[0] != '\0' && strcmp(end, "/") != 0)
                return WRONG_FORM;

        problem = parse_authority(url, end, &proxy);
        if (problem)
                return problem;

        *ret = proxy;
        return NULL;
}

void proxy_done(Proxy *proxy) {
        secret_erase(proxy, sizeof(*proxy));
}

void proxy_name(const Proxy *proxy, char ret[static PROXY_NAME_SIZE]) {
        bool v6 = strchr(proxy->host, ':');

        snprintf(ret, PROXY_NAME_SIZE, v6 ? "[%s]:%u" : "%s:%u", proxy->host, proxy->port);
}

/* ---- the list ------------------------------------------------------------------------------- */

/* Cuts ":PORT" off. False if the entry is for another port. */
static bool cut_port(const char *entry, size_t *n, uint16_t port) {
        const char *colon = memchr(entry, ':', *n);
        uint16_t its_port;

        if (!colon)
                return true;
        if (parse_port(colon, entry + *n, &its_port))
                return false;

        *n = (size_t)(colon - entry);
        return its_port == port;
}

static bool is_below_or_same(const char *host, size_t n_host, const char *name, size_t n_name) {
        if (n_name == 0 || n_name > n_host ||
            strncasecmp(host + n_host - n_name, name, n_name) != 0)
                return false;
        return n_name == n_host || host[n_host - n_name - 1] == '.';
}

static size_t without_last_dot(const char *name, size_t n) {
        return n > 0 && name[n - 1] == '.' ? n - 1 : n;
}

static bool entry_matches(const char *entry, size_t n, const char *host, uint16_t port) {
        if (!cut_port(entry, &n, port))
                return false;
        if (n == 1 && *entry == '*')
                return true;
        if (n > 0 && *entry == '.')
                entry++, n--;

        return is_below_or_same(host, without_last_dot(host, strlen(host)), entry,
                                without_last_dot(entry, n));
}

bool proxy_is_bypassed(const char *no_proxy, const char *host, uint16_t port) {
        const char *entry = no_proxy ? no_proxy : "";

        for (;;) {
                size_t n;

                entry += strspn(entry, NAME_SEPARATOR);
                n = strcspn(entry, NAME_SEPARATOR);
                if (n == 0)
                        return false;
                if (entry_matches(entry, n, host, port))
                        return true;
                entry += n;
        }
}
