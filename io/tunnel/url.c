/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/macro.h"
#include "io/tunnel/url.h"

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_host_character(char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
}

static char to_lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* A name of letters, digits, hyphens and dots whose last label is not a number. */
static int check_host(const char *host) {
        const char *last = strrchr(host, '.');

        last = last ? last + 1 : host;
        if (!*last || strspn(last, "0123456789") == strlen(last))
                return -EINVAL;
        if (*host == '.' || *host == '-' || strstr(host, ".."))
                return -EINVAL;
        for (const char *p = host; *p; p++)
                if (!is_host_character(*p))
                        return -EINVAL;

        return 0;
}

static int parse_host(const char **text, char ret[static URL_HOST_SIZE]) {
        size_t n = strcspn(*text, ":/");

        if (n == 0 || n >= URL_HOST_SIZE)
                return -EINVAL;
        for (size_t i = 0; i < n; i++)
                ret[i] = to_lower((*text)[i]);
        ret[n] = '\0';

        *text += n;
        return check_host(ret);
}

static int parse_port(const char **text, uint16_t *ret) {
        unsigned port = 0;

        if (**text != ':') {
                *ret = URL_PORT_DEFAULT;
                return 0;
        }

        for ((*text)++; is_digit(**text); (*text)++) {
                port = port * 10 + (unsigned)(**text - '0');
                if (port > UINT16_MAX)
                        return -EINVAL;
        }
        if (port == 0)
                return -EINVAL;

        *ret = (uint16_t)port;
        return 0;
}

static int parse_path(const char *text, char ret[static URL_PATH_SIZE]) {
        size_t n = strlen(text);

        if (n == 0)
                text = "/", n = 1;
        if (*text != '/' || n >= URL_PATH_SIZE)
                return -EINVAL;
        for (const char *p = text; *p; p++)
                if (*p <= ' ' || *p > '~' || *p == '#')
                        return -EINVAL;

        memcpy(ret, text, n + 1);
        return 0;
}

/* All that follows the scheme. */
static int parse_rest(const char *text, Url *ret) {
        Url url;
        int r;

        r = parse_host(&text, url.host);
        if (r < 0)
                return r;
        r = parse_port(&text, &url.port);
        if (r < 0)
                return r;
        r = parse_path(text, url.path);
        if (r < 0)
                return r;

        *ret = url;
        return 0;
}

int url_parse(const char *text, Url *ret) {
        if (strncasecmp(text, "wss://", 6) != 0)
                return -EINVAL;

        return parse_rest(text + 6, ret);
}

bool url_host_is_public(const char *host) {
        static const char *const ends[] = { ".localhost", ".local", ".internal", ".home.arpa" };
        size_t n = strlen(host);

        for (size_t i = 0; i < ELEMENTSOF(ends); i++)
                if (n > strlen(ends[i]) && strcmp(host + n - strlen(ends[i]), ends[i]) == 0)
                        return false;
        return strchr(host, '.');
}

static int redirect_absolute(const Url *from, const char *text, Url *ret) {
        Url url;
        int r;

        r = parse_rest(text, &url);
        if (r < 0)
                return r;
        if (!url_host_is_public(url.host) ||
            (url.port != URL_PORT_DEFAULT && url.port != from->port))
                return -EINVAL;

        *ret = url;
        return 0;
}

int url_redirect(const Url *from, const char *location, Url *ret) {
        char text[sizeof("https://") + URL_AUTHORITY_SIZE + URL_PATH_SIZE];
        size_t n = strcspn(location, "#");
        Url url;
        int r;

        if (n >= sizeof(text))
                return -EINVAL;
        memcpy(text, location, n);
        text[n] = '\0';

        if (strncasecmp(text, "https://", 8) == 0)
                return redirect_absolute(from, text + 8, ret);
        if (strncasecmp(text, "wss://", 6) == 0)
                return redirect_absolute(from, text + 6, ret);
        if (text[0] != '/' || text[1] == '/') /* "//HOST/…" would be a host, not a path */
                return -EINVAL;

        url = *from;
        r = parse_path(text, url.path);
        if (r < 0)
                return r;

        *ret = url;
        return 0;
}

void url_authority(const Url *url, char ret[static URL_AUTHORITY_SIZE]) {
        if (url->port == URL_PORT_DEFAULT)
                snprintf(ret, URL_AUTHORITY_SIZE, "%s", url->host);
        else
                snprintf(ret, URL_AUTHORITY_SIZE, "%s:%u", url->host, url->port);
}
