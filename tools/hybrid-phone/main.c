/* SPDX-License-Identifier: MIT */

/*
 * hybrid-phone: a phone with passkeys that is a program. It scans the code of a desktop, waits for
 * it at a tunnel service, broadcasts its advert, and answers one command with real keys. For tests
 * and demonstrations of desktops, which it can also plague with all kinds of wrong behaviour.
 *
 * How to read it: scan.c is the pump that joins libhybrid's session to channel and radio;
 * authenticator.c with make-credential.c and get-assertion.c answers commands, out of a
 * credential-store.c; profile.c says whose manners it has; fault.c lists what it can do wrong, and
 * spoiler.c does most of that.
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <systemd/sd-event.h>

#include "base/secret.h"
#include "ceremony/harden.h"
#include "code.h"
#include "io/random.h"
#include "key-log.h"
#include "network.h"
#include "options.h"
#include "scan.h"
#include "tools/common/complain.h"
#include "tools/common/output.h"
#include "wire/tunnel-url.h"

enum {
        EXIT_USAGE = 2,
};

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        scan_hang_up(userdata);
        return 0;
}

/* Once the session runs, there is somebody to say goodbye to. */
static int add_signals(sd_event *event, Scan *scan) {
        sigset_t signals;
        int r;

        sigemptyset(&signals);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
                return -errno;

        r = sd_event_add_signal(event, NULL, SIGINT, on_signal, scan);
        if (r < 0)
                return r;
        return sd_event_add_signal(event, NULL, SIGTERM, on_signal, scan);
}

/* Returns what the program is to return, or a negative errno. */
static int run_scan(const ScanSettings *settings) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(scan_freep) Scan *scan = NULL;
        int r;

        r = sd_event_new(&event);
        if (r >= 0)
                r = scan_new(&scan, event, settings);
        if (r >= 0)
                r = add_signals(event, scan);
        if (r < 0)
                return r;
        return sd_event_loop(event);
}

static int open_store(const Options *options, CredentialStore **ret) {
        int r;

        r = credential_store_new(ret, options->store);
        if (r == -EPERM)
                complain("--store %s: it is not yours, or others may write to it; give a folder of "
                         "your own",
                         options->store);
        else if (r < 0)
                complain("--store %s: %s; give a folder that can be written to",
                         options->store ? options->store : "", strerrordesc_np(-r));
        return r;
}

static int open_key_log(const Options *options, FILE **ret) {
        int r;

        if (!options->key_log)
                return 0;
        r = key_log_open(options->key_log, ret);
        if (r < 0)
                complain("--key-log %s: %s; give a file that can be written to, and no link",
                         options->key_log, strerrordesc_np(-r));
        return r;
}

static int close_key_log(const Options *options, FILE *key_log) {
        bool failed = key_log && ferror(key_log);

        if (key_log && fclose(key_log) != 0)
                failed = true;
        if (failed)
                complain("--key-log %s: it could not be written; is the disk full?",
                         options->key_log);
        return failed ? -EIO : 0;
}

static int open_link(const Options *options, uint16_t tunnel_server_id, PhoneLink *ret) {
        int r = 0;

        if (options->wait)
                r = link_file_read(options->store, ret);
        else if (options->link)
                r = link_file_make(options->store, &random_env, options->name, tunnel_server_id,
                                   ret);
        if (r == -ENOENT)
                complain("--store %s: no desktop was given a link out of it; scan a code with "
                         "--link yes first",
                         options->store);
        else if (r < 0)
                complain("--store %s: the link: %s; remove desktops.link there, and link again",
                         options->store, strerrordesc_np(-r));
        return r;
}

static int read_code(const Options *options, CodeText *ret) {
        if (options->wait)
                return 0;
        if (options->qr_png)
                return code_read_picture(options->qr_png, ret);
        return code_read_text(options->qr_file ? options->qr_file : "-", ret);
}

static int scan_code(const Options *options, FILE *key_log) {
        _cleanup_(credential_store_freep) CredentialStore *store = NULL;
        _network_ network = {};
        _cleanup_(phone_link_done) PhoneLink link = {};
        CodeText code;
        CLEANUP_ERASE(code);
        ScanSettings settings = {
                .qr_text = options->wait ? NULL : code.text,
                .link = options->wait || options->link ? &link : NULL,
                .linking = options->linking,
                .link_delay_usec = options->link_delay_usec,
                .profile = options->profile,
                .tunnel_server_id = options->has_tunnel ? options->tunnel_server_id
                                                        : options->profile->tunnel_server_id,
                .channel = &channel_tunnel,
                .network = &network.options,
                .radio = options->radio ? options->radio : &ble_none,
                .radio_where = options->radio_where,
                .uuid = options->uuid,
                .consent = options->consent,
                .name = options->name,
                .self_attestation = options->self_attestation,
                .faults = &options->faults,
                .timeout_usec = options->timeout_usec,
                .key_log = key_log,
                .report = options->report,
        };
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        int r;

        r = open_link(options, settings.tunnel_server_id, &link);
        if (r < 0)
                return r;
        if (options->wait)
                settings.tunnel_server_id = link.link.tunnel_server_id;
        (void)tunnel_host(settings.tunnel_server_id, host);
        r = network_init(&network, host, options->connect, options->ca_file);
        if (r >= 0)
                r = open_store(options, &store);
        if (r >= 0)
                r = read_code(options, &code);
        if (r < 0)
                return r;

        settings.store = store;
        return run_scan(&settings);
}

static int run(const Options *options) {
        FILE *key_log = NULL;
        int r, s;

        r = open_key_log(options, &key_log);
        if (r < 0)
                return r;

        r = scan_code(options, key_log);
        s = close_key_log(options, key_log);
        return s < 0 ? s : r;
}

int main(int argc, char *argv[]) {
        Options options;
        int r;

        complain_set_program("hybrid-phone");
        r = options_parse(argc, argv, &options);
        if (r < 0)
                return EXIT_USAGE;
        if (r == 0)
                return flush_output() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

        process_harden();
        return run(&options) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
