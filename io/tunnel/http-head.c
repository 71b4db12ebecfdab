/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/macro.h"
#include "io/tunnel/http-head.h"

size_t http_head_length(const char *data, size_t n) {
        const char *end = memmem(data, n, "\r\n\r\n", 4);

        return end ? (size_t)(end - data) + 4 : 0;
}

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

/* "HTTP/1.1 101 Switching Protocols"; the words may be missing. */
static int parse_status(const char *line, int *ret) {
        if (strncmp(line, "HTTP/1.", 7) != 0 || !is_digit(line[7]) || line[8] != ' ')
                return -EBADMSG;
        line += 9;
        if (line[0] < '1' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]))
                return -EBADMSG;
        if (line[3] != ' ' && line[3] != '\0')
                return -EBADMSG;

        *ret = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
        return 0;
}

static const char **find_field(HttpHead *head, const char *name) {
        const struct {
                const char *name;
                const char **value;
        } fields[] = {
                { "Upgrade", &head->upgrade },
                { "Connection", &head->connection },
                { "Sec-WebSocket-Accept", &head->accept },
                { "Sec-WebSocket-Protocol", &head->protocol },
                { "Sec-WebSocket-Extensions", &head->extensions },
                { "Location", &head->location },
                { "X-caBLE-Routing-ID", &head->routing_id },
                { "X-caBLE-Signal-Connection", &head->signal },
        };

        for (size_t i = 0; i < ELEMENTSOF(fields); i++)
                if (strcasecmp(name, fields[i].name) == 0)
                        return fields[i].value;

        return NULL;
}

/* RFC 9110 section 5.6.2: "token". Excludes an empty name and a folded line, which starts blank. */
static bool is_token(const char *name) {
        static const char characters[] = "!#$%&'*+-.^_`|~0123456789"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "abcdefghijklmnopqrstuvwxyz";

        return *name && name[strspn(name, characters)] == '\0';
}

/* "Name: value", with blanks around the value that are not part of it. */
static int parse_field(char *line, HttpHead *head) {
        char *value = strchr(line, ':');
        const char **field;
        size_t n;

        if (!value)
                return -EBADMSG;
        *value++ = '\0';
        if (!is_token(line))
                return -EBADMSG;

        value += strspn(value, " \t");
        for (n = strlen(value); n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'); n--)
                value[n - 1] = '\0';

        field = find_field(head, line);
        if (!field)
                return 0;
        if (*field)
                return -EBADMSG;

        *field = value;
        return 0;
}

/* Cuts off the first line, which must end in CR LF and hold no control character but the tab. */
static char *cut_line(char **text) {
        char *line = *text, *p = line;

        while ((unsigned char)*p >= ' ' || *p == '\t') {
                if (*p == 0x7f)
                        return NULL;
                p++;
        }
        if (p[0] != '\r' || p[1] != '\n')
                return NULL;

        *p = '\0';
        *text = p + 2;
        return line;
}

int http_head_parse(char *text, size_t n, HttpHead *ret) {
        HttpHead head = {};
        char *end = text + n, *line;
        int r;

        line = cut_line(&text);
        if (!line)
                return -EBADMSG;
        r = parse_status(line, &head.status);
        if (r < 0)
                return r;

        for (;;) {
                line = cut_line(&text);
                if (!line)
                        return -EBADMSG;
                if (!*line)
                        break;
                r = parse_field(line, &head);
                if (r < 0)
                        return r;
        }
        if (text != end)
                return -EBADMSG;

        *ret = head;
        return 0;
}

static const char *or_empty(const char *value) {
        return value ? value : "";
}

ssize_t http_head_write_upgrade(const HttpHead *head, char *ret, size_t size) {
        int n = snprintf(ret, size,
                         "HTTP/1.1 101 Switching Protocols\r\n"
                         "Upgrade: %s\r\n"
                         "Connection: %s\r\n"
                         "Sec-WebSocket-Accept: %s\r\n"
                         "Sec-WebSocket-Protocol: %s\r\n"
                         "\r\n",
                         or_empty(head->upgrade), or_empty(head->connection),
                         or_empty(head->accept), or_empty(head->protocol));

        return n < 0 || (size_t)n >= size ? -ENOBUFS : n;
}
