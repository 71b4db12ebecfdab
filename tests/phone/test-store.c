/* SPDX-License-Identifier: MIT */

/*
 * Credentials in files: what is written can be read, damage stays where it is, and nobody else
 * reads along.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "credential-file.h"
#include "credential-store.h"
#include "folder.h"
#include "unit.h"

static void add(CredentialStore *store, TestRandom *random, const char *rp_id, uint8_t user) {
        HybridEnv env = test_random_env(random);
        CredentialAccount account = {
                .rp_id = ctap2_text(rp_id),
                .user_id = { .data = &user, .n = 1 },
                .user_name = ctap2_text("alice"),
        };
        Credential *credential;

        ck_assert_int_eq(credential_new(&credential, &account, 32, &env), 0);
        ck_assert_int_eq(credential_store_add(store, credential), 0);
}

static const Credential *find(const CredentialStore *store, const char *rp_id) {
        return credential_store_find(store, ctap2_text(rp_id), (CborItem){});
}

/* The name of the n-th file (in no order) that is a credential, or of none. */
static unsigned list_files(const char *path, unsigned n,
                           char ret[static CREDENTIAL_FILE_NAME_SIZE]) {
        DIR *dir = opendir(path);
        const struct dirent *entry;
        unsigned n_found = 0;

        ck_assert_ptr_nonnull(dir);
        while ((entry = readdir(dir)))
                if (credential_file_is_one(entry->d_name)) {
                        if (n_found++ == n)
                                strcpy(ret, entry->d_name);
                }
        closedir(dir);
        return n_found;
}

START_TEST(test_round_trip) {
        _folder_ folder;
        TestRandom random = {};
        Credential before;
        CredentialStore *store;

        folder_init(&folder);
        ck_assert_int_eq(credential_store_new(&store, folder.path), 0);
        add(store, &random, "example.com", 1);
        add(store, &random, "example.org", 1);
        ck_assert_int_eq(credential_store_count(
                                 store, credential_store_find(store, ctap2_text("example.com"),
                                                              (CborItem){})),
                         0);
        before = *find(store, "example.com");
        credential_store_free(store);

        ck_assert_int_eq(credential_store_new(&store, folder.path), 0);
        ck_assert_uint_eq(credential_store_size(store), 2);
        ck_assert_mem_eq(find(store, "example.com"), &before, sizeof(before));
        ck_assert_uint_eq(before.counter, 1);
        ck_assert_str_eq(before.user_name, "alice");
        ck_assert_str_eq(before.user_display_name, "");
        credential_store_free(store);
}
END_TEST

START_TEST(test_permissions) {
        _folder_ folder;
        char path[128], name[CREDENTIAL_FILE_NAME_SIZE], file[256];
        TestRandom random = {};
        CredentialStore *store;
        struct stat st;

        folder_init(&folder);
        umask(0);
        folder_file(&folder, "new", path, sizeof(path));
        ck_assert_int_eq(credential_store_new(&store, path), 0);
        ck_assert_int_eq(stat(path, &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0700);

        add(store, &random, "example.com", 1);
        ck_assert_uint_eq(list_files(path, 0, name), 1);
        snprintf(file, sizeof(file), "%s/%s", path, name);
        ck_assert_int_eq(stat(file, &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0600);
        ck_assert_int_eq(unlink(file), 0);
        credential_store_free(store);
}
END_TEST

START_TEST(test_folder_of_others) {
        _folder_ folder;
        CredentialStore *store;
        char path[128];

        folder_init(&folder);
        chmod(folder.path, 0770);
        ck_assert_int_eq(credential_store_new(&store, folder.path), -EPERM);
        chmod(folder.path, 0702);
        ck_assert_int_eq(credential_store_new(&store, folder.path), -EPERM);
        chmod(folder.path, 0755); /* others may look at names, but not at files */
        ck_assert_int_eq(credential_store_new(&store, folder.path), 0);
        credential_store_free(store);

        folder_file(&folder, "no/such", path, sizeof(path));
        ck_assert_int_eq(credential_store_new(&store, path), -ENOENT);
}
END_TEST

/* The same account has one credential, in memory and on the disk. */
START_TEST(test_replaced) {
        _folder_ folder;
        TestRandom random = {};
        CredentialStore *store;
        uint8_t first[CREDENTIAL_ID_SIZE_MAX];
        char name[CREDENTIAL_FILE_NAME_SIZE];

        folder_init(&folder);
        ck_assert_int_eq(credential_store_new(&store, folder.path), 0);
        add(store, &random, "example.com", 1);
        memcpy(first, find(store, "example.com")->id, sizeof(first));
        add(store, &random, "example.com", 1);
        ck_assert_uint_eq(credential_store_size(store), 1);
        ck_assert_mem_ne(find(store, "example.com")->id, first, sizeof(first));
        ck_assert_uint_eq(list_files(folder.path, 0, name), 1);

        add(store, &random, "example.com", 2);
        ck_assert_uint_eq(credential_store_size(store), 2);
        ck_assert_uint_eq(find(store, "example.com")->user_id[0], 2);
        ck_assert_uint_eq(list_files(folder.path, 0, name), 2);
        credential_store_free(store);
}
END_TEST

typedef enum Damage {
        DAMAGE_EMPTY,
        DAMAGE_CUT,
        DAMAGE_TRAILING,
        DAMAGE_FLIPPED_VERSION,
        DAMAGE_ZERO_KEY,
        DAMAGE_HUGE,
        DAMAGE_FOLDER,
        DAMAGE_LINK,
        _DAMAGE_MAX,
} Damage;

static void rewrite(const char *path, const uint8_t *data, size_t n) {
        FILE *f = fopen(path, "we");

        ck_assert_ptr_nonnull(f);
        ck_assert_uint_eq(fwrite(data, 1, n, f), n);
        fclose(f);
}

static void damage(const char *path, Damage how) {
        uint8_t data[2 * CREDENTIAL_FILE_SIZE_MAX] = {};
        FILE *f = fopen(path, "re");
        size_t n;

        ck_assert_ptr_nonnull(f);
        n = fread(data, 1, sizeof(data), f);
        fclose(f);

        switch (how) {
        case DAMAGE_EMPTY:
                n = 0;
                break;
        case DAMAGE_CUT:
                n /= 2;
                break;
        case DAMAGE_TRAILING:
                data[n++] = 0;
                break;
        case DAMAGE_FLIPPED_VERSION: /* map of ten, key 0, version */
                data[2] ^= 2;
                break;
        case DAMAGE_ZERO_KEY: /* key 1 and an id of 32 bytes, then key 2 and its head */
                memset(data + 3 + 3 + 32 + 3, 0, 32);
                break;
        case DAMAGE_HUGE:
                n = sizeof(data);
                break;
        case DAMAGE_FOLDER:
                unlink(path);
                ck_assert_int_eq(mkdir(path, 0700), 0);
                return;
        case DAMAGE_LINK:
                unlink(path);
                ck_assert_int_eq(symlink("/etc/passwd", path), 0);
                return;
        case _DAMAGE_MAX:
                return;
        }
        rewrite(path, data, n);
}

/* The damaged one is set aside with a line that says so; the other one is as good as before. */
START_TEST(test_damaged) {
        _folder_ folder, other;
        char name[CREDENTIAL_FILE_NAME_SIZE], path[256], aside[300];
        TestRandom random = {};
        CredentialStore *store;
        struct stat st;
        char *said;

        folder_init(&folder);
        folder_init(&other);
        ck_assert_int_eq(credential_store_new(&store, folder.path), 0);
        add(store, &random, "example.com", 1);
        list_files(folder.path, 0, name);
        add(store, &random, "example.org", 1);
        credential_store_free(store);

        snprintf(path, sizeof(path), "%s/%s", folder.path, name);
        damage(path, (Damage)_i);
        capture_start(&other, STDERR_FILENO);
        ck_assert_int_eq(credential_store_new(&store, folder.path), 0);
        said = capture_read(&other, STDERR_FILENO);

        ck_assert_uint_eq(credential_store_size(store), 1);
        ck_assert_ptr_nonnull(find(store, "example.org"));
        ck_assert_int_eq(lstat(path, &st), -1);
        snprintf(aside, sizeof(aside), "%s.damaged", path);
        ck_assert_int_eq(lstat(aside, &st), 0);
        ck_assert_ptr_nonnull(strstr(said, name));
        ck_assert_ptr_nonnull(strstr(said, "it is damaged"));
        ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
        free(said);
        credential_store_free(store);
}
END_TEST

/* What is no file of ours is left alone, and a write that was cut short is no credential. */
START_TEST(test_other_files) {
        static const char *const names[] = { "README", ".new.credential", "x.credential.damaged",
                                             ".credential" };
        _folder_ folder;
        CredentialStore *store;
        struct stat st;
        char path[256];

        folder_init(&folder);
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                folder_file(&folder, names[i], path, sizeof(path));
                rewrite(path, (const uint8_t *)"x", 1);
        }
        ck_assert_int_eq(credential_store_new(&store, folder.path), 0);
        ck_assert_uint_eq(credential_store_size(store), 0);
        credential_store_free(store);
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                folder_file(&folder, names[i], path, sizeof(path));
                ck_assert_int_eq(stat(path, &st), 0);
        }
}
END_TEST

/* Long names are cut where a character ends. */
START_TEST(test_long_names) {
        TestRandom random = {};
        HybridEnv env = test_random_env(&random);
        char name[CREDENTIAL_NAME_SIZE_MAX + 8];
        CredentialAccount account = {
                .rp_id = ctap2_text("example.com"),
                .user_id = { .data = (const uint8_t *)"\x01", .n = 1 },
        };
        _cleanup_(credential_freep) Credential *credential = NULL;

        memset(name, 'a', sizeof(name));
        memcpy(name + CREDENTIAL_NAME_SIZE_MAX - 1, "\xc3\xa4", 2);
        account.user_name = (Ctap2Text){ name, sizeof(name) };
        ck_assert_int_eq(credential_new(&credential, &account, 32, &env), 0);
        ck_assert_uint_eq(strlen(credential->user_name), CREDENTIAL_NAME_SIZE_MAX - 1);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("store", &tcase);

        tcase_add_test(tcase, test_round_trip);
        tcase_add_test(tcase, test_permissions);
        tcase_add_test(tcase, test_folder_of_others);
        tcase_add_test(tcase, test_replaced);
        tcase_add_loop_test(tcase, test_damaged, 0, _DAMAGE_MAX);
        tcase_add_test(tcase, test_other_files);
        tcase_add_test(tcase, test_long_names);
        return unit_run(suite);
}
