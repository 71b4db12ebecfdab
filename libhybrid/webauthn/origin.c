/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "hybrid.h"
#include "webauthn/origin.h"

#define HTTPS     "https://"
#define HTTP      "http://"
#define LOCALHOST "localhost"

enum {
        LABEL_SIZE_MAX = 63,
        PORT_DIGITS_MAX = 5,
        PORT_HTTPS = 443,
        PORT_HTTP = 80,
};

/* All of these are ASCII only, whatever the locale says. */

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_label_character(char c) {
        return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
}

static bool starts_with(const char *text, const char *prefix) {
        return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Decodes the A-label and encodes it again; what changes by that is not the browsers' form. */
static int check_a_label(const char *label) {
        char *again = NULL;
        bool unchanged;
        int r;

        r = idn2_to_ascii_8z(label, &again, IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES);
        if (r == IDN2_MALLOC)
                return -ENOMEM;
        if (r != IDN2_OK)
                return HYBRID_E_REFUSED;

        unchanged = strcmp(label, again) == 0;
        idn2_free(again);
        return unchanged ? 0 : HYBRID_E_REFUSED;
}

/*
 * libidn2 is only asked about A-labels: of other labels in lower-case ASCII it would refuse those
 * with hyphens in third and fourth place, which browsers accept and which exist.
 */
static int check_label(const char *label, size_t n) {
        char copy[LABEL_SIZE_MAX + 1];

        if (n == 0 || n > LABEL_SIZE_MAX || label[0] == '-' || label[n - 1] == '-')
                return HYBRID_E_REFUSED;
        for (size_t i = 0; i < n; i++)
                if (!is_label_character(label[i]))
                        return HYBRID_E_REFUSED;

        memcpy(copy, label, n);
        copy[n] = '\0';
        return starts_with(copy, "xn--") ? check_a_label(copy) : 0;
}

/*
 * Browsers take a host whose last label is a number, decimal, octal or hexadecimal, for an IPv4
 * address (URL standard, "ends in a number checker").
 */
static bool ends_in_number(const char *domain) {
        const char *dot = strrchr(domain, '.');
        const char *label = dot ? dot + 1 : domain;

        if (starts_with(label, "0x"))
                return strspn(label + 2, "0123456789abcdef") == strlen(label + 2);
        return strspn(label, "0123456789") == strlen(label);
}

int domain_check(const char *domain) {
        const char *label = domain;
        int r;

        if (strlen(domain) >= DOMAIN_SIZE_MAX)
                return HYBRID_E_REFUSED;

        for (;;) {
                size_t n = strcspn(label, ".");

                r = check_label(label, n);
                if (r != 0)
                        return r;
                if (label[n] == '\0')
                        break;
                label += n + 1;
        }

        return ends_in_number(domain) ? HYBRID_E_REFUSED : 0;
}

/* What follows the host: nothing, or ":" and a port. */
static int parse_port(const char *text, unsigned default_port, unsigned *ret) {
        unsigned port = 0;
        size_t n;

        if (*text == '\0') {
                *ret = default_port;
                return 0;
        }
        if (*text++ != ':')
                return HYBRID_E_REFUSED;

        for (n = 0; n < PORT_DIGITS_MAX && is_digit(text[n]); n++)
                port = port * 10 + (unsigned)(text[n] - '0');
        if (n == 0 || text[n] != '\0' || text[0] == '0' || port > UINT16_MAX)
                return HYBRID_E_REFUSED;

        *ret = port;
        return 0;
}

/* RFC 6761 section 6.3: localhost and every name below it is this machine. */
static bool is_localhost(const char *host) {
        size_t n = strlen(host), n_localhost = strlen(LOCALHOST);

        if (n < n_localhost || strcmp(host + n - n_localhost, LOCALHOST) != 0)
                return false;
        return n == n_localhost || host[n - n_localhost - 1] == '.';
}

static void serialise(Origin *origin, const char *scheme, unsigned port, unsigned default_port) {
        size_t n = strlen(scheme) + strlen(origin->host);

        stpcpy(stpcpy(origin->text, scheme), origin->host);
        if (port != default_port)
                snprintf(origin->text + n, sizeof(origin->text) - n, ":%u", port);
}

int origin_parse(const char *text, bool allow_localhost, Origin *ret) {
        bool https = starts_with(text, HTTPS);
        const char *scheme = https ? HTTPS : HTTP;
        unsigned default_port = https ? PORT_HTTPS : PORT_HTTP, port;
        Origin origin = {};
        size_t n;
        int r;

        if (!starts_with(text, scheme))
                return HYBRID_E_REFUSED;
        text += strlen(scheme);

        n = strcspn(text, ":");
        if (n >= sizeof(origin.host))
                return HYBRID_E_REFUSED;
        memcpy(origin.host, text, n);

        r = domain_check(origin.host);
        if (r != 0)
                return r;
        r = parse_port(text + n, default_port, &port);
        if (r != 0)
                return r;
        if (!https && !(allow_localhost && is_localhost(origin.host)))
                return HYBRID_E_REFUSED;

        serialise(&origin, scheme, port, default_port);
        *ret = origin;
        return 0;
}

/*
 * From the host up to the RP ID no domain may be a public suffix. That the ones above the RP ID
 * count, too, is HTML's rule for suffixes of several labels: where s3.amazonaws.com is one, a host
 * below it may not ask for amazonaws.com although that is none.
 */
int origin_check_rp_id(const Origin *origin, const char *rp_id,
                       bool (*is_public_suffix)(void *userdata, const char *domain),
                       void *userdata) {
        size_t n_host = strlen(origin->host), n_rp_id = strlen(rp_id);
        const char *domain = origin->host;
        int r;

        if (strcmp(origin->host, rp_id) == 0)
                return 0;

        r = domain_check(rp_id);
        if (r != 0)
                return r;
        if (!is_public_suffix || n_rp_id >= n_host || origin->host[n_host - n_rp_id - 1] != '.' ||
            strcmp(origin->host + n_host - n_rp_id, rp_id) != 0)
                return HYBRID_E_REFUSED;

        for (;;) {
                if (is_public_suffix(userdata, domain))
                        return HYBRID_E_REFUSED;
                if (strlen(domain) == n_rp_id)
                        return 0;
                domain = strchr(domain, '.') + 1;
        }
}
