/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hybrid.h"
#include "io/tunnel/own-socket.h"
#include "io/tunnel/websocket-codec.h"
#include "io/tunnel/websocket-library.h"

enum {
        FDS_MAX = 4,
        /* Far beyond the deadlines of whoever uses the codec. */
        TIMEOUT_SEC = 3600,
};

static struct lws_context *create_context(const struct lws_protocols *protocols) {
        const struct lws_context_creation_info info = {
                .port = CONTEXT_PORT_NO_LISTEN,
                .protocols = protocols,
                .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                           LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME |
                           LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN,
                .http_proxy_address = "", /* else it reads the environment */
                .fd_limit_per_thread = FDS_MAX,
                .pt_serv_buf_size = WEBSOCKET_CODEC_PUT_MAX,
                .max_http_header_pool = 1,
                .timeout_secs = TIMEOUT_SEC,
                .connect_timeout_secs = TIMEOUT_SEC,
        };
        struct lws_context *context;
        struct sigaction before;

        lws_set_log_level(0, NULL);

        sigaction(SIGPIPE, NULL, &before);
        context = lws_create_context(&info);
        sigaction(SIGPIPE, &before, NULL);

        if (context && !lws_create_vhost(context, &info)) {
                lws_context_destroy(context);
                return NULL;
        }

        return context;
}

int websocket_library_open(WebsocketLibrary *library, const char *protocol,
                           lws_callback_function *on_event, void *userdata) {
        library->protocols[0] = (struct lws_protocols){
                .name = strdup(protocol),
                .callback = on_event,
                .tx_packet_size = HYBRID_MESSAGE_SIZE_MAX + LWS_PRE, /* one write per message */
        };
        if (!library->protocols[0].name)
                return -ENOMEM;
        library->userdata = userdata;

        library->context = create_context(library->protocols);
        return library->context ? 0 : -ENOMEM;
}

static int connect_client(WebsocketLibrary *library, const char *name, const char *host,
                          const char *origin, const char *path, struct lws **ret_wsi) {
        static const lws_retry_bo_t no_keepalive = {};
        char address[sizeof("+@") + OWN_SOCKET_NAME_SIZE];
        const struct lws_client_connect_info info = {
                .context = library->context,
                .address = address,
                .port = 443, /* of no consequence here */
                .path = path,
                .host = host,
                .origin = origin,
                .protocol = library->protocols[0].name,
                .ietf_version_or_minus_one = -1,
                .ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
                .retry_and_idle_policy = &no_keepalive,
                .userdata = library->userdata,
                .pwsi = ret_wsi,
        };

        snprintf(address, sizeof(address), "+@%s", name);
        if (!lws_client_connect_via_info(&info))
                *ret_wsi = NULL;

        return *ret_wsi ? 0 : -ECONNREFUSED;
}

int websocket_library_connect(WebsocketLibrary *library, const char *host, const char *origin,
                              const char *path, struct lws **ret_wsi) {
        char name[OWN_SOCKET_NAME_SIZE];
        int listener, r;

        r = own_socket_listen(&listener, name);
        if (r < 0)
                return r;
        r = connect_client(library, name, host, origin, path, ret_wsi);
        if (r == 0)
                r = own_socket_accept(listener);
        close(listener);
        if (r < 0)
                return r;

        library->fd = r;
        return 0;
}

void websocket_library_close(WebsocketLibrary *library) {
        if (library->context)
                lws_context_destroy(library->context);
        if (library->fd >= 0)
                close(library->fd);
        free((char *)library->protocols[0].name);
}
