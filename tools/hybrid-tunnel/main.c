/* SPDX-License-Identifier: MIT */

/*
 * hybrid-tunnel: a tunnel server for the FIDO hybrid transport. It passes messages between a phone
 * and the desktop that showed it a code, and knows nothing about what they say: that is encrypted
 * between the two. For one's own network, for demonstrations, and with its faults for tests.
 *
 * How to read it: tunnel.c and message.c are the bookkeeping, relay.c and connection.c pass
 * messages on, upgrade.c answers requests, server.c ties all that to the websocket library; fault.c
 * and throttle.c misbehave.
 */

#include <stdlib.h>

#include "certificate.h"
#include "options.h"
#include "server.h"
#include "tools/common/complain.h"
#include "tools/common/output.h"

enum {
        EXIT_USAGE = 2,
};

static int run_self_signed(Options *options) {
        _cleanup_(certificate_files_done) CertificateFiles files = {};
        char why[CERTIFICATE_WORDS_SIZE];
        int r;

        r = certificate_prepare(options->folder, options->hosts, options->n_hosts, &files, why);
        if (r < 0) {
                complain("--self-signed %s: %s; give a folder that can be written to",
                         options->folder, why);
                return r;
        }

        options->server.cert_file = files.cert;
        options->server.key_file = files.key;
        return server_run(&options->server);
}

static int run_with_files(Options *options) {
        char why[CERTIFICATE_WORDS_SIZE];
        int r;

        r = certificate_check(options->cert_file, options->key_file, why);
        if (r < 0) {
                complain("no certificate: %s; give --cert and --key that belong together, as PEM "
                         "without a password",
                         why);
                return r;
        }

        options->server.cert_file = options->cert_file;
        options->server.key_file = options->key_file;
        return server_run(&options->server);
}

int main(int argc, char *argv[]) {
        Options options;
        int r;

        complain_set_program("hybrid-tunnel");
        r = options_parse(argc, argv, &options);
        if (r < 0)
                return EXIT_USAGE;
        if (r == 0)
                return flush_output() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

        r = options.folder ? run_self_signed(&options) : run_with_files(&options);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
