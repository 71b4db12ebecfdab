/* SPDX-License-Identifier: MIT */

/* Tables of callers: what is read, what is ignored, and what they allow to whom. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caller-fixture.h"
#include "daemon/caller/caller-table.h"

#define VENDOR  TEST_FOLDER "/callers-vendor"
#define ADMIN   TEST_FOLDER "/callers-admin"
#define PROGRAM TEST_FOLDER "/callers-program"
#define BROWSER TEST_FOLDER "/callers-browser"

#define SITE  "https://login.example.com"
#define OTHER "https://other.example.org"

#define LISTED(more) "[caller one]\nname = One\nexe = " PROGRAM "\n" more

/* ---- the folders ---------------------------------------------------------------------------- */

static void make_folders(void) {
        ck_assert(mkdir(VENDOR, 0755) == 0 || errno == EEXIST);
        ck_assert(mkdir(ADMIN, 0755) == 0 || errno == EEXIST);
        install_program(PROGRAM, 0755);
        install_program(BROWSER, 0755);
}

static void clean_folders(void) {
        ck_assert_int_eq(system("rm -rf '" VENDOR "' '" ADMIN "' '" ADMIN ".away' '" PROGRAM
                                "' '" BROWSER "'"),
                         0);
}

/* The program as it would be found to call. */
static Caller make_caller(void) {
        Caller caller = { .kind = CALLER_KIND_HOST, .program_path = PROGRAM };

        ck_assert_int_eq(root_path_file(PROGRAM, &caller.program), 0);
        return caller;
}

static CallerJudgement judge_origins(const Caller *caller, const char *origin,
                                     const char *top_origin) {
        CallerTable *table;
        CallerJudgement judgement;

        ck_assert_int_eq(caller_table_new(&table, VENDOR, ADMIN), 0);
        caller_table_judge(table, caller, origin, top_origin, &judgement);
        caller_table_free(table);
        ck_assert_int_eq(judgement.verdict == CALLER_LISTED, !judgement.why);
        return judgement;
}

static CallerVerdict judge(const Caller *caller, const char *origin) {
        return judge_origins(caller, origin, "").verdict;
}

/* What the program may do if this is the only table. */
static CallerVerdict judge_table(const char *text, const char *origin) {
        Caller caller = make_caller();

        install_text(VENDOR "/table.conf", text, 0644);
        return judge(&caller, origin);
}

/* ---- what a table says ---------------------------------------------------------------------- */

START_TEST(test_nobody_is_listed_without_tables) {
        Caller caller = make_caller();
        CallerTable *table;
        CallerJudgement judgement;

        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);
        ck_assert_int_eq(caller_table_new(&table, "/nonexistent/a", "/nonexistent/b"), 0);
        caller_table_judge(table, &caller, SITE, "", &judgement);
        ck_assert_int_eq(judgement.verdict, CALLER_NOT_LISTED);
        ck_assert_str_eq(judgement.name, "");
        caller_table_free(table);
}
END_TEST

START_TEST(test_any_origin) {
        ck_assert_int_eq(judge_table(LISTED("origins = *\n"), SITE), CALLER_LISTED);
        ck_assert_int_eq(judge_table(LISTED("kind = host\norigins = *\n"), OTHER), CALLER_LISTED);
        ck_assert_int_eq(judge_table(LISTED("origins = *\nterminal = no\n"), OTHER), CALLER_LISTED);
}
END_TEST

START_TEST(test_origins_have_to_be_the_same) {
        static const char table[] = LISTED("origins = " SITE " https://b.example\n"
                                           "origins = http://localhost:8080\n");
        static const char *const inside[] = { SITE, "https://b.example", "http://localhost:8080" };
        static const char *const outside[] = {
                OTHER,
                "",
                "*",
                "https://login.example.co",
                "https://login.example.com.evil.org",
                "https://login.example.com:8443",
                "https://login.example.com/",
                "HTTPS://login.example.com",
                "http://login.example.com",
                "https://example.com",
                "http://localhost",
        };

        for (size_t i = 0; i < ELEMENTSOF(inside); i++)
                ck_assert_msg(judge_table(table, inside[i]) == CALLER_LISTED, "%s", inside[i]);
        for (size_t i = 0; i < ELEMENTSOF(outside); i++)
                ck_assert_msg(judge_table(table, outside[i]) == CALLER_FORBIDDEN, "%s", outside[i]);
}
END_TEST

START_TEST(test_surrounding_page_has_to_be_listed_too) {
        Caller caller = make_caller();
        CallerJudgement judgement;

        install_text(VENDOR "/table.conf", LISTED("origins = " SITE " https://b.example\n"), 0644);
        ck_assert_int_eq(judge_origins(&caller, SITE, "https://b.example").verdict, CALLER_LISTED);
        judgement = judge_origins(&caller, SITE, OTHER);
        ck_assert_int_eq(judgement.verdict, CALLER_FORBIDDEN);
        ck_assert_ptr_nonnull(strstr(judgement.why, "page"));
}
END_TEST

START_TEST(test_name_is_the_tables) {
        Caller caller = make_caller();

        install_text(VENDOR "/table.conf", LISTED("origins = " SITE "\n"), 0644);
        ck_assert_str_eq(judge_origins(&caller, SITE, "").name, "One");
        ck_assert_str_eq(judge_origins(&caller, OTHER, "").name, "One");
        install_text(VENDOR "/table.conf", "[caller a b]\nexe=" PROGRAM "\norigins=*\n", 0644);
        ck_assert_str_eq(judge_origins(&caller, SITE, "").name, "a b");
}
END_TEST

START_TEST(test_terminal) {
        Caller caller = make_caller();
        CallerJudgement judgement;

        install_text(VENDOR "/table.conf", LISTED("origins = *\nterminal = yes\n"), 0644);
        judgement = judge_origins(&caller, SITE, "");
        ck_assert_int_eq(judgement.verdict, CALLER_FORBIDDEN);
        ck_assert_ptr_nonnull(strstr(judgement.why, "terminal"));
        caller.on_terminal = true;
        judgement = judge_origins(&caller, SITE, "");
        ck_assert_int_eq(judgement.verdict, CALLER_LISTED);
        ck_assert(judgement.any_origin_by_terminal);

        install_text(VENDOR "/table.conf", LISTED("origins = " SITE "\n"), 0644);
        ck_assert(!judge_origins(&caller, SITE, "").any_origin_by_terminal);
}
END_TEST

/* The same program in a script, for its own site. */
START_TEST(test_one_entry_that_allows_is_enough) {
        static const char both[] =
                LISTED("origins = *\nterminal = yes\n") "[caller two]\nexe = " PROGRAM
                                                        "\norigins = " SITE "\n";

        ck_assert_int_eq(judge_table(both, SITE), CALLER_LISTED);
        ck_assert_int_eq(judge_table(both, OTHER), CALLER_FORBIDDEN);
}
END_TEST

START_TEST(test_programs_that_are_not_the_listed_one) {
        Caller caller = make_caller(), other = caller;
        _child_ child = {};

        install_text(VENDOR "/table.conf", LISTED("origins = *\n"), 0644);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_LISTED);

        ck_assert_int_eq(root_path_file(BROWSER, &other.program), 0);
        ck_assert_int_eq(judge(&other, SITE), CALLER_NOT_LISTED);
        other = caller;
        /* Another name of the same file: what lies beside it may be another's. */
        snprintf(other.program_path, sizeof(other.program_path), BROWSER);
        ck_assert_int_eq(judge(&other, SITE), CALLER_NOT_LISTED);
        other = caller;
        other.kind = CALLER_KIND_UNKNOWN;
        ck_assert_int_eq(judge(&other, SITE), CALLER_NOT_LISTED);

        /* It was replaced since, while it ran. */
        ck_assert(child_start(&child, PROGRAM, NULL, NULL));
        install_program(PROGRAM, 0755);
        snprintf(caller.path, sizeof(caller.path), PROGRAM " (deleted)");
        snprintf(caller.program_path, sizeof(caller.program_path), PROGRAM " (deleted)");
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);
        ck_assert_ptr_nonnull(strstr(judge_origins(&caller, SITE, "").why, "replaced"));
        snprintf(caller.program_path, sizeof(caller.program_path), PROGRAM);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);
}
END_TEST

START_TEST(test_listed_file_that_others_may_change) {
        Caller caller = make_caller();

        install_text(VENDOR "/table.conf", LISTED("origins = *\n"), 0644);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_LISTED);
        ck_assert_int_eq(chmod(PROGRAM, 0777), 0);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);
        ck_assert_int_eq(chmod(PROGRAM, 0755), 0);
        ck_assert_int_eq(chown(PROGRAM, 65534, 0), 0);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);
}
END_TEST

START_TEST(test_parent_has_to_be_listed) {
        Caller caller = make_caller();

        install_text(VENDOR "/table.conf",
                     LISTED("origins = *\nparent = /nonexistent/x " BROWSER "\n"), 0644);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);

        caller.has_parent = true;
        ck_assert_int_eq(root_path_file(BROWSER, &caller.parent), 0);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_LISTED);
        caller.has_parent = false;
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);

        caller.has_parent = true;
        caller.parent = caller.program;
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);

        ck_assert_int_eq(root_path_file(BROWSER, &caller.parent), 0);
        ck_assert_int_eq(chmod(BROWSER, 0775), 0);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);
}
END_TEST

START_TEST(test_sandboxed_programs) {
        Caller caller = { .kind = CALLER_KIND_FLATPAK, .app_id = "org.example.Mail" };

        install_text(VENDOR "/table.conf",
                     "[caller f]\nkind = flatpak\napp-id = org.example.Mail\norigins = " SITE "\n"
                     "[caller s]\nkind = snap\napp-id = mail\norigins = " OTHER "\n",
                     0644);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_LISTED);
        ck_assert_int_eq(judge(&caller, OTHER), CALLER_FORBIDDEN);
        caller.kind = CALLER_KIND_SNAP;
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);
        strcpy(caller.app_id, "mail");
        ck_assert_int_eq(judge(&caller, OTHER), CALLER_LISTED);
        caller.kind = CALLER_KIND_UNKNOWN;
        ck_assert_int_eq(judge(&caller, OTHER), CALLER_NOT_LISTED);
}
END_TEST

/* ---- tables that are wrong ------------------------------------------------------------------ */

START_TEST(test_wrong_tables_are_ignored_as_a_whole) {
#define GOOD LISTED("origins = *\n")
        static const char *const wrong[] = {
                GOOD "nonsense\n",
                GOOD "colour = red\n",
                GOOD "name = Two\n",
                GOOD "exe = " PROGRAM "\n",
                GOOD "kind = cloud\n",
                GOOD "kind = host\nkind = host\n",
                GOOD "app-id = a.b\n",
                GOOD "terminal = perhaps\n",
                GOOD "terminal = no\nterminal = no\n",
                GOOD "origins = " SITE "\n",
                GOOD "parent = firefox\n",
                GOOD "[other]\nx = y\n",
                GOOD "[caller]\nx = y\n",
                GOOD "[caller ]\nexe = /x\norigins = *\n",
                GOOD "[caller \xff]\nexe = /x\norigins = *\n",
                GOOD "[caller two]\nexe = " PROGRAM "\n",
                GOOD "[caller two]\norigins = *\n",
                GOOD "[caller two]\nexe = relative\norigins = *\n",
                GOOD "[caller two]\nkind = snap\norigins = *\n",
                GOOD "[caller two]\nkind = snap\napp-id = a/b\norigins = *\n",
                GOOD "[caller two]\nkind = snap\napp-id = a\nexe = /x\norigins = *\n",
                GOOD "[caller two]\nkind = flatpak\napp-id = a.b\nterminal = yes\norigins = *\n",
                GOOD "[caller two]\nkind = flatpak\napp-id = a.b\nparent = /x\norigins = *\n",
                GOOD "[caller two]\nname = \xff\nexe = /x\norigins = *\n",
                GOOD "[caller two]\nname = a\x1b[1m\nexe = /x\norigins = *\n",
                LISTED("origins = http://login.example.com\n"),
                LISTED("origins = https://LOGIN.example.com\n"),
                LISTED("origins = https://login.example.com/path\n"),
                LISTED("origins = https://user@login.example.com\n"),
                LISTED("origins = https://\n"),
                LISTED("origins = http://localhost.evil.org\n"),
                LISTED("origins = https://* " SITE "\n"),
                LISTED("origins = " SITE " *\n"),
                LISTED("origins =\n"),
                "origins = *\n" LISTED(""),
                "[caller 1234567890123456789012345678901234567890123]\nexe = " PROGRAM
                "\norigins = *\n",
        };

        ck_assert_int_eq(judge_table(GOOD, SITE), CALLER_LISTED);
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                ck_assert_msg(judge_table(wrong[i], SITE) == CALLER_NOT_LISTED, "%zu: %s", i,
                              wrong[i]);
}
END_TEST

START_TEST(test_other_tables_count_on) {
        Caller caller = make_caller();

        install_text(VENDOR "/a.conf", "nonsense\n", 0644);
        install_text(VENDOR "/b.conf", LISTED("origins = *\n"), 0644);
        install_text(VENDOR "/c.conf", "nonsense\n", 0644);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_LISTED);
}
END_TEST

START_TEST(test_too_much_of_everything) {
        Caller caller = make_caller();
        char *text, *p;

        text = malloc(100 * 1024);
        ck_assert_ptr_nonnull(text);
        p = text + sprintf(text, "%s", GOOD);
        while (p - text < 66 * 1024)
                p += sprintf(p, "; filler\n");
        install_text(VENDOR "/table.conf", text, 0644);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);

        p = text + sprintf(text, "%s", GOOD);
        for (int i = 0; i < 300; i++)
                p += sprintf(p, "[caller %d]\nexe = /x\norigins = *\n", i);
        install_text(VENDOR "/table.conf", text, 0644);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);

        p = text + sprintf(text, "%s", GOOD);
        for (int i = 0; i < 300; i++)
                p += sprintf(p, "parent = /x\n");
        install_text(VENDOR "/table.conf", text, 0644);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);
        free(text);
}
END_TEST

/* ---- files that are not root's -------------------------------------------------------------- */

START_TEST(test_tables_that_others_may_change) {
        static const struct {
                mode_t mode;
                uid_t owner;
                CallerVerdict verdict;
        } cases[] = {
                { 0644, 0, CALLER_LISTED },         { 0600, 0, CALLER_LISTED },
                { 0664, 0, CALLER_NOT_LISTED },     { 0646, 0, CALLER_NOT_LISTED },
                { 0644, 65534, CALLER_NOT_LISTED },
        };
        Caller caller = make_caller();

        install_text(VENDOR "/table.conf", GOOD, 0644);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                ck_assert_int_eq(chown(VENDOR "/table.conf", cases[i].owner, 0), 0);
                ck_assert_int_eq(chmod(VENDOR "/table.conf", cases[i].mode), 0);
                ck_assert_msg(judge(&caller, SITE) == cases[i].verdict, "case %zu", i);
        }
}
END_TEST

START_TEST(test_folders_that_others_may_change) {
        Caller caller = make_caller();

        install_text(VENDOR "/table.conf", GOOD, 0644);
        ck_assert_int_eq(chmod(VENDOR, 0775), 0);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);
        ck_assert_int_eq(chmod(VENDOR, 0755), 0);
        ck_assert_int_eq(chown(VENDOR, 65534, 0), 0);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);

        ck_assert_int_eq(chown(VENDOR, 0, 0), 0);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_LISTED);
}
END_TEST

/* What it may have taken away does not come back. */
START_TEST(test_administrators_folder_that_cannot_be_used) {
        Caller caller = make_caller();

        install_text(VENDOR "/table.conf", GOOD, 0644);
        install_text(ADMIN "/table.conf", "", 0644);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);
        ck_assert_int_eq(chmod(ADMIN, 0777), 0);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_FORBIDDEN);
        ck_assert_int_eq(chmod(ADMIN, 0755), 0);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);

        ck_assert_int_eq(rename(ADMIN, ADMIN ".away"), 0);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_LISTED);
        ck_assert_int_eq(symlink(ADMIN ".away", ADMIN), 0);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_FORBIDDEN);
        ck_assert_int_eq(unlink(ADMIN), 0);
        install_text(ADMIN, "", 0644);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_FORBIDDEN);
        ck_assert_int_eq(unlink(ADMIN), 0);
        ck_assert_int_eq(rename(ADMIN ".away", ADMIN), 0);
}
END_TEST

START_TEST(test_what_is_no_table) {
        Caller caller = make_caller();

        install_text(VENDOR "/table.conf.example", GOOD, 0644);
        install_text(VENDOR "/.table.conf", GOOD, 0644);
        install_text(VENDOR "/.conf", GOOD, 0644);
        install_text(VENDOR "/table", GOOD, 0644);
        ck_assert_int_eq(symlink(VENDOR "/table", VENDOR "/link.conf"), 0);
        ck_assert_int_eq(mkdir(VENDOR "/folder.conf", 0755), 0);
        ck_assert_int_eq(mkfifo(VENDOR "/pipe.conf", 0644), 0);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);
}
END_TEST

START_TEST(test_administrator_masks_tables) {
        Caller caller = make_caller();

        install_text(VENDOR "/table.conf", GOOD, 0644);
        ck_assert_int_eq(judge(&caller, OTHER), CALLER_LISTED);

        install_text(ADMIN "/table.conf", LISTED("origins = " SITE "\n"), 0644);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_LISTED);
        ck_assert_int_eq(judge(&caller, OTHER), CALLER_FORBIDDEN);

        ck_assert_int_eq(unlink(ADMIN "/table.conf"), 0);
        ck_assert_int_eq(symlink("/dev/null", ADMIN "/table.conf"), 0);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);

        /* One with a mistake allows nothing, and what it was to replace does not come back. */
        install_text(ADMIN "/table.conf", "nonsense\n", 0644);
        ck_assert_int_eq(judge(&caller, SITE), CALLER_NOT_LISTED);

        /* Another name adds. */
        ck_assert_int_eq(rename(ADMIN "/table.conf", ADMIN "/other.conf"), 0);
        ck_assert_int_eq(judge(&caller, OTHER), CALLER_LISTED);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("caller-table", &tcase);

        if (!folder_is_roots()) {
                puts("1..0 # SKIP only root can make tables that count, in a folder of its own");
                srunner_free(srunner_create(suite));
                return 0;
        }
        tcase_add_checked_fixture(tcase, make_folders, clean_folders);
        tcase_add_test(tcase, test_nobody_is_listed_without_tables);
        tcase_add_test(tcase, test_any_origin);
        tcase_add_test(tcase, test_origins_have_to_be_the_same);
        tcase_add_test(tcase, test_surrounding_page_has_to_be_listed_too);
        tcase_add_test(tcase, test_name_is_the_tables);
        tcase_add_test(tcase, test_terminal);
        tcase_add_test(tcase, test_one_entry_that_allows_is_enough);
        tcase_add_test(tcase, test_programs_that_are_not_the_listed_one);
        tcase_add_test(tcase, test_listed_file_that_others_may_change);
        tcase_add_test(tcase, test_parent_has_to_be_listed);
        tcase_add_test(tcase, test_sandboxed_programs);
        tcase_add_test(tcase, test_wrong_tables_are_ignored_as_a_whole);
        tcase_add_test(tcase, test_other_tables_count_on);
        tcase_add_test(tcase, test_too_much_of_everything);
        tcase_add_test(tcase, test_tables_that_others_may_change);
        tcase_add_test(tcase, test_folders_that_others_may_change);
        tcase_add_test(tcase, test_what_is_no_table);
        tcase_add_test(tcase, test_administrator_masks_tables);
        tcase_add_test(tcase, test_administrators_folder_that_cannot_be_used);
        return unit_run(suite);
}
