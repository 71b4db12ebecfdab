/* SPDX-License-Identifier: MIT */

/* The folder of linked phones: what it keeps, and what of it is not taken for a phone. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "unit.h"

static char *folder;
static PhoneStore *store;

static void set_up(void) {
        folder = fixture_folder_new();
        ck_assert_int_eq(phone_store_open(&store, folder, true), 0);
}

static void tear_down(void) {
        phone_store_free(store);
        fixture_folder_end(folder);
}

static void path_of(const char *name, char ret[static 512]) {
        snprintf(ret, 512, "%s/%s", folder, name);
}

static bool exists(const char *name) {
        char path[512];
        struct stat st;

        path_of(name, path);
        return lstat(path, &st) == 0;
}

static void put_file(const char *name, const char *text, size_t n) {
        char path[512];
        FILE *file;

        path_of(name, path);
        file = fopen(path, "we");
        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fwrite(text, 1, n, file), n);
        ck_assert_int_eq(fclose(file), 0);
}

static void keep(unsigned number, unsigned version) {
        PhoneRecord record;

        fixture_record(number, version, &record);
        ck_assert_int_eq(phone_store_write(store, &record), 0);
}

static size_t count(void) {
        PhoneList list;
        size_t n;

        ck_assert_int_eq(phone_store_list(store, &list), 0);
        n = list.n;
        for (size_t i = 0; i < n; i++) {
                (void)fixture_check(&list.records[i]);
                ck_assert_ptr_eq(phone_list_find(&list, list.records[i].id), &list.records[i]);
        }
        ck_assert_ptr_null(phone_list_find(&list, "FFFF"));
        phone_list_done(&list);
        return n;
}

#define ID_1   "00000000000000000000000000000001"
#define ID_2   "00000000000000000000000000000002"
#define ID_3   "00000000000000000000000000000003"
#define ID_4   "00000000000000000000000000000004"
#define FILE_2 ID_2 ".phone"

START_TEST(test_kept_and_forgotten) {
        PhoneRecord record;

        ck_assert_uint_eq(count(), 0);
        keep(1, 1);
        keep(2, 1);
        keep(1, 5);
        ck_assert_uint_eq(count(), 2);
        ck_assert_int_eq(phone_store_read(store, ID_1, &record), 0);
        ck_assert_uint_eq(fixture_check(&record), 5);

        ck_assert_int_eq(phone_store_remove(store, ID_1), 0);
        ck_assert_int_eq(phone_store_remove(store, ID_1), -ENOENT);
        ck_assert_int_eq(phone_store_read(store, ID_1, &record), -ENOENT);
        ck_assert_uint_eq(count(), 1);
}
END_TEST

START_TEST(test_modes) {
        char path[512];
        struct stat st;

        keep(2, 1);
        path_of(FILE_2, path);
        ck_assert_int_eq(stat(path, &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(test_folders_are_made) {
        char path[512];
        PhoneStore *other;
        struct stat st;

        path_of("a/b/c", path);
        ck_assert_int_eq(phone_store_open(&other, path, false), -ENOENT);
        ck_assert_int_eq(phone_store_open(&other, path, true), 0);
        phone_store_free(other);
        ck_assert_int_eq(stat(path, &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0700);
}
END_TEST

START_TEST(test_folders_that_are_refused) {
        char path[512], target[512];
        PhoneStore *other;

        path_of("open", path);
        ck_assert_int_eq(mkdir(path, 0700), 0);
        ck_assert_int_eq(chmod(path, 0770), 0);
        ck_assert_int_eq(phone_store_open(&other, path, true), -EPERM);

        path_of("target", target);
        ck_assert_int_eq(mkdir(target, 0700), 0);
        path_of("link", path);
        ck_assert_int_eq(symlink(target, path), 0);
        ck_assert_int_lt(phone_store_open(&other, path, true), 0);

        put_file("file", "x", 1);
        path_of("file", path);
        ck_assert_int_lt(phone_store_open(&other, path, true), 0);
}
END_TEST

/* Whatever stands in a phone's place, it is put aside, and the others are read. */
START_TEST(test_set_aside) {
        static const char garbage[] = "hybridd-phone 1\nname x\n";
        char huge[2 * PHONE_TEXT_SIZE_MAX] = "";
        char path[512], text[PHONE_TEXT_SIZE_MAX];
        PhoneRecord record;

        keep(1, 1);
        for (unsigned what = 0; what < 7; what++) {
                path_of(FILE_2, path);
                if (what == 0)
                        put_file(FILE_2, garbage, strlen(garbage));
                else if (what == 1)
                        put_file(FILE_2, "", 0);
                else if (what == 2)
                        put_file(FILE_2, huge, sizeof(huge));
                else if (what == 3)
                        ck_assert_int_eq(symlink(ID_1 ".phone", path), 0);
                else if (what == 4)
                        ck_assert_int_eq(mkfifo(path, 0600), 0);
                else if (what == 5)
                        ck_assert_int_eq(symlink("nowhere", path), 0);
                else {
                        fixture_record(2, 3, &record);
                        put_file(FILE_2, text, phone_record_encode(&record, text) - 1);
                }
                ck_assert_uint_eq(count(), 1);
                ck_assert(!exists(FILE_2));
                ck_assert(exists(FILE_2 ".damaged"));
                path_of(FILE_2 ".damaged", path);
                ck_assert_int_eq(remove(path), 0);
        }
        keep(2, 1);
        ck_assert_uint_eq(count(), 2);
}
END_TEST

START_TEST(test_set_aside_on_request) {
        keep(2, 1);
        phone_store_set_aside(store, ID_2);
        ck_assert_uint_eq(count(), 0);
        ck_assert(exists(FILE_2 ".damaged"));
}
END_TEST

/* A link in a phone's place is not written through. */
START_TEST(test_links_are_replaced) {
        char path[512];
        struct stat st;

        put_file("precious", "x", 1);
        path_of(FILE_2, path);
        ck_assert_int_eq(symlink("precious", path), 0);
        keep(2, 1);
        ck_assert_int_eq(lstat(path, &st), 0);
        ck_assert(S_ISREG(st.st_mode));
        path_of("precious", path);
        ck_assert_int_eq(stat(path, &st), 0);
        ck_assert_int_eq(st.st_size, 1);
}
END_TEST

START_TEST(test_other_files_are_left_alone) {
        static const char *const names[] = { "notes.txt", "x.phone", "00.phone", "README" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                put_file(names[i], "x", 1);
        keep(1, 1);
        ck_assert_uint_eq(count(), 1);
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                ck_assert(exists(names[i]));
}
END_TEST

START_TEST(test_leftovers) {
        static const struct timespec long_ago[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
        const struct timespec soon[2] = { { .tv_sec = time(NULL) + 1 }, { .tv_sec = time(NULL) + 1 } };
        const struct timespec never[2] = { { .tv_sec = time(NULL) + 3600 },
                                           { .tv_sec = time(NULL) + 3600 } };
        PhoneStore *other;
        char path[512];

        put_file("." ID_1 ".1.new", "half", 4);
        put_file("." ID_2 ".1.new", "half", 4);
        path_of("." ID_1 ".1.new", path);
        ck_assert_int_eq(utimensat(AT_FDCWD, path, long_ago, 0), 0);
        put_file("." ID_3 ".1.new", "half", 4);
        path_of("." ID_3 ".1.new", path);
        ck_assert_int_eq(utimensat(AT_FDCWD, path, soon, 0), 0);
        put_file("." ID_4 ".1.new", "half", 4);
        path_of("." ID_4 ".1.new", path);
        ck_assert_int_eq(utimensat(AT_FDCWD, path, never, 0), 0); /* the clock was set back */

        ck_assert_int_eq(phone_store_open(&other, folder, true), 0);
        phone_store_free(other);
        ck_assert(!exists("." ID_1 ".1.new"));
        ck_assert(exists("." ID_2 ".1.new")); /* somebody may be at it */
        ck_assert(exists("." ID_3 ".1.new")); /* file systems have finer clocks than time() */
        ck_assert(!exists("." ID_4 ".1.new"));
        ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(test_too_many) {
        PhoneRecord record;

        for (unsigned i = 0; i < PHONE_STORE_N_MAX; i++)
                keep(i, 1);
        fixture_record(PHONE_STORE_N_MAX, 1, &record);
        ck_assert_int_eq(phone_store_write(store, &record), -ENOSPC);
        keep(1, 2); /* but those that are there can be changed */
        ck_assert_uint_eq(count(), PHONE_STORE_N_MAX);
}
END_TEST

START_TEST(test_bad_records) {
        PhoneRecord record;

        fixture_record(1, 1, &record);
        strcpy(record.id, "../../../../../../../../../etc/x");
        ck_assert_int_eq(phone_store_write(store, &record), -EINVAL);
        ck_assert_int_eq(phone_store_read(store, "../x", &record), -ENOENT);
        ck_assert_int_eq(phone_store_remove(store, "../x"), -ENOENT);

        fixture_record(1, 1, &record);
        strcpy(record.name, "two\nlines");
        ck_assert_int_eq(phone_store_write(store, &record), -EINVAL);
        ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(test_default_folder) {
        char *path;

        setenv("HOME", "/home/x", 1);
        unsetenv("XDG_STATE_HOME");
        path = phone_store_default_folder();
        ck_assert_str_eq(path, "/home/x/.local/state/hybridd/phones");
        free(path);

        setenv("XDG_STATE_HOME", "relative", 1);
        path = phone_store_default_folder();
        ck_assert_str_eq(path, "/home/x/.local/state/hybridd/phones");
        free(path);

        setenv("XDG_STATE_HOME", "/state", 1);
        path = phone_store_default_folder();
        ck_assert_str_eq(path, "/state/hybridd/phones");
        free(path);

        unsetenv("HOME");
        unsetenv("XDG_STATE_HOME");
        ck_assert_ptr_null(phone_store_default_folder());
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("phone-store", &tcase);

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, test_kept_and_forgotten);
        tcase_add_test(tcase, test_modes);
        tcase_add_test(tcase, test_folders_are_made);
        tcase_add_test(tcase, test_folders_that_are_refused);
        tcase_add_test(tcase, test_set_aside);
        tcase_add_test(tcase, test_set_aside_on_request);
        tcase_add_test(tcase, test_links_are_replaced);
        tcase_add_test(tcase, test_other_files_are_left_alone);
        tcase_add_test(tcase, test_leftovers);
        tcase_add_test(tcase, test_too_many);
        tcase_add_test(tcase, test_bad_records);
        tcase_add_test(tcase, test_default_folder);
        return unit_run(suite);
}
