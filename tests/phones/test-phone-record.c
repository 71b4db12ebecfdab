/* SPDX-License-Identifier: MIT */

/* Records of linked phones, and their names: what can be written and read, and what cannot. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "unit.h"

static size_t encode(unsigned version, char ret[static PHONE_TEXT_SIZE_MAX]) {
        PhoneRecord record;

        fixture_record(3, version, &record);
        return phone_record_encode(&record, ret);
}

START_TEST(test_round_trip) {
        char text[PHONE_TEXT_SIZE_MAX];
        PhoneRecord record;

        for (unsigned version = 1; version < 700; version += 7) {
                ck_assert_int_eq(phone_record_decode(text, encode(version, text), &record), 0);
                ck_assert_str_eq(record.id, "");
                strcpy(record.id, "00000000000000000000000000000003");
                ck_assert_uint_eq(fixture_check(&record), version);
        }
}
END_TEST

/* With the id before it; any byte that is another one, and any end that is missing, is found. */
START_TEST(test_items) {
        char item[PHONE_ITEM_SIZE_MAX];
        PhoneRecord record, read = {};
        size_t n;

        fixture_record(3, 7, &record);
        n = phone_item_encode(&record, item);
        ck_assert_int_eq(phone_item_decode(item, n, &read), 0);
        assert_bytes_eq(&read, sizeof(read), &record, sizeof(record));

        for (size_t i = 0; i < n; i++) {
                ck_assert_int_eq(phone_item_decode(item, i, &read), -EBADMSG);
                item[i] ^= 0x40;
                ck_assert_int_eq(phone_item_decode(item, n, &read), -EBADMSG);
                item[i] ^= 0x40;
        }
        ck_assert_int_eq(phone_item_decode(item, sizeof(item) + 1, &read), -EBADMSG);
        assert_bytes_eq(&read, sizeof(read), &record, sizeof(record));
}
END_TEST

/* The largest that there can be still fits. */
START_TEST(test_largest) {
        char text[PHONE_TEXT_SIZE_MAX];
        PhoneRecord record, read;

        fixture_record(1, 16, &record);
        memset(record.name, 'n', sizeof(record.name) - 1);
        memset(record.tunnel_host, 't', sizeof(record.tunnel_host) - 1);
        for (size_t i = 0; i < PHONE_N_SITES_MAX; i++) {
                memset(record.sites[i].rp_id, 'a', PHONE_SITE_SIZE - 1);
                record.sites[i].used_at = 999999999999;
        }
        record.n_link = sizeof(record.link);
        record.linked_at = record.last_used = 999999999999;
        ck_assert(phone_record_is_good(&record));

        ck_assert_int_eq(phone_record_decode(text, phone_record_encode(&record, text), &read), 0);
        strcpy(read.id, record.id);
        assert_bytes_eq(&read, sizeof(read), &record, sizeof(record));
}
END_TEST

/* Any byte that is another one, and any end that is missing, is found. */
START_TEST(test_damage) {
        char text[PHONE_TEXT_SIZE_MAX];
        PhoneRecord record;
        size_t n = encode(1, text);

        for (size_t i = 0; i < n; i++) {
                ck_assert_int_eq(phone_record_decode(text, i, &record), -EBADMSG);
                for (unsigned bit = 0; bit < 8; bit += 3) {
                        text[i] = (char)(text[i] ^ 1 << bit);
                        ck_assert_int_eq(phone_record_decode(text, n, &record), -EBADMSG);
                        text[i] = (char)(text[i] ^ 1 << bit);
                }
        }
        ck_assert_int_eq(phone_record_decode(text, n, &record), 0);
}
END_TEST

static uint32_t crc32_of(const char *text, size_t n) {
        uint32_t crc = UINT32_MAX;

        for (size_t i = 0; i < n; i++)
                for (unsigned bit = 0; bit < 8; bit++) {
                        bool one = (crc ^ (uint32_t)((uint8_t)text[i] >> bit)) & 1;

                        crc = (crc >> 1) ^ (one ? 0xedb88320U : 0);
                }
        return ~crc;
}

/* With a sum that is right. */
static int decode(const char *lines, PhoneRecord *ret) {
        char text[PHONE_TEXT_SIZE_MAX];
        int n;

        n = snprintf(text, sizeof(text), "%scrc32 %08X\n", lines, crc32_of(lines, strlen(lines)));
        return phone_record_decode(text, (size_t)n, ret);
}

#define FIRST    "hybridd-phone 1\n"
#define NAME     "name Pixel\n"
#define RENAMED  "renamed no\n"
#define TIMES    "linked-at 5\nlast-used 6\n"
#define TUNNEL   "tunnel cable.ua5v.com\n"
#define LINK     "link A1B2\n"
#define NO_NAME  RENAMED TIMES TUNNEL LINK
#define THE_REST NAME NO_NAME

START_TEST(test_lines) {
        static const struct {
                const char *text;
                bool good;
        } rows[] = {
                { FIRST THE_REST, true },
                { FIRST LINK TUNNEL TIMES RENAMED NAME, true }, /* in any order */
                { FIRST THE_REST "colour of a later version\nflag\n", true },
                { FIRST THE_REST "site 7 example.com\nsite 5 a.example\n", true },
                { FIRST NAME TUNNEL LINK, true }, /* never used */
                { FIRST "name T\xc3\xa9l\xc3\xa9phone\n" NO_NAME, true },
                { THE_REST, false },
                { "hybridd-phone 2\n" THE_REST, false },
                { FIRST NO_NAME, false },
                { FIRST NAME RENAMED TIMES LINK, false },
                { FIRST NAME RENAMED TIMES TUNNEL, false },
                { FIRST "name \n" NO_NAME, false },
                { FIRST "name a\xff\n" NO_NAME, false },
                { FIRST "name a\xe2\x80\xae"
                        "b\n" NO_NAME,
                  false },
                { FIRST "name a\x1b[2Jb\n" NO_NAME, false },
                { FIRST THE_REST "link A1B\n", false },
                { FIRST THE_REST "link \n", false },
                { FIRST THE_REST "link XY\n", false },
                { FIRST THE_REST "renamed maybe\n", false },
                { FIRST THE_REST "last-used -1\n", false },
                { FIRST THE_REST "last-used 12345678901234\n", false },
                { FIRST THE_REST "last-used \n", false },
                { FIRST THE_REST "tunnel ../..\n", false },
                { FIRST THE_REST "site 7\n", false },
                { FIRST THE_REST "site x example.com\n", false },
                { FIRST THE_REST "site 7 /etc\n", false },
                { FIRST THE_REST "no end", false },
        };
        PhoneRecord record;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                ck_assert_msg(decode(rows[i].text, &record) == (rows[i].good ? 0 : -EBADMSG),
                              "row %zu", i);
}
END_TEST

START_TEST(test_too_many_sites) {
        char text[2048] = FIRST THE_REST;
        PhoneRecord record;

        for (unsigned i = 0; i < PHONE_N_SITES_MAX; i++)
                strcat(text, "site 7 example.com\n");
        ck_assert_int_eq(decode(text, &record), 0);
        strcat(text, "site 7 example.com\n");
        ck_assert_int_eq(decode(text, &record), -EBADMSG);
}
END_TEST

START_TEST(test_sites_are_noted) {
        char rp_id[64];
        PhoneRecord record;

        fixture_record(1, 17, &record);
        ck_assert_uint_eq(record.n_sites, 0);
        for (unsigned i = 0; i < 40; i++) {
                snprintf(rp_id, sizeof(rp_id), "s%u.example", i);
                phone_record_use(&record, rp_id, 100 + i);
                phone_record_use(&record, "always.example", 200 + i);
        }
        ck_assert_uint_eq(record.n_sites, PHONE_N_SITES_MAX);
        ck_assert_str_eq(record.sites[0].rp_id, "always.example");
        ck_assert_str_eq(record.sites[1].rp_id, "s39.example");
        ck_assert_uint_eq(phone_record_used_for(&record, "always.example"), 239);
        ck_assert_uint_eq(phone_record_used_for(&record, "s39.example"), 139);
        ck_assert_uint_eq(phone_record_used_for(&record, "s0.example"), 0);
        ck_assert_uint_eq(record.last_used, 239);
        ck_assert(phone_record_is_good(&record));

        phone_record_use(&record, "not a host\n", 500);
        ck_assert_uint_eq(record.last_used, 500);
        ck_assert(phone_record_is_good(&record));
}
END_TEST

START_TEST(test_names) {
        static const struct {
                const char *name, *clean;
        } rows[] = {
                { "Pixel 8", "Pixel 8" },
                { "", "Phone" },
                { "   ", "Phone" },
                { " a ", "a" },
                { "a\nb\x7f"
                  "c",
                  "abc" },
                { "a\xe2\x80\xa8"
                  "b",
                  "ab" },
                { "a\xe2\x80\xae"
                  "b",
                  "ab" },
                { "\xff", "Phone" },
                { "\xe6\x89\x8b\xe6\x9c\xba", "\xe6\x89\x8b\xe6\x9c\xba" },
        };
        char clean[PHONE_NAME_SIZE], longest[PHONE_NAME_SIZE + 40];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                phone_name_clean(rows[i].name, clean);
                ck_assert_str_eq(clean, rows[i].clean);
                ck_assert(phone_name_is_good(clean));
                ck_assert(phone_name_is_good(rows[i].name) ==
                          (strcmp(rows[i].name, rows[i].clean) == 0));
        }

        memset(longest, 'x', sizeof(longest));
        longest[sizeof(longest) - 1] = '\0';
        phone_name_clean(longest, clean);
        ck_assert_uint_eq(strlen(clean), PHONE_NAME_SIZE - 1);
        ck_assert(!phone_name_is_good(longest));
}
END_TEST

/* Else a phone could take another one's name, for all that people see. */
START_TEST(test_names_that_only_look_alike) {
        static const char *const names[] = {
                "a\u00adb", "a\u034fb", "a\u061cb",     "a\u115fb",     "a\u1160b",     "a\u17b4b",
                "a\u180bb", "a\u180eb", "a\u200bb",     "a\u2064b",     "a\u2800b",     "a\u3164b",
                "a\ufe00b", "a\ufe0eb", "a\uffa0b",     "a\ufff9b",     "a\ufffbb",     "a\ufeffb",
                "a\u202eb", "a\u2069b", "a\U000e0001b", "a\U000e0041b", "a\U000e01efb",
        };
        char clean[PHONE_NAME_SIZE];

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                ck_assert_msg(!phone_name_is_good(names[i]), "%zu", i);
                phone_name_clean(names[i], clean);
                ck_assert_str_eq(clean, "ab");
        }
        ck_assert(phone_name_is_good("\u260e\ufe0f")); /* a telephone in colours */
}
END_TEST

START_TEST(test_numbered_names) {
        char name[PHONE_NAME_SIZE], longest[PHONE_NAME_SIZE] = "";

        phone_name_number("Pixel", 2, name);
        ck_assert_str_eq(name, "Pixel (2)");

        for (unsigned i = 0; i < 31; i++)
                strcat(longest, "\xc3\xa9");
        phone_name_number(longest, 12345, name);
        ck_assert(phone_name_is_good(name));
        ck_assert_ptr_nonnull(strstr(name, "\xc3\xa9 (12345)"));
}
END_TEST

START_TEST(test_ids) {
        ck_assert(phone_id_is_good("0123456789ABCDEF0123456789ABCDEF"));
        ck_assert(!phone_id_is_good("0123456789abcdef0123456789abcdef"));
        ck_assert(!phone_id_is_good("0123456789ABCDEF0123456789ABCDE"));
        ck_assert(!phone_id_is_good("0123456789ABCDEF0123456789ABCDEF0"));
        ck_assert(!phone_id_is_good("../../../../../../../etc/shadow0"));
        ck_assert(!phone_id_is_good(""));
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("phone-record", &tcase);

        tcase_add_test(tcase, test_round_trip);
        tcase_add_test(tcase, test_items);
        tcase_add_test(tcase, test_largest);
        tcase_add_test(tcase, test_damage);
        tcase_add_test(tcase, test_lines);
        tcase_add_test(tcase, test_too_many_sites);
        tcase_add_test(tcase, test_sites_are_noted);
        tcase_add_test(tcase, test_names);
        tcase_add_test(tcase, test_names_that_only_look_alike);
        tcase_add_test(tcase, test_numbered_names);
        tcase_add_test(tcase, test_ids);
        return unit_run(suite);
}
