/* SPDX-License-Identifier: MIT */

/*
 * Each allocation of what reads files, and of the link between hybridd and its ceremonies, fails in
 * turn: the reader says so, or has read all; nothing leaks (the sanitizer build looks for that), and
 * what was not read allows nothing. libhybrid has the same in tests/rig/test-failures.c.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../phones/fixture.h"
#include "ceremony/limits.h"
#include "ceremony/link.h"
#include "daemon/caller/caller-entry.h"
#include "daemon/config.h"
#include "daemon/policy/policy-limits.h"
#include "daemon/policy/policy-parse.h"
#include "daemon/proxy-settings.h"
#include "failing.h"
#include "unit.h"

/* Check allocates for each of its own assertions, so that these would run out of memory too. */
#define expect(condition)                                                                          \
        do {                                                                                       \
                if (!(condition)) {                                                                \
                        (void)failing_end();                                                       \
                        ck_abort_msg("%s", #condition);                                            \
                }                                                                                  \
        } while (0)

/* Runs it with the first, the second … allocation failing, and last with none. */
static void try_each(void (*run)(bool fails), uint64_t n_min) {
        uint64_t n = 0;
        bool failed;

        do {
                failing_begin(++n);
                run(true);
                failed = failing_end();
        } while (failed);
        ck_assert_uint_gt(n, n_min);

        failing_begin(0);
        run(false);
        (void)failing_end();
}

/* ---- the policy ----------------------------------------------------------------------------- */

static const char policy_text[] =
        "[rp]\nallow = good.example *.better.example\ndeny = bad.good.example\n"
        "register-in-app = better.example\nregistration = yes\n[authenticators]\n"
        "allow-aaguid = 90a3ccdf-635c-4729-a248-9b709135078f\n[enterprise-attestation]\n"
        "rp-ids = good.example\n[tunnel]\nallow-domains = cable.ua5v.com cable.auth.com\n"
        "allow-hashed-domains = no\n[proxy]\nurl = http://proxy.example:3128\n"
        "no-proxy = localhost\n[linking]\nallowed = yes\nmax-age = 30d\n[callers]\n"
        "unknown = refuse\n[audit]\nenabled = yes\n";

static void run_policy(bool fails) {
        char reason[POLICY_REASON_SIZE];
        PolicyLimits limits = {};
        Policy policy = {};
        int r, limited;

        r = policy_parse(&policy, "test.conf", policy_text, strlen(policy_text));
        expect(r == 0 || (fails && r == -ENOMEM));
        if (r == 0) {
                expect(policy.n_problems == 0);
                expect(policy_allows(&policy, HYBRID_GET, "good.example", reason));
                expect(!policy_allows(&policy, HYBRID_GET, "bad.good.example", reason));
                expect(!policy_allows(&policy, HYBRID_GET, "other.example", reason));
                limited = policy_limits_init(&limits, &policy);
                expect(limited == 0 || (fails && limited == -ENOMEM));
                if (limited == 0)
                        expect(strcmp(limits.tunnel_hosts, "cable.ua5v.com cable.auth.com") == 0);
                policy_limits_done(&limits);
        }
        policy_done(&policy);
}

START_TEST(test_policy) {
        try_each(run_policy, 10);
}
END_TEST

/* ---- settings ------------------------------------------------------------------------------- */

static const char settings_text[] =
        "[bluetooth]\nadapter = hci1\nbackend = bluez\nscan = passive\nturn-off-again = "
        "yes\n[tunnel]\n"
        "connect-ahead = cable.ua5v.com\nconnect-ahead = cable.auth.com\n[proxy]\n"
        "url = http://me:secret@proxy.example:3128\nno-proxy = localhost\nno-proxy = .example\n"
        "[requests]\nallow-localhost = yes\nrelated-origins = no\nunknown-callers = ask\n[daemon]\n"
        "idle-exit = 10\n[test]\ncallers = any\nresolve = a=127.0.0.1:1\nresolve = b=127.0.0.1:2\n"
        "ca-file = /ca.pem\npolicy-folder = /policy\njournal-socket = /journal\nroot = /root\n"
        "callers-vendor-folder = /vendor\ncallers-admin-folder = /admin\nprompt-program = any\n";
static char settings_path[] = "/tmp/test-allocations-XXXXXX";

static void make_settings(void) {
        int fd = mkstemp(settings_path);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, settings_text, strlen(settings_text)),
                         (ssize_t)strlen(settings_text));
        close(fd);
}

static void remove_settings(void) {
        ck_assert_int_eq(unlink(settings_path), 0);
}

static void run_settings(bool fails) {
        Config config = {};
        int r;

        r = config_init(&config);
        expect(r == 0 || (fails && r == -ENOMEM));
        if (r == 0) {
                config.allow_test = true;
                r = config_read_file(&config, settings_path);
                /* A value that there is no memory for is as good as a wrong one: hybridd ends. */
                expect(r == 0 || (fails && (r == -ENOMEM || r == -EINVAL)));
                if (r == 0) {
                        expect(strcmp(config.connect_ahead, "cable.ua5v.com cable.auth.com") == 0);
                        expect(strcmp(config.resolve, "a=127.0.0.1:1 b=127.0.0.1:2") == 0);
                        r = proxy_settings_complete(&config);
                        expect(r == 0 || (fails && r == -ENOMEM));
                }
        }
        config_done(&config);
}

START_TEST(test_settings) {
        try_each(run_settings, 20);
}
END_TEST

/* ---- the tables of callers ------------------------------------------------------------------ */

static const char callers_text[] = "[caller browser]\nname = A browser\nexe = "
                                   "/usr/bin/browser\nparent = /usr/bin/a /usr/bin/b\n"
                                   "parent = /usr/bin/c\norigins = *\n[caller mail]\nkind = "
                                   "flatpak\napp-id = org.example.Mail\n"
                                   "origins = https://a.example https://b.example\n";

static void run_callers(bool fails) {
        char problem[CALLER_PROBLEM_SIZE];
        CallerEntries entries = {};
        FILE *file;
        int r;

        file = fmemopen((char *)callers_text, strlen(callers_text), "r");
        expect(file);
        r = caller_entries_read(&entries, file, "test.conf", problem);
        fclose(file);
        expect(r == 0 || (fails && r == -ENOMEM));
        /* All, or none: half of an entry might allow more than the whole. */
        expect(entries.n == (r == 0 ? 2 : 0));
        if (r == 0)
                expect(entries.items[0].parents.n == 3 && entries.items[1].origins.n == 2);
        caller_entries_done(&entries);
}

START_TEST(test_callers) {
        try_each(run_callers, 10);
}
END_TEST

/* ---- linked phones -------------------------------------------------------------------------- */

static char *folder;

static void make_folder(void) {
        folder = fixture_folder_new();
}

static void remove_folder(void) {
        fixture_folder_end(folder);
}

static bool is_kept(const PhoneRecord *record, unsigned version) {
        PhoneRecord kept;

        fixture_record(1, version, &kept);
        return memcmp(record, &kept, sizeof(kept)) == 0;
}

/* A list is whole, or there is none: nothing is put aside as damaged because memory was short. */
static void look_at_all(PhoneStore *store, unsigned version, bool fails) {
        PhoneList list;
        int r;

        r = phone_store_list(store, &list);
        expect(r == 0 || (fails && r == -ENOMEM));
        if (r < 0)
                return;
        expect(list.n == (version > 0 ? 1 : 0));
        if (version > 0)
                expect(is_kept(&list.records[0], version));
        phone_list_done(&list);
}

static void look_at_one(PhoneStore *store, unsigned version, bool fails) {
        PhoneRecord record, named;
        int r;

        fixture_record(1, version, &named);
        r = phone_store_read(store, named.id, &record);
        expect(r == 0 || (fails && r == -ENOMEM) || (version == 0 && r == -ENOENT));
        if (r == 0)
                expect(is_kept(&record, version));
}

static void run_phones(bool fails) {
        static unsigned version, kept; /* 0: no phone is kept yet */
        _cleanup_(phone_store_freep) PhoneStore *store = NULL;
        PhoneRecord record;
        int r;

        r = phone_store_open(&store, folder, true);
        expect(r == 0 || (fails && r == -ENOMEM));
        if (r < 0)
                return;
        fixture_record(1, ++version, &record);
        r = phone_store_write(store, &record);
        expect(r == 0 || (fails && r == -ENOMEM));
        if (r == 0)
                kept = version;
        look_at_all(store, kept, fails);
        look_at_one(store, kept, fails);
}

START_TEST(test_phones) {
        try_each(run_phones, 1);
}
END_TEST

/* ---- the link ------------------------------------------------------------------------------- */

typedef struct Received {
        unsigned n_packets, n_gone;
} Received;

static void on_packet(void *userdata, LinkPacket *packet) {
        ((Received *)userdata)->n_packets++;
        expect(strcmp(packet->fields[0].data, "connecting") == 0);
}

static void on_gone(void *userdata) {
        ((Received *)userdata)->n_gone++;
}

/* A packet arrives, or its sender is told, or the link ends. */
static void exchange(sd_event *event, const int fds[static 2], bool fails) {
        static const LinkEvents events = { on_packet, on_gone };
        _cleanup_(link_freep) Link *here = NULL, *there = NULL;
        Received received = {};
        int r, sent;

        r = link_new(&here, event, fds[0], &events, &received);
        sent = link_new(&there, event, fds[1], &events, &received);
        expect((r == 0 && sent == 0) || fails);
        if (r < 0 || sent < 0)
                return;
        sent = link_send(there, LINK_STATE, "connecting", NULL);
        expect(sent == 0 || (fails && sent == -ENOMEM));
        for (unsigned i = 0; i < 10; i++)
                expect(sd_event_run(event, 0) >= 0);
        expect(received.n_packets + (received.n_gone > 0) == (sent == 0 ? 1 : 0));
        expect(received.n_packets == 1 || fails);
}

static void run_link(bool fails) {
        sd_event *event;
        int fds[2];

        expect(sd_event_new(&event) >= 0);
        expect(link_socket_pair(fds) == 0);
        exchange(event, fds, fails);
        sd_event_unref(event);
}

START_TEST(test_link) {
        try_each(run_link, 2);
}
END_TEST

static void run_limits(bool fails) {
        LinkPacket packet = { .type = LINK_BEGIN, .n_fields = LINK_BEGIN_N_FIELDS, .fd = -1 };
        Limits limits = {};
        int r;

        for (size_t i = 0; i < packet.n_fields; i++)
                packet.fields[i] = (LinkField){ "", 0 };
        packet.fields[LINK_BEGIN_TUNNEL_HOSTS] = (LinkField){ "a.example b.example", 19 };
        packet.fields[LINK_BEGIN_TUNNEL_PLACE] = (LinkField){ "test.conf:1", 11 };
        packet.fields[LINK_BEGIN_ENTERPRISE_RPS] = (LinkField){ "c.example", 9 };
        r = limits_init(&limits, &packet);
        expect(r == 0 || (fails && r == -ENOMEM));
        if (r == 0)
                expect(limits_allow_tunnel(&limits, "b.example") &&
                       !limits_allow_tunnel(&limits, "c.example"));
        limits_done(&limits);
}

START_TEST(test_limits) {
        try_each(run_limits, 3);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite;

        suite = unit_suite("allocations", &tcase);
        tcase_add_test(tcase, test_policy);
        tcase_add_test(tcase, test_callers);
        tcase_add_test(tcase, test_link);
        tcase_add_test(tcase, test_limits);

        tcase = tcase_create("settings");
        tcase_add_checked_fixture(tcase, make_settings, remove_settings);
        tcase_add_test(tcase, test_settings);
        suite_add_tcase(suite, tcase);

        tcase = tcase_create("phones");
        tcase_add_checked_fixture(tcase, make_folder, remove_folder);
        tcase_add_test(tcase, test_phones);
        suite_add_tcase(suite, tcase);
        return unit_run(suite);
}
