/* SPDX-License-Identifier: MIT */

/*
 * From facts to findings: for each way in which Bluetooth can be out of order, what is said first.
 */

#include <string.h>

#include "diagnosis/radio.h"
#include "unit.h"

#define FREE_LAPTOP                                                                                \
        .has_sysfs = true, .has_system_bus = true, .bluez_installed = true,                        \
        .package_tool = PACKAGE_TOOL_APT
#define LAPTOP .n_adapters = 1, FREE_LAPTOP

#define ON_LE                                                                                      \
        .bluez = { .n = 1, .adapters = { { "hci0", .is_powered = true, .can_hear_le = true } } }

typedef struct Case {
        const char *name;
        RadioFacts facts;
        const char *id; /* of the first finding */
        Severity severity;
        const char *words;  /* that its summary has; or NULL */
        const char *remedy; /* words that its remedy has; NULL: there is none */
} Case;

static const Case cases[] = {
        { "all is well",
          { .backend = "bluez", .only_name = "", .status = BLE_ON, .machine = { LAPTOP }, ON_LE },
          "adapter-ready",
          SEVERITY_INFO,
          "hci0",
          NULL },
        { "raw HCI, and all is well",
          { .backend = "hci", .only_name = "", .status = BLE_ON, .machine = { LAPTOP } },
          "adapter-ready",
          SEVERITY_INFO,
          NULL,
          NULL },
        { "switched off",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_OFF,
            .machine = { LAPTOP },
            .bluez = { .n = 1, .adapters = { { "hci0", .can_hear_le = true } } } },
          "adapter-off",
          SEVERITY_WARNING,
          "switched off",
          "bluetoothctl power on" },
        { "flight mode",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_BLOCKED,
            .rfkill = { .soft = true },
            .machine = { LAPTOP } },
          "rfkill-soft",
          SEVERITY_ERROR,
          "flight mode",
          "rfkill unblock bluetooth" },
        { "a switch",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_BLOCKED,
            .rfkill = { .soft = true, .hard = true },
            .machine = { LAPTOP } },
          "rfkill-hard",
          SEVERITY_ERROR,
          "switch",
          "BIOS" },
        { "a switch that takes the adapter off the bus",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_NO_SERVICE,
            .rfkill = { .hard = true },
            .machine = { FREE_LAPTOP } },
          "rfkill-hard",
          SEVERITY_ERROR,
          NULL,
          "switch" },
        { "a desktop without an adapter; bluetoothd does not start for that",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_NO_SERVICE,
            .machine = { FREE_LAPTOP } },
          "no-adapter",
          SEVERITY_ERROR,
          "This computer has no",
          "Plug in" },
        { "the same where bluetoothd runs",
          { .backend = "bluez", .only_name = "", .status = BLE_ABSENT, .machine = { FREE_LAPTOP } },
          "no-adapter",
          SEVERITY_ERROR,
          "This computer has no",
          "Plug in" },
        { "a virtual machine",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_ABSENT,
            .machine = { FREE_LAPTOP, .is_virtual = true } },
          "no-adapter",
          SEVERITY_ERROR,
          "virtual machine",
          "Pass" },
        { "an adapter without a driver",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_ABSENT,
            .machine = { FREE_LAPTOP, .unused_usb = "8087:0aaa" } },
          "adapter-without-driver",
          SEVERITY_ERROR,
          "8087:0aaa",
          "modprobe" },
        { "an adapter without firmware",
          { .backend = "bluez", .only_name = "", .status = BLE_ABSENT, .machine = { LAPTOP } },
          "adapter-unusable",
          SEVERITY_ERROR,
          "firmware",
          "dmesg" },
        { "another adapter than the settings ask for",
          { .backend = "bluez",
            .only_name = "hci7",
            .status = BLE_ABSENT,
            .machine = { LAPTOP },
            ON_LE },
          "adapter-not-there",
          SEVERITY_ERROR,
          "hci7",
          "There are: hci0" },
        { "BlueZ is not installed (Debian)",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_NO_SERVICE,
            .machine = { .n_adapters = 1,
                         .has_sysfs = true,
                         .has_system_bus = true,
                         .package_tool = PACKAGE_TOOL_APT } },
          "service-not-installed",
          SEVERITY_ERROR,
          "not installed",
          "sudo apt install bluez" },
        { "BlueZ is not installed (who knows where)",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_NO_SERVICE,
            .machine = { .n_adapters = 1, .has_sysfs = true, .has_system_bus = true } },
          "service-not-installed",
          SEVERITY_ERROR,
          NULL,
          "Install BlueZ" },
        { "bluetoothd does not run",
          { .backend = "bluez", .only_name = "", .status = BLE_NO_SERVICE, .machine = { LAPTOP } },
          "service-not-running",
          SEVERITY_ERROR,
          "not running",
          "systemctl enable --now bluetooth" },
        { "no system bus",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_NO_SERVICE,
            .machine = { .n_adapters = 1, .has_sysfs = true, .bluez_installed = true } },
          "no-system-bus",
          SEVERITY_ERROR,
          "system bus",
          "dbus" },
        { "a container on a machine with an adapter",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_NO_SERVICE,
            .machine = { LAPTOP, .sandbox = SANDBOX_CONTAINER } },
          "service-outside",
          SEVERITY_ERROR,
          "container",
          "system_bus_socket" },
        { "a container on a machine without one",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_NO_SERVICE,
            .machine = { FREE_LAPTOP, .sandbox = SANDBOX_CONTAINER, .is_virtual = true } },
          "no-adapter",
          SEVERITY_ERROR,
          "This container has no",
          "host" },
        { "not allowed",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_NO_PERMISSION,
            .machine = { LAPTOP } },
          "permission",
          SEVERITY_ERROR,
          "does not let you",
          "group" },
        { "not allowed in a Flatpak",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_NO_PERMISSION,
            .machine = { LAPTOP, .sandbox = SANDBOX_FLATPAK } },
          "permission-flatpak",
          SEVERITY_ERROR,
          "Flatpak",
          "--system-talk-name=org.bluez" },
        { "not allowed in a snap",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_NO_PERMISSION,
            .machine = { LAPTOP, .sandbox = SANDBOX_SNAP } },
          "permission-snap",
          SEVERITY_ERROR,
          "snap",
          "snap connect" },
        { "not allowed to use raw HCI",
          { .backend = "hci", .only_name = "", .status = BLE_NO_PERMISSION, .machine = { LAPTOP } },
          "raw-permission",
          SEVERITY_ERROR,
          "CAP_NET_RAW",
          "backend = hci" },
        { "classic Bluetooth only",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_ON,
            .machine = { LAPTOP },
            .bluez = { .n = 1, .adapters = { { "hci0", .is_powered = true } } } },
          "adapter-without-le",
          SEVERITY_ERROR,
          "classic",
          "4.0" },
        { "classic Bluetooth only, and off",
          { .backend = "bluez",
            .only_name = "",
            .status = BLE_OFF,
            .machine = { LAPTOP },
            .bluez = { .n = 1, .adapters = { { "hci0" } } } },
          "adapter-without-le",
          SEVERITY_ERROR,
          NULL,
          "4.0" },
        { "the one with Low Energy is not the one to use",
          { .backend = "bluez",
            .only_name = "hci1",
            .status = BLE_ON,
            .machine = { LAPTOP },
            .bluez = { .n = 2,
                       .adapters = { { "hci0", .is_powered = true, .can_hear_le = true },
                                     { "hci1", .is_powered = true } } } },
          "adapter-without-le",
          SEVERITY_ERROR,
          NULL,
          "4.0" },
        { "no word from bluetoothd",
          { .backend = "bluez", .only_name = "", .status = BLE_STARTING, .machine = { LAPTOP } },
          "not-known",
          SEVERITY_WARNING,
          NULL,
          "restart" },
        { "set to no radio",
          { .backend = "none", .only_name = "", .status = BLE_ABSENT, .machine = { LAPTOP } },
          "radio-none",
          SEVERITY_ERROR,
          "no radio",
          "backend = none" },
        { "set to a folder",
          { .backend = "loopback", .only_name = "", .status = BLE_ON, .machine = { LAPTOP } },
          "radio-loopback",
          SEVERITY_WARNING,
          "folder",
          "backend = loopback" },
};

START_TEST(test_first_finding) {
        const Case *c = &cases[_i];
        const Finding *first;
        Findings findings = {};

        radio_diagnose(&c->facts, &findings);
        ck_assert_uint_gt(findings.n, 0);
        first = &findings.findings[0];
        ck_assert_msg(strcmp(first->id, c->id) == 0, "%s: %s, not %s", c->name, first->id, c->id);
        ck_assert_msg(first->severity == c->severity, "%s", c->name);
        if (c->words)
                ck_assert_msg(strstr(first->summary, c->words), "%s: %s", c->name, first->summary);
        if (c->remedy)
                ck_assert_msg(strstr(first->remedy, c->remedy), "%s: %s", c->name, first->remedy);
        else
                ck_assert_str_eq(first->remedy, "");
}
END_TEST

/* What is said has its end: nothing was cut off, and what is wrong has a remedy. */
START_TEST(test_sentences) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Findings findings = {};

                radio_diagnose(&cases[i].facts, &findings);
                for (size_t j = 0; j < findings.n; j++) {
                        const Finding *finding = &findings.findings[j];

                        ck_assert_int_eq(finding->summary[strlen(finding->summary) - 1], '.');
                        ck_assert_uint_lt(strlen(finding->remedy), FINDING_REMEDY_SIZE - 1);
                        if (finding->severity != SEVERITY_INFO)
                                ck_assert_str_ne(finding->remedy, "");
                }
        }
}
END_TEST

static const Finding *find(const Findings *findings, const char *id) {
        for (size_t i = 0; i < findings->n; i++)
                if (strcmp(findings->findings[i].id, id) == 0)
                        return &findings->findings[i];
        return NULL;
}

START_TEST(test_both_adapters_are_named) {
        RadioFacts facts = {
                .backend = "bluez",
                .only_name = "",
                .status = BLE_ON,
                .machine = { LAPTOP },
                .bluez = { .n = 3,
                           .adapters = { { "hci0", .is_powered = true, .can_hear_le = true },
                                         { "hci1", .can_hear_le = true },
                                         { "hci2", .is_powered = true, .can_hear_le = true } } }
        };
        Findings findings = {};

        radio_diagnose(&facts, &findings);
        ck_assert_uint_eq(findings.n, 2);
        ck_assert_ptr_nonnull(strstr(findings.findings[0].summary, "hci0"));
        ck_assert_ptr_nonnull(strstr(findings.findings[1].summary, "hci2"));
}
END_TEST

START_TEST(test_adverts) {
        RadioFacts facts = {
                .backend = "bluez", .only_name = "", .status = BLE_ON, .machine = { LAPTOP }, ON_LE
        };
        Findings silence = {}, unasked = {}, heard = {}, unknown = {};

        radio_diagnose(&facts, &unasked);
        ck_assert_ptr_null(find(&unasked, "no-adverts"));
        ck_assert_ptr_null(find(&unasked, "adverts-heard"));

        facts.heard = (RadioHeard){ .listened = true, .rssi_max = 127 };
        radio_diagnose(&facts, &silence);
        ck_assert_ptr_nonnull(find(&silence, "no-adverts"));
        ck_assert_ptr_null(find(&silence, "adverts-heard"));

        facts.heard = (RadioHeard){ .listened = true, .n_adverts = 3, .rssi_max = -61 };
        radio_diagnose(&facts, &heard);
        ck_assert_ptr_null(find(&heard, "no-adverts"));
        ck_assert_ptr_nonnull(strstr(find(&heard, "adverts-heard")->summary, "-61 dBm"));

        facts.heard.rssi_max = 127;
        radio_diagnose(&facts, &unknown);
        ck_assert_ptr_null(strstr(find(&unknown, "adverts-heard")->summary, "dBm"));
}
END_TEST

START_TEST(test_a_service_that_is_missing_as_well_comes_second) {
        RadioFacts facts = { .backend = "bluez",
                             .only_name = "",
                             .status = BLE_NO_SERVICE,
                             .machine = { .has_sysfs = true, .has_system_bus = true } };
        Findings findings = {};

        radio_diagnose(&facts, &findings);
        ck_assert_uint_eq(findings.n, 2);
        ck_assert_str_eq(findings.findings[0].id, "no-adapter");
        ck_assert_str_eq(findings.findings[1].id, "service-not-installed");
}
END_TEST

START_TEST(test_as_many_adapters_as_there_may_be) {
        RadioFacts facts = { .backend = "bluez",
                             .only_name = "hci99",
                             .status = BLE_ABSENT,
                             .machine = { LAPTOP },
                             .bluez.n = BLUEZ_ADAPTERS_MAX };
        Findings findings = {};

        for (size_t i = 0; i < BLUEZ_ADAPTERS_MAX; i++)
                memset(facts.bluez.adapters[i].name, 'x', BLUEZ_ADAPTER_NAME_SIZE - 1);
        radio_diagnose(&facts, &findings);
        ck_assert_uint_eq(findings.n, 1);
        ck_assert_uint_lt(strlen(findings.findings[0].remedy), FINDING_REMEDY_SIZE);
}
END_TEST

/* ---- the list -------------------------------------------------------------------------------- */

START_TEST(test_the_worst_comes_first) {
        Findings findings = {};

        findings_add(&findings, "i1", SEVERITY_INFO, "", "");
        findings_add(&findings, "w1", SEVERITY_WARNING, "", "");
        findings_add(&findings, "e1", SEVERITY_ERROR, "", "");
        findings_add(&findings, "w2", SEVERITY_WARNING, "", "");
        findings_add(&findings, "e2", SEVERITY_ERROR, "", "");
        ck_assert_uint_eq(findings.n, 5);
        ck_assert_str_eq(findings.findings[0].id, "e1");
        ck_assert_str_eq(findings.findings[1].id, "e2");
        ck_assert_str_eq(findings.findings[2].id, "w1");
        ck_assert_str_eq(findings.findings[3].id, "w2");
        ck_assert_str_eq(findings.findings[4].id, "i1");
}
END_TEST

START_TEST(test_too_many_and_too_long) {
        char text[2 * FINDING_REMEDY_SIZE];
        Findings findings = {};

        memset(text, 'x', sizeof(text));
        text[sizeof(text) - 1] = '\0';
        for (size_t i = 0; i < 2 * FINDINGS_MAX; i++)
                findings_add(&findings, "id", SEVERITY_INFO, text, text);
        ck_assert_uint_eq(findings.n, FINDINGS_MAX);
        ck_assert_uint_eq(strlen(findings.findings[0].summary), FINDING_SUMMARY_SIZE - 1);
        ck_assert_uint_eq(strlen(findings.findings[0].remedy), FINDING_REMEDY_SIZE - 1);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("radio", &tcase);

        tcase_add_loop_test(tcase, test_first_finding, 0, ELEMENTSOF(cases));
        tcase_add_test(tcase, test_sentences);
        tcase_add_test(tcase, test_both_adapters_are_named);
        tcase_add_test(tcase, test_adverts);
        tcase_add_test(tcase, test_a_service_that_is_missing_as_well_comes_second);
        tcase_add_test(tcase, test_as_many_adapters_as_there_may_be);
        tcase_add_test(tcase, test_the_worst_comes_first);
        tcase_add_test(tcase, test_too_many_and_too_long);
        return unit_run(suite);
}
