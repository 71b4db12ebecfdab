/* SPDX-License-Identifier: MIT */

/*
 * Whole scans against a desktop in memory, and that each fault ends there as fault.c says.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64url.h"
#include "desk.h"

/* A registration and then a sign-in with what was registered. The store moves on. */
static void take_store(Desk *desk, Desk *from) {
        credential_store_free(desk->store);
        desk->store = TAKE_PTR(from->store);
        desk->settings.store = desk->store;
}

START_TEST(test_profiles) {
        static const struct {
                const char *profile;
                uint16_t tunnel_server_id;
        } rows[] = { { "android", 0 }, { "iphone", 1 }, { "plain", 0 }, { "plain", 266 } };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _desk_ create;

                desk_init(&create, HYBRID_CREATE, desk_create_json);
                create.settings.profile = profile_by_name(rows[i].profile);
                create.settings.tunnel_server_id = rows[i].tunnel_server_id;
                desk_scan(&create);
                desk_run(&create);
                ck_assert_str_eq(create.outcome, "done");
                ck_assert_int_eq(desk_exit_code(&create), 0);
                ck_assert_ptr_nonnull(strstr(create.response, "\"enabled\":true"));

                _desk_ get;

                desk_init(&get, HYBRID_GET, desk_get_json);
                take_store(&get, &create);
                get.settings.profile = profile_by_name(rows[i].profile);
                get.settings.tunnel_server_id = rows[i].tunnel_server_id;
                get.settings.uuid = BLE_UUID_GOOGLE;
                desk_scan(&get);
                desk_run(&get);
                ck_assert_str_eq(get.outcome, "done");
                ck_assert_int_eq(desk_exit_code(&get), 0);
                ck_assert_uint_eq(get.uuid, BLE_UUID_GOOGLE);
                ck_assert_ptr_nonnull(strstr(get.response, "\"userHandle\":\"AQI\""));
        }
}
END_TEST

START_TEST(test_declined) {
        static const char *const profiles[] = { "android", "iphone", "plain" };

        for (size_t i = 0; i < ELEMENTSOF(profiles); i++) {
                _desk_ desk;

                desk_init(&desk, HYBRID_CREATE, desk_create_json);
                desk.settings.profile = profile_by_name(profiles[i]);
                desk.settings.consent.mode = CONSENT_NO;
                desk_scan(&desk);
                desk_run(&desk);
                ck_assert_str_eq(desk.outcome, "declined");
                ck_assert_int_eq(desk_exit_code(&desk), 1);
        }
}
END_TEST

START_TEST(test_no_passkey) {
        _desk_ desk;

        desk_init(&desk, HYBRID_GET, desk_get_json);
        desk_scan(&desk);
        desk_run(&desk);
        ck_assert_str_eq(desk.outcome, "no-passkey");
        ck_assert_int_eq(desk_exit_code(&desk), 1);
}
END_TEST

/* Nobody has to answer a question that nobody waits for any more. */
START_TEST(test_desktop_gives_up) {
        _desk_ desk;

        desk_init(&desk, HYBRID_CREATE, desk_create_json);
        desk.settings.consent = (ConsentPolicy){ .mode = CONSENT_DELAY, .delay_usec = 3600000000 };
        desk_scan(&desk);
        desk_settle(&desk);
        ck_assert_str_eq(desk.outcome, "");
        ck_assert(!desk_phone_has_ended(&desk));

        desk_run(&desk);
        ck_assert_str_eq(desk.outcome, "timeout");
        ck_assert_int_eq(desk_exit_code(&desk), 1);
}
END_TEST

START_TEST(test_interrupted) {
        _desk_ desk;

        desk_init(&desk, HYBRID_CREATE, desk_create_json);
        desk.settings.consent = (ConsentPolicy){ .mode = CONSENT_DELAY, .delay_usec = 3600000000 };
        desk_scan(&desk);
        desk_settle(&desk);
        scan_hang_up(desk.scan);
        scan_hang_up(desk.scan); /* impatience changes nothing */
        desk_settle(&desk);
        ck_assert_str_eq(desk.outcome, "declined");
        ck_assert_int_eq(desk_exit_code(&desk), 1);
}
END_TEST

START_TEST(test_wrong_code) {
        static const char *const texts[] = { "", "FIDO:/", "https://example.com", "FIDO:/123" };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _desk_ desk;

                desk_init(&desk, HYBRID_CREATE, desk_create_json);
                desk.settings.qr_text = texts[i];
                ck_assert_int_eq(scan_new(&desk.scan, desk.event, &desk.settings), -EBADMSG);
                ck_assert_ptr_null(desk.scan);
        }
}
END_TEST

/* A tunnel service that only newer desktops know. */
START_TEST(test_unassigned_tunnel) {
        _desk_ desk;

        desk_init(&desk, HYBRID_CREATE, desk_create_json);
        desk.settings.tunnel_server_id = 2;
        ck_assert_int_eq(scan_new(&desk.scan, desk.event, &desk.settings), -ENOENT);
}
END_TEST

/* ---- the person at a terminal --------------------------------------------------------------- */

static int open_terminal(Desk *desk) {
        int fd = posix_openpt(O_RDWR | O_NOCTTY);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(grantpt(fd), 0);
        ck_assert_int_eq(unlockpt(fd), 0);
        desk->settings.consent = (ConsentPolicy){ .mode = CONSENT_ASK, .terminal = ptsname(fd) };
        return fd;
}

START_TEST(test_asked) {
        static const struct {
                const char *typed;
                const char *outcome;
        } rows[] = { { "y\n", "done" },
                     { "\nwhat?\nYes\n", "done" },
                     { "n\n", "declined" },
                     { "\x04", "declined" } };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _desk_ desk;
                char question[256] = "";
                int fd;

                desk_init(&desk, HYBRID_CREATE, desk_create_json);
                fd = open_terminal(&desk);
                desk_scan(&desk);
                desk_settle(&desk);
                ck_assert_str_eq(desk.outcome, "");
                ck_assert_int_gt(read(fd, question, sizeof(question) - 1), 0);
                ck_assert_str_eq(question,
                                 "test: register with example.com as alice (Alice)? [y/n] ");

                ck_assert_int_gt(write(fd, rows[i].typed, strlen(rows[i].typed)), 0);
                ck_assert_int_gt(sd_event_run(desk.event, 5000000), 0);
                desk_settle(&desk);
                ck_assert_str_eq(desk.outcome, rows[i].outcome);
                close(fd);
        }
}
END_TEST

START_TEST(test_no_terminal) {
        _desk_ desk;

        desk_init(&desk, HYBRID_CREATE, desk_create_json);
        desk.settings.consent =
                (ConsentPolicy){ .mode = CONSENT_ASK, .terminal = "/nonexistent/tty" };
        ck_assert_int_eq(scan_new(&desk.scan, desk.event, &desk.settings), -ENOTTY);

        /* By default it is yes then. */
        desk.settings.consent.mode = CONSENT_DEFAULT;
        desk_scan(&desk);
        desk_run(&desk);
        ck_assert_str_eq(desk.outcome, "done");
}
END_TEST

/* ---- faults --------------------------------------------------------------------------------- */

static void set_fault(FaultSet *faults, FaultKind kind) {
        faults->is_set[kind] = true;
        faults->argument[kind] = fault_info(kind)->default_argument;
}

/* Each ends as the table says, whatever phone does it. */
START_TEST(test_faults_of_registrations) {
        static const char *const profiles[] = { "plain", "android" };
        const FaultInfo *info = fault_info((FaultKind)_i);

        if (!info->outcome || _i == FAULT_REPLY_OTHER_CREDENTIAL)
                return;

        for (size_t i = 0; i < ELEMENTSOF(profiles); i++) {
                _desk_ desk;

                desk_init(&desk, HYBRID_CREATE, desk_create_json);
                set_fault(&desk.faults, (FaultKind)_i);
                desk.settings.profile = profile_by_name(profiles[i]);
                desk_scan(&desk);
                desk_run(&desk);
                ck_assert_msg(strcmp(desk.outcome, info->outcome) == 0, "%s, %s: %s, not %s",
                              profiles[i], info->name, desk.outcome, info->outcome);
        }
}
END_TEST

static void register_first(Desk *desk) {
        _desk_ create;

        desk_init(&create, HYBRID_CREATE, desk_create_json);
        desk_scan(&create);
        desk_run(&create);
        ck_assert_str_eq(create.outcome, "done");
        desk->store = TAKE_PTR(create.store);
}

/* The list of allowed credentials has what is in the store. */
static void make_request(const Desk *registered, char *ret, size_t size) {
        const Credential *credential =
                credential_store_find(registered->store, ctap2_text("example.com"), (CborItem){});
        char id[64];

        base64url_encode(credential->id, credential->n_id, id);
        snprintf(ret, size,
                 "{\"rpId\":\"example.com\",\"challenge\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
                 "\"allowCredentials\":[{\"type\":\"public-key\",\"id\":\"%s\"}]}",
                 id);
}

START_TEST(test_faults_of_sign_ins) {
        const FaultInfo *info = fault_info((FaultKind)_i);
        Desk registered = {};
        char json[512];
        _desk_ desk;

        register_first(&registered);
        make_request(&registered, json, sizeof(json));
        desk_init(&desk, HYBRID_GET, json);
        take_store(&desk, &registered);
        if (!info->outcome || _i == FAULT_REPLY_WRONG_ALG)
                return;

        set_fault(&desk.faults, (FaultKind)_i);
        desk_scan(&desk);
        desk_run(&desk);
        ck_assert_msg(strcmp(desk.outcome, info->outcome) == 0, "%s: %s, not %s", info->name,
                      desk.outcome, info->outcome);
}
END_TEST

START_TEST(test_reply_status) {
        static const struct {
                uint8_t status;
                const char *outcome;
        } rows[] = {
                { 0x19, "already-registered" }, { 0x27, "declined" },
                { 0x2e, "no-passkey" },         { 0x2f, "timeout" },
                { 0x7f, "authenticator" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _desk_ desk;

                desk_init(&desk, HYBRID_CREATE, desk_create_json);
                desk.faults.is_set[FAULT_REPLY_STATUS] = true;
                desk.faults.argument[FAULT_REPLY_STATUS] = rows[i].status;
                desk_scan(&desk);
                desk_run(&desk);
                ck_assert_str_eq(desk.outcome, rows[i].outcome);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("scan", &tcase);

        tcase_add_test(tcase, test_profiles);
        tcase_add_test(tcase, test_declined);
        tcase_add_test(tcase, test_no_passkey);
        tcase_add_test(tcase, test_desktop_gives_up);
        tcase_add_test(tcase, test_interrupted);
        tcase_add_test(tcase, test_wrong_code);
        tcase_add_test(tcase, test_unassigned_tunnel);
        tcase_add_test(tcase, test_asked);
        tcase_add_test(tcase, test_no_terminal);
        tcase_add_loop_test(tcase, test_faults_of_registrations, 0, _FAULT_KIND_MAX);
        tcase_add_loop_test(tcase, test_faults_of_sign_ins, 0, _FAULT_KIND_MAX);
        tcase_add_test(tcase, test_reply_status);
        return unit_run(suite);
}
