/* SPDX-License-Identifier: MIT */

/* The URL of a tunnel service and where it redirects to, a line each: what is accepted stays in TLS. */

#include <stdio.h>

#include "fuzz.h"
#include "io/tunnel/url.h"

enum {
        LINE_SIZE = 4096,
};

static void check_url(const Url *url) {
        char authority[URL_AUTHORITY_SIZE], text[LINE_SIZE];
        Url again;

        check(url->host[0] != '\0' && url->port != 0);
        for (const char *c = url->host; *c; c++)
                check(!strchr("/?#@: \t\r\n", *c) && !(*c >= 'A' && *c <= 'Z'));
        check(url->path[0] == '/');
        for (const char *c = url->path; *c; c++)
                check(*c > ' ' && *c <= '~' && *c != '#');

        url_authority(url, authority);
        snprintf(text, sizeof(text), "wss://%s%s", authority, url->path);
        check(url_parse(text, &again) == 0);
        check(strcmp(again.host, url->host) == 0 && again.port == url->port);
        check(strcmp(again.path, url->path) == 0);
}

/* Up to the end of the line, or of the input. */
static void take_line(FuzzInput *input, char ret[static LINE_SIZE]) {
        const uint8_t *end = memchr(input->data, '\n', input->n);
        size_t n = end ? (size_t)(end - input->data) : input->n, n_copied = n;

        if (n_copied >= LINE_SIZE)
                n_copied = LINE_SIZE - 1;
        memcpy(ret, input->data, n_copied);
        ret[n_copied] = '\0';
        input->data += n + (end ? 1 : 0);
        input->n -= n + (end ? 1 : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        char url[LINE_SIZE], location[LINE_SIZE];
        Url from = { .host = "cable.ua5v.com", .port = 443, .path = "/cable/connect/1" }, to;
        FuzzInput input = { data, n };

        if (n == 0)
                return 0;
        take_line(&input, url);
        if (url_parse(url, &from) == 0)
                check_url(&from);
        take_line(&input, location);
        if (url_redirect(&from, location, &to) == 0) {
                check_url(&to);
                /* A path alone leads to no other host. */
                if (location[0] == '/')
                        check(strcmp(to.host, from.host) == 0 && to.port == from.port);
        }
        return 0;
}
