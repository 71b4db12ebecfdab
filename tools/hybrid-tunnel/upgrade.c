/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "request.h"
#include "upgrade.h"

enum {
        HEADER_VALUE_SIZE = 1600, /* longest value of a header that we look at: a contact's path */
        PAYLOAD_SIZE = 256,
        ANSWER_SIZE = 2048,
        KEY_LENGTH = 24, /* 16 bytes in base64 */
};

/* ----------------------------------------------------------------------------------------------
 * Refusing
 * ------------------------------------------------------------------------------------------- */

typedef struct Refusal {
        unsigned status;
        const char *words;
        const char *header; /* a whole line, or "" */
} Refusal;

static const Refusal refusals[] = {
        { 302, "Found", "" },
        { 400, "Bad Request", "" },
        { 404, "Not Found", "" },
        { 405, "Method Not Allowed", "Allow: GET\r\n" },
        { 409, "Conflict", "" },
        { 410, "Gone", "" },
        { 426, "Upgrade Required", "Sec-WebSocket-Version: 13\r\n" },
        { 500, "Internal Server Error", "" },
        { 503, "Service Unavailable", "Retry-After: 60\r\n" },
};

static Refusal refusal_find(unsigned status) {
        for (size_t i = 0; i < ELEMENTSOF(refusals); i++)
                if (refusals[i].status == status)
                        return refusals[i];

        return (Refusal){ status, "Refused", "" };
}

/* Always returns -1, for the callers to hand on. */
static int refuse_to(Relay *relay, struct lws *wsi, unsigned status, const char *location) {
        Refusal refusal = refusal_find(status);
        char buffer[LWS_PRE + ANSWER_SIZE];
        int n;

        report_refused(relay->report, status);

        n = snprintf(buffer + LWS_PRE, ANSWER_SIZE,
                     "HTTP/1.1 %u %s\r\n%s%s%s%sContent-Length: 0\r\nConnection: close\r\n\r\n",
                     status, refusal.words, refusal.header, location ? "Location: " : "",
                     location ? location : "", location ? "\r\n" : "");
        (void)lws_write(wsi, (unsigned char *)buffer + LWS_PRE, (size_t)n, LWS_WRITE_HTTP_HEADERS);
        return -1;
}

static int refuse(Relay *relay, struct lws *wsi, unsigned status) {
        return refuse_to(relay, wsi, status, NULL);
}

static unsigned status_from_tunnel(int r) {
        switch (r) {
        case 0:
                return 0;
        case TUNNEL_E_IN_USE:
        case TUNNEL_E_TAKEN:
                return 409;
        case TUNNEL_E_FULL:
                return 503;
        case TUNNEL_E_NO_SUCH:
                return 404;
        case TUNNEL_E_UNKNOWN:
                return 410;
        default:
                return 500;
        }
}

/* ----------------------------------------------------------------------------------------------
 * Looking at the request
 * ------------------------------------------------------------------------------------------- */

/* The header's value, or "" if it is not there or is too long to be right. */
static const char *header_get(struct lws *wsi, enum lws_token_indexes token,
                              char buffer[static HEADER_VALUE_SIZE]) {
        if (lws_hdr_copy(wsi, buffer, HEADER_VALUE_SIZE, token) < 0)
                buffer[0] = '\0';

        return buffer;
}

/* True if the word is in a list like "keep-alive, Upgrade". */
static bool list_contains(const char *list, const char *word,
                          int (*compare)(const char *a, const char *b, size_t n)) {
        while (*list) {
                size_t n;

                list += strspn(list, ", \t");
                n = strcspn(list, ", \t");
                if (n == strlen(word) && compare(list, word, n) == 0)
                        return true;
                list += n;
        }

        return false;
}

/* The status to refuse with, or 0. */
static unsigned check_request(struct lws *wsi, Request *ret) {
        char path[HEADER_VALUE_SIZE];

        if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) == 0)
                return 405;
        if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) > 0 ||
            request_parse(header_get(wsi, WSI_TOKEN_GET_URI, path), ret) < 0)
                return 404;

        return 0;
}

/* RFC 6455 section 4.2.1, but for the Origin, which not all clients send. */
static unsigned check_upgrade(struct lws *wsi, const char *upgrade) {
        char value[HEADER_VALUE_SIZE];

        if (strcasecmp(upgrade, "websocket") != 0 ||
            !list_contains(header_get(wsi, WSI_TOKEN_CONNECTION, value), "upgrade", strncasecmp))
                return 400;
        if (strcmp(header_get(wsi, WSI_TOKEN_VERSION, value), "13") != 0)
                return 426;
        if (strlen(header_get(wsi, WSI_TOKEN_KEY, value)) != KEY_LENGTH ||
            lws_hdr_total_length(wsi, WSI_TOKEN_HOST) == 0)
                return 400;
        if (!list_contains(header_get(wsi, WSI_TOKEN_PROTOCOL, value), UPGRADE_SUBPROTOCOL,
                           strncmp))
                return 400;

        return 0;
}

void upgrade_on_plain_request(Relay *relay, struct lws *wsi) {
        Request request;
        unsigned status;

        status = check_request(wsi, &request);
        (void)refuse(relay, wsi, status != 0 ? status : 400);
}

/* The faults that keep a client from getting an upgrade. True if it has been answered with one. */
static bool refuse_by_fault(Relay *relay, struct lws *wsi) {
        const Fault *status = fault_find(relay->faults, FAULT_STATUS);
        const Fault *redirect = fault_find(relay->faults, FAULT_REDIRECT);

        if (status)
                (void)refuse(relay, wsi, (unsigned)status->number);
        else if (redirect)
                (void)refuse_to(relay, wsi, 302, redirect->text);

        return status || redirect;
}

/* A header that the library does not know; "" if it is not there or is too long. */
static const char *custom_header(struct lws *wsi, const char *name,
                                 char buffer[static PAYLOAD_SIZE]) {
        if (lws_hdr_custom_copy(wsi, buffer, PAYLOAD_SIZE, name, (int)strlen(name)) < 0)
                buffer[0] = '\0';
        return buffer;
}

static int enter_contact(Connection *c, const Request *request) {
        char payload[PAYLOAD_SIZE], signal[PAYLOAD_SIZE];
        bool signals;

        custom_header(c->wsi, "x-cable-client-payload:", payload);
        signals = strcmp(custom_header(c->wsi, "x-cable-signal-connection:", signal), "true") == 0;
        if (payload[strspn(payload, "0123456789abcdefABCDEF")] != '\0' || payload[0] == '\0')
                return TUNNEL_E_NO_SUCH;
        return relay_contact(c, request->contact, payload,
                             signals && !fault_find(c->relay->faults, FAULT_NO_SIGNAL));
}

static int connection_enter_tunnel(Connection *c, const Request *request) {
        const Fault *slow = fault_find(c->relay->faults, FAULT_SLOW);
        int r;

        if (request->kind == REQUEST_NEW)
                return relay_open_tunnel(c, request->id);
        if (request->kind == REQUEST_CONTACT)
                return enter_contact(c, request);
        if (request->kind == REQUEST_WAIT)
                return relay_wait(c, request->contact);

        /* It goes on as usual, only that nobody hears of it: the tunnel stays free. */
        if (fault_find(c->relay->faults, FAULT_SILENT))
                return connection_throttle(c, 0);

        r = relay_join_tunnel(c, request->routing_id, request->id);
        if (r == 0 && slow)
                r = connection_throttle(c, slow->number);
        return r;
}

int upgrade_on_request(Relay *relay, struct lws *wsi, const char *upgrade) {
        _cleanup_(connection_freep) Connection *c = NULL;
        Request request;
        unsigned status;

        status = check_request(wsi, &request);
        if (status == 0)
                status = check_upgrade(wsi, upgrade);
        if (status != 0)
                return refuse(relay, wsi, status);
        if (request.side == TUNNEL_CLIENT && refuse_by_fault(relay, wsi))
                return -1;

        if (connection_new(&c, relay, wsi, request.side) < 0)
                return refuse(relay, wsi, 500);
        status = status_from_tunnel(connection_enter_tunnel(c, &request));
        if (status != 0)
                return refuse(relay, wsi, status);

        lws_set_opaque_user_data(wsi, TAKE_PTR(c));
        return 0;
}

/* ----------------------------------------------------------------------------------------------
 * The answer
 * ------------------------------------------------------------------------------------------- */

static int add_routing_id(const Tunnel *tunnel, char **p, size_t n_room) {
        char hex[2 * TUNNEL_ROUTING_ID_SIZE + 1];
        int n;

        hex_encode_upper(tunnel->routing_id, sizeof(tunnel->routing_id), hex);
        n = snprintf(*p, n_room, "X-caBLE-Routing-ID: %s\r\n", hex);
        if ((size_t)n >= n_room)
                return -1;

        *p += n;
        return 0;
}

static int add_signal(char **p, size_t n_room) {
        int n = snprintf(*p, n_room, "X-caBLE-Signal-Connection: true\r\n");

        if ((size_t)n >= n_room)
                return -1;
        *p += n;
        return 0;
}

/* Where the header's line begins in the answer that ends at `end`; NULL if it is not there. */
static char *answer_find(char *end, const char *header) {
        static const char first[] = "HTTP/1.1 101";
        char *begin = end - strlen(first);

        /* The library has written it in one piece: its first line is not far. */
        while (memcmp(begin, first, strlen(first)) != 0 && end - begin < ANSWER_SIZE)
                begin--;
        return memmem(begin, (size_t)(end - begin), header, strlen(header));
}

static void spoil_accept(char *end) {
        static const char header[] = "Sec-WebSocket-Accept: ";
        char *line = answer_find(end, header);

        if (line)
                line[strlen(header)] = line[strlen(header)] == 'A' ? 'B' : 'A';
}

static void spoil_subprotocol(char *end) {
        char *line = answer_find(end, "Sec-WebSocket-Protocol: " UPGRADE_SUBPROTOCOL);

        if (line)
                memcpy(strchr(line, ' ') + 1, "fido.cabin", strlen(UPGRADE_SUBPROTOCOL));
}

static void remove_subprotocol(char **end) {
        char *line = answer_find(*end, "Sec-WebSocket-Protocol: " UPGRADE_SUBPROTOCOL "\r\n");
        char *next;

        if (!line)
                return;

        next = strchr(line, '\n') + 1;
        memmove(line, next, (size_t)(*end - next));
        *end -= next - line;
}

int upgrade_on_headers(const Connection *connection, char **p, size_t n_room) {
        const FaultSet *faults = connection->relay->faults;

        if (connection->contact)
                return 0;
        if (connection->side == TUNNEL_PHONE && connection->tunnel && connection->tunnel->signals)
                return add_signal(p, n_room);
        if (connection->side == TUNNEL_PHONE)
                return connection->tunnel ? add_routing_id(connection->tunnel, p, n_room) : -1;

        if (fault_find(faults, FAULT_WRONG_ACCEPT))
                spoil_accept(*p);
        if (fault_find(faults, FAULT_WRONG_SUBPROTOCOL))
                spoil_subprotocol(*p);
        if (fault_find(faults, FAULT_NO_SUBPROTOCOL))
                remove_subprotocol(p);
        return 0;
}
