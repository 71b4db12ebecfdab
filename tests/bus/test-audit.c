/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ceremony/log.h"
#include "daemon/audit.h"
#include "daemon/caller/caller-unit.h"
#include "unit.h"

static AuditEvent registration(void) {
        return (AuditEvent){
                .operation = HYBRID_CREATE,
                .dom_exception = "",
                .rp_id = "example.com",
                .origin = "https://login.example.com",
                .caller_name = "Firefox",
                .caller_exe = "/usr/lib/firefox-esr/firefox-esr",
                .caller_unit = "app-firefox-1.scope",
                .aaguid = "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4",
                .tunnel_domain = "cable.ua5v.com",
                .rssi = "-48",
        };
}

/* Nothing is known of it but that it was refused. */
static AuditEvent refusal(void) {
        return (AuditEvent){
                .operation = HYBRID_GET,
                .cause = "caller-refused",
                .dom_exception = "SecurityError",
                .rp_id = "",
                .origin = "",
                .caller_name = "",
                .caller_exe = "",
                .caller_unit = "",
                .aaguid = "",
                .tunnel_domain = "",
                .rssi = "",
        };
}

START_TEST(test_entries) {
        AuditEvent event = registration();
        char text[AUDIT_ENTRY_SIZE_MAX];
        size_t n = audit_format(&event, text);

        ck_assert_uint_eq(n, strlen(text));
        ck_assert_str_eq(text, "MESSAGE=Made a passkey for example.com, asked for by Firefox\n"
                               "MESSAGE_ID=c28088344d694394a0878456f5efb9ab\n"
                               "PRIORITY=5\n"
                               "SYSLOG_IDENTIFIER=hybridd\n"
                               "HYBRID_OP=create\n"
                               "HYBRID_RESULT=done\n"
                               "HYBRID_RP_ID=example.com\n"
                               "HYBRID_ORIGIN=https://login.example.com\n"
                               "HYBRID_CALLER_EXE=/usr/lib/firefox-esr/firefox-esr\n"
                               "HYBRID_CALLER_UNIT=app-firefox-1.scope\n"
                               "HYBRID_AAGUID=ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4\n"
                               "HYBRID_TUNNEL_DOMAIN=cable.ua5v.com\n"
                               "HYBRID_LINKED=no\n"
                               "HYBRID_RSSI=-48\n");

        event = refusal();
        audit_format(&event, text);
        ck_assert_str_eq(text, "MESSAGE=Refused a request for a site, asked for by a program: "
                               "caller-refused\n"
                               "MESSAGE_ID=f9144b4c7a694f19900b9b7337ee03f1\n"
                               "PRIORITY=4\n"
                               "SYSLOG_IDENTIFIER=hybridd\n"
                               "HYBRID_OP=get\n"
                               "HYBRID_RESULT=refused\n"
                               "HYBRID_CAUSE=caller-refused\n"
                               "HYBRID_LINKED=no\n");
}
END_TEST

START_TEST(test_kinds) {
        static const struct {
                HybridCause cause;
                const char *result;
        } rows[] = {
                { HYBRID_CAUSE_POLICY, "refused" },
                { HYBRID_CAUSE_CALLER_REFUSED, "refused" },
                { HYBRID_CAUSE_BUSY, "refused" },
                { HYBRID_CAUSE_BAD_REQUEST, "refused" },
                { HYBRID_CAUSE_ORIGIN_REFUSED, "refused" },
                { HYBRID_CAUSE_CANCELLED, "cancelled" },
                { HYBRID_CAUSE_CALLER_GONE, "cancelled" },
                { HYBRID_CAUSE_DECLINED, "failed" },
                { HYBRID_CAUSE_TIMEOUT, "failed" },
                { HYBRID_CAUSE_INTERNAL, "failed" },
                { HYBRID_CAUSE_TWO_PHONES, "failed" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                AuditEvent event = refusal();
                char text[AUDIT_ENTRY_SIZE_MAX], wanted[64];

                event.cause = hybrid_cause_name(rows[i].cause);
                event.dom_exception = hybrid_cause_dom_exception(rows[i].cause);
                audit_format(&event, text);
                snprintf(wanted, sizeof(wanted), "HYBRID_RESULT=%s\n", rows[i].result);
                ck_assert_msg(strstr(text, wanted), "row %zu: %s", i, text);
        }
}
END_TEST

/* A program can have any name; it makes no field of its own. */
START_TEST(test_names_make_no_fields) {
        AuditEvent event = registration();
        char text[AUDIT_ENTRY_SIZE_MAX];
        unsigned n_lines = 0;

        event.caller_exe = "/tmp/x\nHYBRID_RP_ID=bank.example\n\x1b[2J\xc3\xbc";
        event.caller_name = "a\nb";
        audit_format(&event, text);
        ck_assert_ptr_nonnull(
                strstr(text, "HYBRID_CALLER_EXE=/tmp/x?HYBRID_RP_ID=bank.example??[2J??\n"));
        ck_assert_ptr_nonnull(strstr(text, "asked for by a?b\n"));
        for (const char *p = text; *p; p++)
                n_lines += *p == '\n';
        ck_assert_uint_eq(n_lines, 14);
}
END_TEST

START_TEST(test_size) {
        AuditEvent event = registration();
        char text[AUDIT_ENTRY_SIZE_MAX], *exe = malloc(9000);

        /* The longest that there can be. */
        memset(exe, 'x', 9000);
        exe[1023] = '\0';
        event.caller_exe = event.rp_id = event.origin = exe;
        ck_assert_uint_gt(audit_format(&event, text), 3000);

        exe[1023] = 'x';
        exe[8999] = '\0';
        ck_assert_uint_eq(audit_format(&event, text), 0);
        ck_assert_uint_eq(audit_format_line(&event, text), 0);
        free(exe);
}
END_TEST

START_TEST(test_lines) {
        AuditEvent event = refusal();
        char text[AUDIT_ENTRY_SIZE_MAX];

        ck_assert_uint_eq(audit_format_line(&event, text), strlen(text));
        ck_assert_str_eq(text, "HYBRID_OP=get HYBRID_RESULT=refused HYBRID_CAUSE=caller-refused "
                               "HYBRID_LINKED=no");
}
END_TEST

/* Standard error goes to a file from here on; each test has a process of its own. */
static FILE *capture(void) {
        FILE *file = tmpfile();

        ck_assert_ptr_nonnull(file);
        ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
        return file;
}

static size_t captured(FILE *file, char *ret, size_t size) {
        size_t n;

        rewind(file);
        n = fread(ret, 1, size - 1, file);
        ret[n] = '\0';
        return n;
}

static int journal(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

        strcpy(address.sun_path, path);
        ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
        return fd;
}

START_TEST(test_journal) {
        AuditEvent event = registration();
        char folder[] = "/tmp/hybridd-audit-XXXXXX", path[64], text[AUDIT_ENTRY_SIZE_MAX],
             expected[AUDIT_ENTRY_SIZE_MAX], log[4096];
        FILE *file = capture();
        ssize_t n;
        int fd;

        ck_assert_ptr_nonnull(mkdtemp(folder));
        snprintf(path, sizeof(path), "%s/journal", folder);
        fd = journal(path);
        audit_write(&event, path);
        n = recv(fd, text, sizeof(text), 0);
        audit_format(&event, expected);
        assert_bytes_eq(text, (size_t)n, expected, strlen(expected));
        ck_assert_uint_eq(captured(file, log, sizeof(log)), 0);

        /* One that nobody reads does not keep us waiting; the log has what it has not. */
        for (unsigned i = 0; i < 5000; i++)
                audit_write(&event, path);
        ck_assert_uint_gt(captured(file, log, sizeof(log)), 0);

        close(fd);
        (void)unlink(path);
        (void)rmdir(folder);
}
END_TEST

START_TEST(test_no_journal) {
        static const char *const paths[] = { "/nonexistent/journal", "/", NULL };
        char long_path[300], log[4096];

        memset(long_path, 'x', sizeof(long_path));
        long_path[0] = '/';
        long_path[sizeof(long_path) - 1] = '\0';
        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                AuditEvent event = refusal();
                FILE *file = capture();

                audit_write(&event, paths[i] ? paths[i] : long_path);
                captured(file, log, sizeof(log));
                ck_assert_ptr_nonnull(strstr(log, "Audit: HYBRID_OP=get HYBRID_RESULT=refused"));
                fclose(file);
        }
}
END_TEST

START_TEST(test_units) {
        static const struct {
                const char *text, *unit;
        } rows[] = {
                { "0::/user.slice/user-1000.slice/user@1000.service/app.slice/"
                  "app-firefox-1.scope\n",
                  "app-firefox-1.scope" },
                { "0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope" },
                { "0::/system.slice/ssh.service", "ssh.service" },
                { "0::/user.slice/user@1000.service/x.slice/y.service/inner/leaf\n", "y.service" },
                { "12:pids:/wrong.service\n1:name=systemd:/system.slice/right.service\n",
                  "right.service" },
                { "12:pids:/wrong.service\n0::/right.scope\n", "right.scope" },
                { "0::/\n", "" },
                { "0::/user.slice\n", "" },
                { "0::/.service\n", "" },
                { "0::/x.service.d\n/y.service", "" },
                { "", "" },
                { "12:pids:/wrong.service\n", "" },
        };
        char text[600] = "0::/", unit[UNIT_NAME_SIZE];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                unit_from_cgroup(rows[i].text, unit);
                ck_assert_msg(strcmp(unit, rows[i].unit) == 0, "row %zu: %s", i, unit);
        }

        memset(text + 4, 'x', 400);
        strcpy(text + 404, ".service\n");
        unit_from_cgroup(text, unit);
        ck_assert_str_eq(unit, "");
}
END_TEST

START_TEST(test_floods_of_refusals) {
        AuditEvent event = refusal(), done = registration();
        char text[AUDIT_ENTRY_SIZE_MAX];
        AuditLimit limit = {};
        uint64_t now = 5000000;

        for (unsigned i = 0; i < 1000; i++) {
                ck_assert(audit_limit_allows(&limit, &event, now + i) == (i < AUDIT_REFUSALS_MAX));
                ck_assert_uint_eq(event.n_left_out, 0);
        }
        /* What is no refusal is always written. */
        ck_assert(audit_limit_allows(&limit, &done, now + 1000));
        ck_assert_uint_eq(done.n_left_out, 0);

        ck_assert(!audit_limit_allows(&limit, &event, now + 59999999));
        ck_assert(audit_limit_allows(&limit, &event, now + 60000000));
        ck_assert_uint_eq(event.n_left_out, 1000 - AUDIT_REFUSALS_MAX + 1);
        audit_format(&event, text);
        ck_assert_ptr_nonnull(strstr(text, "\nHYBRID_LEFT_OUT=941\n"));
        ck_assert(audit_limit_allows(&limit, &event, now + 60000001));
        ck_assert_uint_eq(event.n_left_out, 0);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("audit", &tcase);

        tcase_add_test(tcase, test_entries);
        tcase_add_test(tcase, test_kinds);
        tcase_add_test(tcase, test_names_make_no_fields);
        tcase_add_test(tcase, test_size);
        tcase_add_test(tcase, test_lines);
        tcase_add_test(tcase, test_journal);
        tcase_add_test(tcase, test_no_journal);
        tcase_add_test(tcase, test_floods_of_refusals);
        tcase_add_test(tcase, test_units);
        return unit_run(suite);
}
