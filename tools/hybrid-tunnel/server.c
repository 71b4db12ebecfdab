/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "server-internal.h"
#include "tools/common/complain.h"
#include "upgrade.h"

enum {
        SPARE_FILES = 64,        /* for stdio, the loop, the certificates */
        SPARE_CONNECTIONS = 192, /* besides those of tunnels: to be told that there is no room */
        RECEIVE_SIZE = 512,      /* buffer of each connection; most messages fit */
        SEND_SIZE = 64 * 1024,   /* more than this of a message goes out in several turns */
        ERROR_WORDS_SIZE = 256,
};

static char library_words[ERROR_WORDS_SIZE]; /* the library's last error, while it starts */

static void on_library_log(int level, const char *line) {
        strncpy(library_words, line, sizeof(library_words) - 1);
        library_words[strcspn(library_words, "\n")] = '\0';
}

/*
 * The library has tables of as many entries as there may be descriptors, so have just enough of
 * them; and it is slow when told of fewer than there may be.
 */
static size_t limit_files(size_t n) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return 0;

        limit.rlim_cur = limit.rlim_max < n ? limit.rlim_max : n;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
                return 0;

        return limit.rlim_cur;
}

/* Each tunnel takes two descriptors. Without enough of them there are fewer tunnels. */
static int server_init_limits(Server *server) {
        size_t *n_tunnels = &server->relay.tunnels.limits.n_tunnels;
        size_t n_wanted = 2 * *n_tunnels + SPARE_CONNECTIONS + SPARE_FILES;
        size_t n_files = limit_files(n_wanted);

        if (n_files < 2 + SPARE_CONNECTIONS + SPARE_FILES) {
                complain("cannot start: only %zu open files are allowed; raise 'ulimit -n'",
                         n_files);
                return -EMFILE;
        }
        if (n_files < n_wanted) {
                *n_tunnels = (n_files - SPARE_CONNECTIONS - SPARE_FILES) / 2;
                if (!server->options->report.quiet && !server->options->n_tunnels_by_default)
                        complain("--max-tunnels: only %zu tunnels are possible with %zu open "
                                 "files; raise 'ulimit -n'",
                                 *n_tunnels, n_files);
        }

        server->n_connections_max = n_files - SPARE_FILES;
        return 0;
}

static int server_init_library(Server *server) {
        static const struct lws_protocols protocols[] = {
                {
                        .name = UPGRADE_SUBPROTOCOL,
                        .callback = server_callback,
                        .per_session_data_size = 1, /* without, it does not tell of all closes */
                        .rx_buffer_size = RECEIVE_SIZE,
                        .tx_packet_size = SEND_SIZE,
                },
                {},
        };
        static const lws_retry_bo_t no_pings = {};
        struct lws_context_creation_info info = {
                .port = CONTEXT_PORT_NO_LISTEN_SERVER,
                .protocols = protocols,
                .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                           LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME |
                           LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
                .gid = -1,
                .uid = -1,
                .user = server,
                .ssl_cert_filepath = server->options->cert_file,
                .ssl_private_key_filepath = server->options->key_file,
                .alpn = "http/1.1",
                .timeout_secs = server->options->handshake_seconds,
                .timeout_secs_ah_idle = server->options->handshake_seconds,
                .retry_and_idle_policy = &no_pings,
        };

        /* Errors while starting are said; later ones are strangers' doing, and may hold ids. */
        lws_set_log_level(LLL_ERR, on_library_log);
        server->relay.lws = lws_create_context(&info);
        if (!server->relay.lws) {
                complain("cannot start the websocket server: %s; check certificate and key",
                         library_words);
                return -EIO;
        }

        lws_set_log_level(0, on_library_log);
        server->vhost = lws_get_vhost_by_name(server->relay.lws, "default");
        return 0;
}

static int server_init_signals(Server *server) {
        sigset_t signals;

        signal(SIGPIPE, SIG_IGN);
        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
                return -errno;

        server->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
        return server->signal_fd < 0 ? -errno : 0;
}

static int server_init_listener(Server *server) {
        const ListenAddress *address = &server->options->address;
        const char *why;
        int r;

        r = listener_open(&server->listener, address, &why);
        if (r < 0) {
                complain("cannot listen on %s port %s: %s; choose another address or port",
                         address->host, address->port, why);
                return r;
        }

        server->reserve_fd = dup(server->listener.fd);
        return 0;
}

/* The library owns both from here on, and closes them in its end. */
static int server_init_sources(Server *server) {
        server->listener_source = (Source){ SOURCE_LISTENER };
        server->signal_source = (Source){ SOURCE_SIGNAL };
        server->held_source = (Source){ SOURCE_HELD };

        if (!server_adopt_source(server, server->listener.fd, &server->listener_source) ||
            !server_adopt_source(server, server->signal_fd, &server->signal_source)) {
                complain("cannot start: %s; free some memory", strerror(ENOMEM));
                return -ENOMEM;
        }
        return 0;
}

static int server_loop(Server *server) {
        int r;

        r = report_listening(&server->options->report, server->listener.address,
                             server->listener.port);
        if (r < 0) {
                complain("cannot write to standard output: %s; keep it open", strerror(-r));
                return r;
        }

        while (!server->stopped && !(server->stopping && relay_is_empty(&server->relay))) {
                relay_update_flow(&server->relay);
                if (lws_service(server->relay.lws, 0) < 0) {
                        complain("the event loop failed: %s; start it again", strerror(errno));
                        return -EIO;
                }
        }

        return 0;
}

int server_run(const ServerOptions *options) {
        Server server = { .options = options, .signal_fd = -1, .reserve_fd = -1 };
        int r;

        relay_init(&server.relay, &options->limits, &options->faults, &options->report);

        r = server_init_limits(&server);
        if (r >= 0)
                r = server_init_signals(&server);
        if (r >= 0)
                r = server_init_listener(&server);
        if (r >= 0)
                r = server_init_library(&server);
        if (r >= 0)
                r = server_init_sources(&server);
        if (r >= 0)
                r = server_loop(&server);

        if (server.relay.lws)
                lws_context_destroy(server.relay.lws);
        if (server.reserve_fd >= 0)
                close(server.reserve_fd);
        relay_done(&server.relay);
        return r;
}
