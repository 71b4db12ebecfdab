/* SPDX-License-Identifier: MIT */

/*
 * The names of faults: each is one of a kind, can be read, and is in the list.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "fault.h"
#include "unit.h"

START_TEST(test_table) {
        for (FaultKind kind = 0; kind < _FAULT_KIND_MAX; kind++) {
                const FaultInfo *info = fault_info(kind);

                ck_assert_ptr_nonnull(info->name);
                ck_assert_ptr_nonnull(info->description);
                ck_assert_uint_gt(strlen(info->description), 10);
                ck_assert_uint_eq(strspn(info->name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
                                  strlen(info->name));
                for (FaultKind other = 0; other < kind; other++)
                        ck_assert_str_ne(info->name, fault_info(other)->name);
        }
}
END_TEST

/* Outcomes are names of causes, so that the list can be compared with what hybridctl says. */
START_TEST(test_outcomes) {
        for (FaultKind kind = 0; kind < _FAULT_KIND_MAX; kind++) {
                const char *outcome = fault_info(kind)->outcome;
                bool known = !outcome || strcmp(outcome, "done") == 0;

                for (int cause = 0; !known && cause < _HYBRID_CAUSE_MAX; cause++)
                        known = strcmp(outcome, hybrid_cause_name((HybridCause)cause)) == 0;
                ck_assert_msg(known, "%s: %s", fault_info(kind)->name, outcome);
        }
}
END_TEST

START_TEST(test_parse) {
        for (FaultKind kind = 0; kind < _FAULT_KIND_MAX; kind++) {
                const FaultInfo *info = fault_info(kind);
                FaultSet set = {};
                const char *why;
                char text[64];

                snprintf(text, sizeof(text), "%s%s", info->name,
                         info->argument == FAULT_ARGUMENT_BYTE ? ":2e" : "");
                ck_assert_int_eq(fault_set_add(&set, text, &why), 0);
                for (FaultKind other = 0; other < _FAULT_KIND_MAX; other++)
                        ck_assert(fault_is_set(&set, other) == (other == kind));
        }
}
END_TEST

START_TEST(test_arguments) {
        FaultSet set = {};
        uint8_t expected[HYBRID_LINK_PUBLIC_KEY_SIZE];
        char text[2 * sizeof(expected) + 32] = "";
        const char *why;

        ck_assert_int_eq(fault_set_add(&set, "reply-status:2E", &why), 0);
        ck_assert_uint_eq(set.argument[FAULT_REPLY_STATUS], 0x2e);
        ck_assert_int_eq(fault_set_add(&set, "unknown-type", &why), 0);
        ck_assert_uint_eq(set.argument[FAULT_UNKNOWN_TYPE], 0x7f);
        ck_assert_int_eq(fault_set_add(&set, "unknown-type:03", &why), 0);
        ck_assert_uint_eq(set.argument[FAULT_UNKNOWN_TYPE], 3);

        ck_assert_int_eq(fault_set_add(&set, "link-identity", &why), 0);
        ck_assert_uint_eq(set.key[0], 0);
        memset(expected, 0x42, sizeof(expected));
        strcpy(text, "link-identity:");
        hex_encode_upper(expected, sizeof(expected), text + strlen(text));
        ck_assert_int_eq(fault_set_add(&set, text, &why), 0);
        ck_assert_mem_eq(set.key, expected, sizeof(expected));
        text[strlen(text) - 2] = '\0';
        ck_assert_int_eq(fault_set_add(&set, text, &why), -EINVAL);
        ck_assert_mem_eq(set.key, expected, sizeof(expected));
}
END_TEST

START_TEST(test_invalid) {
        static const char *const texts[] = {
                "",           ":",           "nothing",       "wrong-ma",         "wrong-macs",
                "wrong-mac:", "wrong-mac:1", "reply-status",  "reply-status:",    "reply-status:1",
                "WRONG-MAC",  "list",        "wrong-mac,psk", "reply-status:0x2", "unknown-type:zz",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                FaultSet set = {}, empty = {};
                const char *why = NULL;

                ck_assert_msg(fault_set_add(&set, texts[i], &why) == -EINVAL, "%s", texts[i]);
                ck_assert_ptr_nonnull(why);
                ck_assert_mem_eq(&set, &empty, sizeof(set));
        }
}
END_TEST

START_TEST(test_list) {
        char *text = NULL;
        size_t n, n_lines = 0;
        FILE *f = open_memstream(&text, &n);

        fault_print_list(f);
        fclose(f);
        for (const char *line = text; *line; line = strchr(line, '\n') + 1)
                n_lines++;
        ck_assert_uint_eq(n_lines, _FAULT_KIND_MAX);
        for (FaultKind kind = 0; kind < _FAULT_KIND_MAX; kind++)
                ck_assert_ptr_nonnull(strstr(text, fault_info(kind)->description));
        free(text);
}
END_TEST

/* All of them are in the manual, and their outcomes are the same there. */
START_TEST(test_manual) {
        static char manual[65536];
        FILE *f = fopen(MANUAL, "re");

        ck_assert_ptr_nonnull(f);
        ck_assert_uint_lt(fread(manual, 1, sizeof(manual) - 1, f), sizeof(manual) - 1);
        fclose(f);
        for (FaultKind kind = 0; kind < _FAULT_KIND_MAX; kind++) {
                const FaultInfo *info = fault_info(kind);
                char name[64], outcome[64];
                const char *entry;

                snprintf(name, sizeof(name), "*%s*", info->name);
                entry = strstr(manual, name);
                ck_assert_msg(entry != NULL, "%s", name);
                snprintf(outcome, sizeof(outcome), "(%s)",
                         info->outcome ? info->outcome : "as the status says");
                entry = strchr(entry, '(');
                ck_assert_msg(entry && strncmp(entry, outcome, strlen(outcome)) == 0, "%s: %s",
                              name, outcome);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("fault-names", &tcase);

        tcase_add_test(tcase, test_table);
        tcase_add_test(tcase, test_outcomes);
        tcase_add_test(tcase, test_parse);
        tcase_add_test(tcase, test_arguments);
        tcase_add_test(tcase, test_invalid);
        tcase_add_test(tcase, test_list);
        tcase_add_test(tcase, test_manual);
        return unit_run(suite);
}
