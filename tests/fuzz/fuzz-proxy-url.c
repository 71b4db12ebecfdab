/* SPDX-License-Identifier: MIT */

/* The URL of a proxy and a list of names to reach without it, a line each; then a host. */

#include "fuzz.h"
#include "io/tunnel/connect-request.h"

/* The next line, of its own so that nothing is read behind it. */
static char *take_line(const uint8_t **data, size_t *n) {
        const uint8_t *end = *n > 0 ? memchr(*data, '\n', *n) : NULL;
        size_t n_line = end ? (size_t)(end - *data) : *n, n_skip = end ? n_line + 1 : n_line;
        char *line = malloc(n_line + 1);

        if (n_line > 0)
                memcpy(line, *data, n_line);
        line[n_line] = '\0';
        *data += n_skip;
        *n -= n_skip;
        return line;
}

static void check_proxy(const char *url) {
        char name[PROXY_NAME_SIZE], request[CONNECT_REQUEST_SIZE];
        Proxy proxy = {};
        ssize_t n;

        if (proxy_parse(url, &proxy)) {
                check(proxy.host[0] == '\0' && proxy.credentials[0] == '\0');
                return;
        }

        check(proxy.host[0] != '\0' && proxy.port != 0);
        proxy_name(&proxy, name);
        n = connect_request_write(&proxy, "a.test", 443, request);
        check(n > 0 && n < CONNECT_REQUEST_SIZE && (size_t)n == strlen(request));
        /* One head, whatever the user is called. */
        check(strstr(request, "\r\n\r\n") == request + n - 4);
        proxy_done(&proxy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        char *url = take_line(&data, &n), *list = take_line(&data, &n),
             *host = take_line(&data, &n);

        check_proxy(url);
        (void)proxy_is_bypassed(list, host, 443);

        free(url);
        free(list);
        free(host);
        return 0;
}
