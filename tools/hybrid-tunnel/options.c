/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "tools/common/complain.h"
#include "tools/common/number.h"
#include "tools/common/option.h"

#define USEC_PER_SECOND 1000000ULL

enum {
        MESSAGE_SIZE_DEFAULT = 1024 * 1024,
        N_MESSAGES_DEFAULT = 64,
        MEMORY_SIZE_DEFAULT = 256 * 1024 * 1024,
        MEMORY_MESSAGES_MIN = 4,        /* of the largest size, in what there is of memory */
        LIFETIME_SECONDS_DEFAULT = 300, /* as long as a ceremony may take */
        N_TUNNELS_DEFAULT = 10000,
        HANDSHAKE_SECONDS_DEFAULT = 15,
        SECONDS_MAX = 24 * 60 * 60,
};

enum {
        OPTION_LISTEN = 0x100,
        OPTION_CERT,
        OPTION_KEY,
        OPTION_SELF_SIGNED,
        OPTION_HOST,
        OPTION_MAX_MESSAGE,
        OPTION_MAX_MESSAGES,
        OPTION_MAX_MEMORY,
        OPTION_MAX_LIFETIME,
        OPTION_MAX_TUNNELS,
        OPTION_HANDSHAKE_TIMEOUT,
        OPTION_IDLE_TIMEOUT,
        OPTION_FAULT,
        OPTION_JSON,
        OPTION_QUIET,
        OPTION_HELP,
        OPTION_VERSION,
};

static const struct option long_options[] = {
        { "listen", required_argument, NULL, OPTION_LISTEN },
        { "cert", required_argument, NULL, OPTION_CERT },
        { "key", required_argument, NULL, OPTION_KEY },
        { "self-signed", required_argument, NULL, OPTION_SELF_SIGNED },
        { "host", required_argument, NULL, OPTION_HOST },
        { "max-message", required_argument, NULL, OPTION_MAX_MESSAGE },
        { "max-messages", required_argument, NULL, OPTION_MAX_MESSAGES },
        { "max-memory", required_argument, NULL, OPTION_MAX_MEMORY },
        { "max-lifetime", required_argument, NULL, OPTION_MAX_LIFETIME },
        { "max-tunnels", required_argument, NULL, OPTION_MAX_TUNNELS },
        { "handshake-timeout", required_argument, NULL, OPTION_HANDSHAKE_TIMEOUT },
        { "idle-timeout", required_argument, NULL, OPTION_IDLE_TIMEOUT },
        { "fault", required_argument, NULL, OPTION_FAULT },
        { "json", no_argument, NULL, OPTION_JSON },
        { "quiet", no_argument, NULL, OPTION_QUIET },
        { "help", no_argument, NULL, OPTION_HELP },
        { "version", no_argument, NULL, OPTION_VERSION },
        {},
};

static void print_help(void) {
        printf("Usage: hybrid-tunnel --listen ADDRESS:PORT\n"
               "                     (--cert FILE --key FILE | --self-signed DIR) [OPTION]...\n"
               "\n"
               "A tunnel server for passkeys on phones (FIDO hybrid transport).\n"
               "\n"
               "  --listen ADDRESS:PORT        where to listen; port 0 takes any free one\n"
               "  --cert FILE --key FILE       certificate (with its chain) and key, PEM\n"
               "  --self-signed DIR            use DIR/cert.pem and DIR/key.pem; make them, and "
               "the\n"
               "                               DIR/ca.pem to trust, if they are not there\n"
               "  --host NAME                  another name for that certificate; repeatable\n"
               "  --max-message BYTES          largest message (%d)\n"
               "  --max-messages N             messages of a tunnel in each direction (%d)\n"
               "  --max-memory BYTES           for the messages of all tunnels together (%d)\n"
               "  --max-lifetime SECONDS       longest life of a tunnel (%d)\n"
               "  --max-tunnels N              tunnels at one time (%d)\n"
               "  --handshake-timeout SECONDS  longest time for TLS, and for the request (%d)\n"
               "  --idle-timeout SECONDS       close a tunnel without messages; 0: never (0)\n"
               "  --fault NAME[:ARGUMENT]      misbehave, for tests of clients; repeatable\n"
               "  --fault list                 show all faults\n"
               "  --json                       tell what happens as JSON, one object a line\n"
               "  --quiet                      tell only that it listens\n"
               "  --help, --version\n",
               MESSAGE_SIZE_DEFAULT, N_MESSAGES_DEFAULT, MEMORY_SIZE_DEFAULT,
               LIFETIME_SECONDS_DEFAULT, N_TUNNELS_DEFAULT, HANDSHAKE_SECONDS_DEFAULT);
}

static int wrong_number(const char *option, const char *text, uint64_t min, uint64_t max) {
        complain("--%s %s: this is not a number from %llu to %llu; see --help", option, text,
                 (unsigned long long)min, (unsigned long long)max);
        return -EINVAL;
}

static int parse_number(const char *option, const char *text, uint64_t min, uint64_t max,
                        uint64_t *ret) {
        return number_parse(text, min, max, ret) < 0 ? wrong_number(option, text, min, max) : 0;
}

static int parse_size(const char *option, const char *text, uint64_t min, uint64_t max,
                      size_t *ret) {
        uint64_t value;

        if (parse_number(option, text, min, max, &value) < 0)
                return -EINVAL;

        *ret = value;
        return 0;
}

static int parse_usec(const char *option, const char *text, uint64_t min, uint64_t *ret) {
        uint64_t seconds;

        if (parse_number(option, text, min, SECONDS_MAX, &seconds) < 0)
                return -EINVAL;

        *ret = seconds * USEC_PER_SECOND;
        return 0;
}

static int parse_handshake_timeout(const char *option, const char *text, unsigned *ret) {
        uint64_t seconds;

        if (parse_number(option, text, 1, SECONDS_MAX, &seconds) < 0)
                return -EINVAL;

        *ret = (unsigned)seconds;
        return 0;
}

static int parse_host(Options *options, char *host) {
        if (!certificate_host_is_valid(host)) {
                complain("--host %s: this is no host name and no IP address; give one of them",
                         host);
                return -EINVAL;
        }
        if (options->n_hosts >= CERTIFICATE_HOSTS_MAX) {
                complain("--host %s: these are too many names; give at most %d", host,
                         CERTIFICATE_HOSTS_MAX);
                return -EINVAL;
        }

        options->hosts[options->n_hosts++] = host;
        return 0;
}

/* Returns 1, 0 or -EINVAL like options_parse(). */
static int parse_fault(FaultSet *faults, const char *text) {
        const char *why;

        if (strcmp(text, "list") == 0) {
                fault_print_list(stdout);
                return 0;
        }
        if (fault_set_add(faults, text, &why) < 0) {
                complain("--fault %s: %s; see --fault list", text, why);
                return -EINVAL;
        }
        return 1;
}

static int parse_listen(ListenAddress *address, const char *text) {
        if (listen_address_parse(text, address) < 0) {
                complain("--listen %s: this is no ADDRESS:PORT; give one like 127.0.0.1:8443 or "
                         "[::1]:0",
                         text);
                return -EINVAL;
        }
        return 0;
}

/* Options of what the server does; the others are handled by the caller. */
static int parse_limit(ServerOptions *server, int option, const char *name, const char *text) {
        TunnelLimits *limits = &server->limits;

        switch (option) {
        case OPTION_MAX_MESSAGE:
                return parse_size(name, text, 1, 1 << 30, &limits->message_size);
        case OPTION_MAX_MESSAGES:
                return parse_number(name, text, 1, UINT32_MAX, &limits->n_messages);
        case OPTION_MAX_MEMORY:
                return parse_size(name, text, 1, SIZE_MAX, &limits->memory_size);
        case OPTION_MAX_LIFETIME:
                return parse_usec(name, text, 1, &limits->lifetime_usec);
        case OPTION_MAX_TUNNELS:
                server->n_tunnels_by_default = false;
                return parse_size(name, text, 1, 1000 * 1000, &limits->n_tunnels);
        case OPTION_HANDSHAKE_TIMEOUT:
                return parse_handshake_timeout(name, text, &server->handshake_seconds);
        case OPTION_IDLE_TIMEOUT:
                return parse_usec(name, text, 0, &limits->idle_usec);
        default:
                return -EINVAL;
        }
}

/* Returns 1 to go on, 0 to stop, or -EINVAL. */
static int parse_option(Options *options, int option, const char *name, char *text) {
        switch (option) {
        case OPTION_LISTEN:
                return parse_listen(&options->server.address, text) < 0 ? -EINVAL : 1;
        case OPTION_CERT:
                options->cert_file = text;
                return 1;
        case OPTION_KEY:
                options->key_file = text;
                return 1;
        case OPTION_SELF_SIGNED:
                options->folder = text;
                return 1;
        case OPTION_HOST:
                return parse_host(options, text) < 0 ? -EINVAL : 1;
        case OPTION_FAULT:
                return parse_fault(&options->server.faults, text);
        case OPTION_JSON:
                options->server.report.json = true;
                return 1;
        case OPTION_QUIET:
                options->server.report.quiet = true;
                return 1;
        case OPTION_HELP:
                print_help();
                return 0;
        case OPTION_VERSION:
                printf("hybrid-tunnel %s\n", PROJECT_VERSION);
                return 0;
        default:
                return parse_limit(&options->server, option, name, text) < 0 ? -EINVAL : 1;
        }
}

/* What the options are together. */
static int options_check(const Options *options) {
        const TunnelLimits *limits = &options->server.limits;

        if (options->server.address.host[0] == '\0') {
                complain("no address: --listen is missing; give it like 127.0.0.1:8443");
                return -EINVAL;
        }
        if (limits->memory_size / MEMORY_MESSAGES_MIN < limits->message_size) {
                complain("--max-memory: %zu bytes are too few for messages of %zu bytes; give at "
                         "least %d times as many",
                         limits->memory_size, limits->message_size, MEMORY_MESSAGES_MIN);
                return -EINVAL;
        }
        if (!options->cert_file != !options->key_file) {
                complain("no certificate: --cert and --key belong together; give both");
                return -EINVAL;
        }
        if (!options->cert_file == !options->folder) {
                complain("no certificate: either --cert and --key or --self-signed is needed; give "
                         "one of them");
                return -EINVAL;
        }
        if (options->n_hosts > 0 && !options->folder) {
                complain("--host %s: it is for --self-signed only; leave it out",
                         options->hosts[0]);
                return -EINVAL;
        }
        return 1;
}

int options_parse(int argc, char *argv[], Options *ret) {
        Options options = {
                .server = {
                        .limits = {
                                .n_tunnels = N_TUNNELS_DEFAULT,
                                .message_size = MESSAGE_SIZE_DEFAULT,
                                .memory_size = MEMORY_SIZE_DEFAULT,
                                .n_messages = N_MESSAGES_DEFAULT,
                                .lifetime_usec = LIFETIME_SECONDS_DEFAULT * USEC_PER_SECOND,
                        },
                        .n_tunnels_by_default = true,
                        .handshake_seconds = HANDSHAKE_SECONDS_DEFAULT,
                },
        };
        const char *name;
        int option, r;

        while ((option = option_next(argc, argv, long_options, "--help", &name)) > 0) {
                r = parse_option(&options, option, name, optarg);
                if (r <= 0)
                        return r;
        }
        if (option < 0)
                return option;
        if (optind < argc) {
                complain("%s: there are only options; see --help", argv[optind]);
                return -EINVAL;
        }

        r = options_check(&options);
        if (r > 0)
                *ret = options;
        return r;
}
