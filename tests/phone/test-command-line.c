/* SPDX-License-Identifier: MIT */

/*
 * The command line: what is read from it, and that what is wrong is said in one line.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "options.h"
#include "unit.h"

static int parse(const char *line, Options *ret) {
        static char copy[256];
        char *argv[32] = { (char *)"hybrid-phone" };
        int argc = 1;

        snprintf(copy, sizeof(copy), "%s", line);
        for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
                argv[argc++] = word;
        optind = 0; /* starts getopt anew */
        return options_parse(argc, argv, ret);
}

START_TEST(test_options) {
        Options options;

        ck_assert_int_eq(parse("scan --ble loopback:/tmp/ether --profile iphone --tunnel 256 "
                               "--uuid fde2 --approve delay:1 --fault wrong-mac --fault no-advert "
                               "--attestation self --timeout 5 --json",
                               &options),
                         1);
        ck_assert_ptr_eq(options.radio, &ble_loopback);
        ck_assert_str_eq(options.radio_where, "/tmp/ether");
        ck_assert_str_eq(options.profile->name, "iphone");
        ck_assert(options.has_tunnel && options.tunnel_server_id == 256);
        ck_assert_uint_eq(options.uuid, BLE_UUID_GOOGLE);
        ck_assert(fault_is_set(&options.faults, FAULT_WRONG_MAC));
        ck_assert(fault_is_set(&options.faults, FAULT_NO_ADVERT));
        ck_assert(options.self_attestation && options.report.json);
        ck_assert_uint_eq(options.timeout_usec, 5000000);

        ck_assert_int_eq(parse("--print-advert scan", &options), 1);
        ck_assert_str_eq(options.profile->name, "plain");
        ck_assert(!options.has_tunnel && !options.radio && !options.self_attestation);
        ck_assert_int_eq(options.consent.mode, CONSENT_DEFAULT);
        ck_assert_uint_eq(options.timeout_usec, 60000000);
}
END_TEST

START_TEST(test_wrong_options) {
        static const char *const lines[] = {
                "",
                "--ble none",
                "wait --ble none",
                "scan",
                "scan more --ble none",
                "scan --ble",
                "scan --ble loopback:",
                "scan --ble bluez:",
                "scan --ble none:hci0",
                "scan --ble wifi",
                "scan --ble none --profile nokia",
                "scan --ble none --tunnel 2",
                "scan --ble none --tunnel example.com",
                "scan --ble none --uuid 1234",
                "scan --ble none --approve perhaps",
                "scan --ble none --attestation full",
                "scan --ble none --fault nothing",
                "scan --ble none --timeout 0",
                "scan --ble none --timeout 5s",
                "scan --ble none --qr-file a --qr-png b",
                "scan --ble none --unknown",
                "scan --ble none --json=yes",
        };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                _folder_ folder;
                Options options;
                char *said;

                folder_init(&folder);
                capture_start(&folder, STDERR_FILENO);
                ck_assert_int_eq(parse(lines[i], &options), -EINVAL);
                said = capture_read(&folder, STDERR_FILENO);
                ck_assert_ptr_nonnull(strstr(said, ": "));
                ck_assert_ptr_nonnull(strstr(said, "; "));
                ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
                free(said);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("command-line", &tcase);

        tcase_add_test(tcase, test_options);
        tcase_add_test(tcase, test_wrong_options);
        return unit_run(suite);
}
