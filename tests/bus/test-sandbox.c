/* SPDX-License-Identifier: MIT */

/* What a sandbox's maker left is read strictly: one name, and one that is one. */

#include <errno.h>
#include <string.h>

#include "daemon/caller/sandbox.h"
#include "unit.h"

START_TEST(test_app_ids) {
        static const char *const good[] = { "org.example.Mail", "firefox", "a", "x_y-z.1" };
        static const char *const bad[] = { "",     ".",        ".org", "a b",   "a/b",
                                           "a\nb", "\xc3\xa4", "a;b",  "a\x7f", "a%20" };
        char longest[APP_ID_SIZE + 1];

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                ck_assert_msg(app_id_is_valid(good[i]), "%s", good[i]);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                ck_assert_msg(!app_id_is_valid(bad[i]), "%zu", i);

        memset(longest, 'a', sizeof(longest));
        longest[APP_ID_SIZE] = '\0';
        ck_assert(!app_id_is_valid(longest));
        longest[APP_ID_SIZE - 1] = '\0';
        ck_assert(app_id_is_valid(longest));
}
END_TEST

START_TEST(test_flatpak_info) {
        static const struct {
                const char *text;
                const char *id; /* NULL: refused */
        } cases[] = {
                { "[Application]\nname=org.example.Mail\n", "org.example.Mail" },
                { "[Application]\nruntime=x\nname=a.b\n\n[Instance]\nname=other\n", "a.b" },
                { "[Instance]\nname=other\n[Application]\nname=a.b", "a.b" },
                { "", NULL },
                { "name=a.b\n", NULL },
                { "[Application]\n", NULL },
                { "[Application]\nname=\n", NULL },
                { "[Application]\nname=a b\n", NULL },
                { "[Application]\nname=../../etc\n", NULL },
                { "[Application]\nname= a.b\n", NULL },
                { "[Application]\nname=a.b\r\n", NULL },
                { "[Application]\nNAME=a.b\n", NULL },
                { "[Application]\nname[de]=a.b\n", NULL },
                { "[application]\nname=a.b\n", NULL },
                { "[Application] \nname=a.b\n", NULL },
                { "[Runtime]\nname=org.example.Platform\n", NULL },
                { "[Application]\nname=a.b\nname=a.b\n", NULL },
                { "[Application]\nname=a.b\n[Application]\nname=c.d\n", NULL },
                { "[Application]\n[X]\nname=a.b\n", NULL },
        };
        char id[APP_ID_SIZE];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                int r;

                memset(id, 'x', sizeof(id));
                r = flatpak_info_read(cases[i].text, strlen(cases[i].text), id);
                ck_assert_msg(r == (cases[i].id ? 0 : -EBADMSG), "case %zu: %d", i, r);
                if (cases[i].id)
                        ck_assert_str_eq(id, cases[i].id);
        }
}
END_TEST

START_TEST(test_flatpak_info_with_odd_bytes) {
        static const char with_nul[] = "[Application]\nname=org.example\0.Mail\n";
        static const char nul_after[] = "[Application]\nname=org.example.Mail\n\0\xff\xfe";
        char text[512] = "[Application]\nname=", id[APP_ID_SIZE];

        ck_assert_int_eq(flatpak_info_read(with_nul, sizeof(with_nul) - 1, id), -EBADMSG);
        ck_assert_int_eq(flatpak_info_read(nul_after, sizeof(nul_after) - 1, id), 0);

        memset(text + strlen(text), 'a', 300);
        ck_assert_int_eq(flatpak_info_read(text, strlen(text), id), -EBADMSG);
}
END_TEST

START_TEST(test_snaps) {
#define USER "/user.slice/user-1000.slice/user@1000.service/app.slice/"
        static const struct {
                const char *text;
                int r;
                const char *name;
        } cases[] = {
                { "0::" USER "snap.firefox.firefox-0c5e.scope\n", 0, "firefox" },
                { "0::" USER "snap.firefox.firefox.0c5e-11.scope\n", 0, "firefox" },
                { "0::" USER "snap.some-app_two.daemon.service", 0, "some-app_two" },
                { "0::" USER "snap.firefox.firefox-1.scope/inner\n", 0, "firefox" },
                { "1:name=systemd:/snap.mail.mail.1.scope\n", 0, "mail" },
                { "1:name=systemd:/snap.mail.mail.1.scope\n0::/snap.mail.mail.1.scope\n", 0,
                  "mail" },
                { "0::/a:b/snap.mail.mail.1.scope\n", 0, "mail" },
                { "", -ENOENT, NULL },
                { "0::/\n", -ENOENT, NULL },
                { "0::" USER "app-firefox-12.scope\n", -ENOENT, NULL },
                { "0::" USER "snap.firefox.firefox\n", -ENOENT, NULL },
                { "0::" USER "snapd.service\n", -ENOENT, NULL },
                { "0::" USER "xsnap.firefox.firefox-1.scope\n", -ENOENT, NULL },
                { "4:memory:/snap.firefox.firefox-1.scope\n", -ENOENT, NULL },
                { "4:name=other:/snap.firefox.firefox-1.scope\n", -ENOENT, NULL },
                { "garbage\n::\n\n", -ENOENT, NULL },
                { "0::/snap..scope\n", -EBADMSG, NULL },
                { "0::/snap.scope\n", -EBADMSG, NULL },
                { "0::/snap.service\n", -EBADMSG, NULL },
                { "0::/snap.firefox.scope\n", -EBADMSG, NULL },
                { "0::/snap.firefox..scope\n", -EBADMSG, NULL },
                { "0::/snap.a b.c.scope\n", -EBADMSG, NULL },
                { "0::/snap.a.a-1.scope/snap.b.b-1.scope\n", -EBADMSG, NULL },
                { "0::/snap.a.a-1.scope\n1:name=systemd:/snap.b.b-1.scope\n", -EBADMSG, NULL },
        };
        char name[APP_ID_SIZE];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                int r;

                memset(name, 'x', sizeof(name));
                r = cgroup_read_snap(cases[i].text, name);
                ck_assert_msg(r == cases[i].r, "case %zu: %d", i, r);
                if (cases[i].name)
                        ck_assert_str_eq(name, cases[i].name);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("sandbox", &tcase);

        tcase_add_test(tcase, test_app_ids);
        tcase_add_test(tcase, test_flatpak_info);
        tcase_add_test(tcase, test_flatpak_info_with_odd_bytes);
        tcase_add_test(tcase, test_snaps);
        return unit_run(suite);
}
