/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "forge.h"
#include "key-store.h"

static char base[64];
static char folder[KEY_STORE_PATH_SIZE];

static void set_up(void) {
        snprintf(base, sizeof(base), "/tmp/test-key-store-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(base));
        setenv("XDG_STATE_HOME", base, 1);
        ck_assert_int_eq(key_store_folder(folder), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where) {
        return remove(path);
}

static void tear_down(void) {
        nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The file names are in the order of the calls; what they are is the store's business. */
static const char *only_file_of(const char *rp_id) {
        static char path[KEY_STORE_PATH_SIZE + 512];
        char command[KEY_STORE_PATH_SIZE + 512];
        FILE *stream;

        snprintf(command, sizeof(command), "ls '%s'/%s,*.json", folder, rp_id);
        stream = popen(command, "re");
        ck_assert_ptr_nonnull(fgets(path, sizeof(path), stream));
        pclose(stream);
        path[strcspn(path, "\n")] = '\0';
        return path;
}

static void write_text(const char *path, const char *text) {
        FILE *stream = fopen(path, "we");

        ck_assert_ptr_nonnull(stream);
        fputs(text, stream);
        fclose(stream);
}

static Credential credential_for(const char *rp_id, uint8_t first_of_id) {
        Credential credential = forge_credential();

        snprintf(credential.rp_id, sizeof(credential.rp_id), "%s", rp_id);
        credential.id[0] = first_of_id;
        return credential;
}

static size_t count(const char *rp_id) {
        _cleanup_(credential_list_done) CredentialList list = {};

        ck_assert_int_eq(key_store_load(folder, rp_id, &list), 0);
        return list.n;
}

START_TEST(test_round_trip) {
        _cleanup_(credential_list_done) CredentialList list = {};
        const Credential credential = forge_credential();
        struct stat st;

        ck_assert_uint_eq(count("example.com"), 0); /* not even a folder */
        ck_assert_int_eq(key_store_save(folder, &credential), 0);
        ck_assert_int_eq(key_store_load(folder, "example.com", &list), 0);
        ck_assert_uint_eq(list.n, 1);
        ck_assert_mem_eq(&list.items[0], &credential, sizeof(credential));

        ck_assert_int_eq(stat(folder, &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0700);
        ck_assert_int_eq(stat(only_file_of("example.com"), &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(test_largest) {
        _cleanup_(credential_list_done) CredentialList list = {};
        Credential credential = forge_credential();

        credential.n_id = sizeof(credential.id);
        memset(credential.id, 0xff, sizeof(credential.id));
        credential.n_user_handle = sizeof(credential.user_handle);
        memset(credential.user_handle, 0xff, sizeof(credential.user_handle));
        memset(credential.user_name, '"', USER_NAME_SIZE_MAX);
        credential.sign_count = UINT32_MAX;

        ck_assert_int_eq(key_store_save(folder, &credential), 0);
        ck_assert_int_eq(key_store_load(folder, "example.com", &list), 0);
        ck_assert_uint_eq(list.n, 1);
        ck_assert_mem_eq(&list.items[0], &credential, sizeof(credential));
}
END_TEST

START_TEST(test_each_is_by_itself) {
        const Credential credentials[] = {
                credential_for("example.com", 1),
                credential_for("example.com", 2),
                credential_for("example.org", 1),
                credential_for("login.example.com", 1),
        };

        for (size_t i = 0; i < ELEMENTSOF(credentials); i++)
                ck_assert_int_eq(key_store_save(folder, &credentials[i]), 0);
        ck_assert_uint_eq(count("example.com"), 2);
        ck_assert_uint_eq(count("example.org"), 1);
        ck_assert_uint_eq(count("login.example.com"), 1);
        ck_assert_uint_eq(count("example"), 0);
}
END_TEST

START_TEST(test_replaced) {
        _cleanup_(credential_list_done) CredentialList list = {};
        Credential credential = forge_credential();

        ck_assert_int_eq(key_store_save(folder, &credential), 0);
        credential.sign_count = 99;
        ck_assert_int_eq(key_store_save(folder, &credential), 0);
        ck_assert_int_eq(key_store_load(folder, "example.com", &list), 0);
        ck_assert_uint_eq(list.n, 1);
        ck_assert_uint_eq(list.items[0].sign_count, 99);
}
END_TEST

/* What stderr gets while the store is read. */
static char *complaint_of_loading(size_t *ret_n_loaded) {
        FILE *stream = tmpfile();
        int saved = dup(STDERR_FILENO);
        static char text[4096];
        size_t n;

        dup2(fileno(stream), STDERR_FILENO);
        *ret_n_loaded = count("example.com");
        dup2(saved, STDERR_FILENO);
        close(saved);

        rewind(stream);
        n = fread(text, 1, sizeof(text) - 1, stream);
        text[n] = '\0';
        fclose(stream);
        return text;
}

START_TEST(test_damaged) {
        static const char *const damages[] = {
                "", "{", "[]", "{}", "{\"rpId\": 1}",
        };
        const Credential good = credential_for("example.com", 1);
        const Credential bad = credential_for("example.com", 2);
        char path[KEY_STORE_PATH_SIZE + 512];

        ck_assert_int_eq(key_store_save(folder, &bad), 0);
        snprintf(path, sizeof(path), "%s", only_file_of("example.com"));
        ck_assert_int_eq(key_store_save(folder, &good), 0);

        for (size_t i = 0; i < ELEMENTSOF(damages); i++) {
                const char *complaint;
                size_t n;

                write_text(path, damages[i]);
                complaint = complaint_of_loading(&n);
                ck_assert_uint_eq(n, 1);
                ck_assert_msg(strstr(complaint, path) && strstr(complaint, "damaged"), "%s",
                              complaint);
        }
        ck_assert_int_eq(key_store_save(folder, &bad), 0);
        ck_assert_uint_eq(count("example.com"), 2);
}
END_TEST

/* One member of a good file at a time. */
START_TEST(test_members) {
        static const struct {
                const char *name;
                const char *json; /* NULL: it is missing */
        } rows[] = {
                { "rpId", NULL },
                { "rpId", "\"example.org\"" }, /* of another file */
                { "userName", NULL },
                { "userHandle", NULL },
                { "userHandle", "\"\"" },
                { "credentialId", NULL },
                { "credentialId", "\"a=\"" },
                { "publicKey", NULL },
                { "publicKey", "\"BAAA\"" },
                { "publicKey", "\"BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                               "AAAAAAAAAAAAAAAAAAAAAAAAA\"" },
                { "signCount", NULL },
                { "signCount", "-1" },
                { "signCount", "4294967296" },
                { "signCount", "1.5" },
                { "backupEligible", NULL },
                { "backupEligible", "1" },
        };
        const Credential credential = forge_credential();

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _json_ *json = credential_to_json(&credential);
                Credential read;

                ck_assert_int_eq(credential_from_json(json, &read), 0);
                if (rows[i].json)
                        json_object_set_new(json, rows[i].name,
                                            json_loads(rows[i].json, JSON_DECODE_ANY, NULL));
                else
                        json_object_del(json, rows[i].name);
                if (i == 1) /* in itself it is good */
                        continue;
                ck_assert_msg(credential_from_json(json, &read) == -EBADMSG, "row %zu", i);
        }
}
END_TEST

START_TEST(test_misplaced) {
        const Credential credential = forge_credential();
        char command[2 * KEY_STORE_PATH_SIZE];
        size_t n;

        ck_assert_int_eq(key_store_save(folder, &credential), 0);
        snprintf(command, sizeof(command), "cd '%s' && sed -i s/example.com/example.org/ *.json",
                 folder);
        ck_assert_int_eq(system(command), 0);
        ck_assert_ptr_nonnull(strstr(complaint_of_loading(&n), "damaged"));
        ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(test_names_that_are_no_files) {
        static const char *const rp_ids[] = { "", ".", "../x", "a/b", "a,b" };

        for (size_t i = 0; i < ELEMENTSOF(rp_ids); i++) {
                const Credential credential = credential_for(rp_ids[i], 1);

                ck_assert_int_eq(key_store_save(folder, &credential), -EINVAL);
        }
}
END_TEST

START_TEST(test_folder) {
        char path[KEY_STORE_PATH_SIZE];

        setenv("XDG_STATE_HOME", "relative", 1);
        setenv("HOME", "/home/somebody", 1);
        ck_assert_int_eq(key_store_folder(path), 0);
        ck_assert_str_eq(path, "/home/somebody/.local/state/hybridctl");
        unsetenv("XDG_STATE_HOME");
        unsetenv("HOME");
        ck_assert_int_eq(key_store_folder(path), -ENOENT);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("key-store", &tcase);

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, test_round_trip);
        tcase_add_test(tcase, test_largest);
        tcase_add_test(tcase, test_each_is_by_itself);
        tcase_add_test(tcase, test_replaced);
        tcase_add_test(tcase, test_damaged);
        tcase_add_test(tcase, test_members);
        tcase_add_test(tcase, test_misplaced);
        tcase_add_test(tcase, test_names_that_are_no_files);
        tcase_add_test(tcase, test_folder);
        return unit_run(suite);
}
