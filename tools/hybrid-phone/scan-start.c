/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/secret.h"
#include "code.h"
#include "io/random.h"
#include "key-log.h"
#include "scan-internal.h"
#include "tools/common/complain.h"

static int complain_about_code(int r) {
        complain("the code: this is not what a desktop shows; give the text that begins with "
                 "FIDO:/, all of it");
        return r;
}

/* What a fault needs to know of the code is not there. */
static int begin_without_code(Scan *scan) {
        int r;

        r = spoiler_init_without_code(&scan->spoiler, scan->settings.faults, &random_env);
        if (r < 0) {
                complain("--fault: some of these are for phones that scan a code; leave them out");
                return r;
        }
        scan->session_env = spoiler_env(&scan->spoiler);
        return 0;
}

static int read_code(Scan *scan) {
        QrCode code;
        CLEANUP_ERASE(code);
        int r;

        if (!scan->settings.qr_text)
                return begin_without_code(scan);
        r = qr_decode(scan->settings.qr_text, &code);
        if (r >= 0)
                r = spoiler_init(&scan->spoiler, scan->settings.faults, &random_env, &code);
        if (r < 0)
                return complain_about_code(r);

        code_warn_of_age(&code, (uint64_t)time(NULL));
        scan->session_env = spoiler_env(&scan->spoiler);
        return 0;
}

static int open_broadcast(Scan *scan) {
        const ScanSettings *settings = &scan->settings;
        const char *where = settings->radio_where;
        int r;

        r = broadcast_new(&scan->broadcast, scan->event, settings->radio, where, settings->uuid);
        if (r < 0)
                complain("--ble %s%s%s: %s; give a folder of your own that only you can write to",
                         settings->radio->name, where ? ":" : "", where ? where : "",
                         strerrordesc_np(-r));
        return r;
}

static int open_consent(Scan *scan) {
        int r;

        r = consent_new(&scan->consent, scan->event, &scan->settings.consent, scan_on_decided,
                        scan);
        if (r == -ENOTTY)
                complain("--approve ask: there is no terminal to ask on; run it on one, or give "
                         "--approve yes");
        return r;
}

static int complain_about_session(int r) {
        if (r == -ENOENT)
                complain("--tunnel: the desktop that made the code does not know this service; "
                         "give cable.ua5v.com, or one with a number of 256 or more");
        else if (r == -EINVAL)
                complain("the code: it is not for phones with a tunnel service; scan another one");
        else
                complain("hybrid-phone: %s; try again", strerrordesc_np(-r));
        return r;
}

static int start_session(Scan *scan) {
        const Profile *profile = scan->settings.profile;
        uint8_t get_info[PROFILE_GET_INFO_SIZE_MAX];
        ByteWriter w = BYTE_WRITER(get_info);
        HybridPhoneParams params = {
                .qr_text = scan->settings.qr_text,
                .tunnel_server_id = scan->settings.tunnel_server_id,
                .get_info = get_info,
                .send_features = profile->send_features,
                .send_update = profile->send_update || spoiler_needs_update(&scan->spoiler),
                .close_after_reply =
                        profile->close_after_reply && !scan_has_fault(scan, FAULT_SILENT_REPLY),
                .timeout_usec = scan->settings.timeout_usec,
                .spoil = spoiler_spoil,
                .spoil_userdata = &scan->spoiler,
                .log_key = scan->settings.key_log ? key_log_write : NULL,
                .log_key_userdata = scan->settings.key_log,
                .linking = scan->settings.linking,
        };
        int r;

        if (scan->settings.link) {
                params.link = &scan->settings.link->link;
                params.private_key = scan->settings.link->private_key;
        }
        profile_write_get_info(profile, &w);
        assert(byte_writer_fits(&w));
        params.n_get_info = w.n;

        r = hybrid_phone_new(&scan->phone, &scan->session_env, &params, scan_now_usec(scan));
        if (r < 0)
                return complain_about_session(r);
        if (scan->settings.qr_text)
                report_scanned(&scan->settings.report, profile->name,
                               hybrid_phone_operation(scan->phone));
        return 0;
}

static Scan *allocate(sd_event *event, const ScanSettings *settings) {
        Scan *scan = calloc(1, sizeof(*scan));

        if (!scan)
                return NULL;
        *scan = (Scan){
                .event = sd_event_ref(event),
                .settings = *settings,
                .authenticator = {
                        .profile = settings->profile,
                        .env = &random_env,
                        .faults = settings->faults,
                        .store = settings->store,
                        .self_attestation = settings->self_attestation,
                },
        };
        return scan;
}

int scan_new(Scan **ret, sd_event *event, const ScanSettings *settings) {
        _cleanup_(scan_freep) Scan *scan = allocate(event, settings);
        int r;

        if (!scan)
                return -ENOMEM;

        r = read_code(scan);
        if (r >= 0)
                r = open_broadcast(scan);
        if (r >= 0)
                r = open_consent(scan);
        if (r >= 0)
                r = start_session(scan);
        if (r >= 0 && !settings->qr_text)
                r = scan_wait(scan);
        if (r < 0)
                return r;

        scan->settings.qr_text = NULL;
        scan_pump(scan);
        *ret = TAKE_PTR(scan);
        return 0;
}

Scan *scan_free(Scan *scan) {
        if (!scan)
                return NULL;

        sd_event_source_disable_unref(scan->timer);
        sd_event_source_disable_unref(scan->link_timer);
        consent_free(scan->consent);
        broadcast_free(scan->broadcast);
        waiter_free(scan->waiter);
        channel_free(scan->channel);
        hybrid_phone_free(scan->phone);
        authenticator_done(&scan->authenticator);
        spoiler_done(&scan->spoiler);
        sd_event_unref(scan->event);
        return secret_free(scan, sizeof(*scan));
}
