/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/policy/policy-file.h"
#include "daemon/policy/policy-limits.h"
#include "daemon/policy/policy-parse.h"
#include "unit.h"

#define _policy_ _cleanup_(policy_done) Policy

static void parse_as(Policy *policy, const char *path, const char *text) {
        ck_assert_int_eq(policy_parse(policy, path, text, strlen(text)), 0);
}

static void parse(Policy *policy, const char *text) {
        parse_as(policy, "policy.conf", text);
}

static void assert_sound(const Policy *policy) {
        if (policy->n_problems > 0)
                ck_abort_msg("%u: %s", policy->problems[0].place.line, policy->problems[0].text);
}

static bool allows(const Policy *policy, HybridOperation operation, const char *rp_id) {
        char reason[POLICY_REASON_SIZE] = "";
        bool allowed = policy_allows(policy, operation, rp_id, reason);

        ck_assert(allowed == (reason[0] == '\0'));
        return allowed;
}

/* ---- what files say ------------------------------------------------------------------------- */

START_TEST(test_nothing_restricts_nothing) {
        static const char *const texts[] = { "",
                                             "\n\n",
                                             "; a comment\n# another\n",
                                             "[rp]\n",
                                             "\xef\xbb\xbf[rp]\n",
                                             "[rp] ; comment\r\n" };
        uint64_t age;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _policy_ policy = {};

                parse(&policy, texts[i]);
                assert_sound(&policy);
                ck_assert(allows(&policy, HYBRID_CREATE, "example.com"));
                ck_assert(allows(&policy, HYBRID_GET, "example.com"));
                ck_assert(policy_wants_audit(&policy));
                ck_assert(!policy_refuses_unknown_callers(&policy));
                ck_assert(!policy_find_host(&policy.enterprise_rps, "example.com"));
                ck_assert(policy_allows_linking(&policy, &age));
                ck_assert_uint_eq(age, 0);
        }
}
END_TEST

START_TEST(test_all_keys) {
        _policy_ policy = {};
        PolicyLimits limits;
        char place[POLICY_PLACE_SIZE];
        uint64_t age;

        parse(&policy, "[rp]\n"
                       "allow = *.contoso.com login.microsoft.com\n"
                       "        contoso.com\n"
                       "deny = old.contoso.com\n"
                       "registration = no\n"
                       "[authenticators]\n"
                       "allow-aaguid = 90a3ccdf-635c-4729-a248-9b709135078f\n"
                       "allow-aaguid = de1e552d-db1d-4423-a619-566b625cdc84\n"
                       "[tunnel]\n"
                       "allow-domains = cable.ua5v.com cable.auth.com\n"
                       "allow-hashed-domains = no\n"
                       "[proxy]\n"
                       "url = http://proxy.contoso.com:3128\n"
                       "no-proxy = .contoso.com localhost\n"
                       "[linking]\n"
                       "allowed = no\n"
                       "max-age = 90d\n"
                       "[callers]\n"
                       "unknown = refuse\n"
                       "[enterprise-attestation]\n"
                       "rp-ids = login.contoso.com\n"
                       "[audit]\n"
                       "enabled = no\n");
        assert_sound(&policy);

        ck_assert(allows(&policy, HYBRID_GET, "login.microsoft.com"));
        ck_assert(allows(&policy, HYBRID_GET, "contoso.com"));
        ck_assert(!allows(&policy, HYBRID_CREATE, "login.microsoft.com"));
        ck_assert(!allows(&policy, HYBRID_GET, "old.contoso.com"));
        ck_assert(!allows(&policy, HYBRID_GET, "example.com"));
        ck_assert(policy_refuses_unknown_callers(&policy));
        ck_assert(policy_find_host(&policy.enterprise_rps, "login.contoso.com"));
        ck_assert(!policy_find_host(&policy.enterprise_rps, "contoso.com"));
        ck_assert(!policy_wants_audit(&policy));
        ck_assert(!policy_allows_linking(&policy, &age));
        ck_assert_uint_eq(age, 90 * 24 * 3600);

        ck_assert_int_eq(policy_limits_init(&limits, &policy), 0);
        ck_assert_str_eq(limits.tunnel_hosts, "cable.ua5v.com cable.auth.com");
        ck_assert_str_eq(limits.hashed_tunnels, "no");
        ck_assert_str_eq(limits.tunnel_place, "policy.conf:10");
        ck_assert_str_eq(limits.aaguids, "90a3ccdf-635c-4729-a248-9b709135078f "
                                         "de1e552d-db1d-4423-a619-566b625cdc84");
        ck_assert_str_eq(limits.aaguid_place, "policy.conf:7");
        ck_assert(limits.has_proxy);
        ck_assert_str_eq(limits.proxy, "http://proxy.contoso.com:3128");
        ck_assert_str_eq(limits.no_proxy, ".contoso.com localhost");
        policy_limits_done(&limits);

        /* A line that goes on has its own number. */
        policy_place_text(policy.rp_allow.words[2].place, place);
        ck_assert_str_eq(place, "policy.conf:3");
}
END_TEST

START_TEST(test_patterns) {
        static const struct {
                const char *pattern, *host;
                bool matches;
        } rows[] = {
                { "example.com", "example.com", true },
                { "example.com", "login.example.com", false },
                { "example.com", "example.com.evil.org", false },
                { "example.com", "notexample.com", false },
                { "example.com", "example.co", false },
                { "*.example.com", "login.example.com", true },
                { "*.example.com", "a.b.example.com", true },
                { "*.example.com", "example.com", false },
                { "*.example.com", "notexample.com", false },
                { "*.example.com", ".example.com", false },
                { "*.example.com", "login.example.com.evil.org", false },
                { "*.xn--bcher-kva.example", "www.xn--bcher-kva.example", true },
                { "*", "anything.example", true },
                { "*", "localhost", true },
                { "localhost", "localhost", true },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                for (unsigned deny = 0; deny < 2; deny++) {
                        _policy_ policy = {};
                        char text[256];

                        snprintf(text, sizeof(text), "[rp]\n%s = %s\n", deny ? "deny" : "allow",
                                 rows[i].pattern);
                        parse(&policy, text);
                        assert_sound(&policy);
                        ck_assert_msg(allows(&policy, HYBRID_GET, rows[i].host) ==
                                              (rows[i].matches != (deny == 1)),
                                      "row %zu", i);
                }
}
END_TEST

/* Each is a problem in the line that is said, with these words; and then nothing is allowed. */
START_TEST(test_what_is_wrong) {
        static const struct {
                const char *text;
                unsigned line;
                const char *words;
        } rows[] = {
                { "[rp]\nalow = example.com\n", 2, "[rp] alow: there is no such key" },
                { "[rpp]\ndeny = example.com\n", 1, "there is no such section" },
                { "[rpp]\n", 1, "there is no such section" },
                { "[rp ]\n", 1, "there is no such section" },
                { "[proxy]\nurl = http://proxy.example.com:99999\n", 2, "port" },
                { "[proxy]\nurl = http://:3128\n", 2, "[proxy] url" },
                { "deny = example.com\n", 1, "there is no such key" },
                { "[rp]\n\n\ndeny\n", 4, "neither a section" },
                { "[rp\ndeny = example.com\n", 1, "neither a section" },
                /* inih would pass over the rule. */
                { "[rp] deny = example.com\n", 1, "more than a section" },
                { "\xef\xbb\xbf[rp] deny = example.com\n", 1, "more than a section" },
                { " \t[rp]deny = example.com\n", 1, "more than a section" },
                { "[rp]\ndeny =\n", 2, "is empty" },
                { "[rp]\nallow = \n", 2, "is empty" },
                { "[rp]\ndeny = Example.com\n", 2, "lower case" },
                { "[rp]\ndeny = b\xc3\xbc"
                  "cher.example\n",
                  2, "xn--" },
                { "[rp]\ndeny = https://example.com\n", 2, "\"https://example.com\" must" },
                { "[rp]\ndeny = example.com:443\n", 2, "a host" },
                { "[rp]\ndeny = example.com,example.org\n", 2, "a host" },
                { "[rp]\nallow=*.contoso.com login.microsoft.com; deny=\n", 2, "a host" },
                { "[rp]\ndeny = example.com.\n", 2, "a host" },
                { "[rp]\ndeny = .example.com\n", 2, "a host" },
                { "[rp]\ndeny = exa*ple.com\n", 2, "a host" },
                { "[rp]\ndeny = *example.com\n", 2, "a host" },
                { "[rp]\ndeny = *.\n", 2, "a host" },
                { "[rp]\ndeny = a.*.com\n", 2, "a host" },
                { "[rp]\ndeny = -a.com\n", 2, "a host" },
                { "[rp]\ndeny = a-.com\n", 2, "a host" },
                { "[rp]\ndeny = a_b.com\n", 2, "a host" },
                /* What looks like a rule of its own goes on with the one before. */
                { "[rp]\nallow = a.com\n  deny = b.com\n", 3, "a host" },
                { "[rp]\nregistration = maybe\n", 2, "yes or no" },
                { "[rp]\nregistration = No\n", 2, "yes or no" },
                { "[rp]\nregistration = no\nregistration = yes\n", 3, "given twice" },
                { "[rp]\nregistration = no\n  no\n", 3, "given twice" },
                { "[authenticators]\nallow-aaguid = bitwarden\n", 2,
                  "\"bitwarden\" must be an AAGUID" },
                { "[authenticators]\nallow-aaguid = 90A3CCDF-635C-4729-A248-9B709135078F\n", 2,
                  "lower case" },
                { "[authenticators]\nallow-aaguid = 90a3ccdf-635c-4729-a248-9b709135078\n", 2,
                  "AAGUID" },
                { "[tunnel]\nallow-domains = *.ua5v.com\n", 2, "without *" },
                { "[tunnel]\nallow-domains = *\n", 2, "without *" },
                { "[tunnel]\nallow-hashed-domains = 1\n", 2, "yes or no" },
                { "[proxy]\nurl = proxy:3128\n", 2, "http://" },
                { "[proxy]\nurl = socks5://proxy:3128\n", 2, "http://" },
                { "[proxy]\nurl = http://\n", 2, "http://" },
                { "[proxy]\nurl = http://user:secret@proxy:3128\n", 2, "every user can read" },
                { "[proxy]\nno-proxy = localhost\n", 2, "after the url" },
                { "[linking]\nmax-age = 90\n", 2, "days or hours" },
                { "[linking]\nmax-age = 0d\n", 2, "days or hours" },
                { "[linking]\nmax-age = -1d\n", 2, "days or hours" },
                { "[linking]\nmax-age = 10001d\n", 2, "days or hours" },
                { "[linking]\nmax-age = 99999999999999999999999d\n", 2, "days or hours" },
                { "[callers]\nunknown = allow\n", 2, "refuse or ask" },
                { "[enterprise-attestation]\nrp-ids = *\n", 2, "without *" },
                { "[audit]\nenabled = on\n", 2, "yes or no" },
                { "[rp]\ndeny = a.com \xff\n", 2, "UTF-8" },
                { "[rp]\n\x0c[rp] deny = a.com\n", 2, "UTF-8" },
                { "[rp]\rdeny = a.com\n", 1, "UTF-8" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _policy_ policy = {};

                parse(&policy, rows[i].text);
                ck_assert_msg(policy.n_problems > 0, "row %zu is not wrong", i);
                ck_assert_msg(policy.problems[0].place.line == rows[i].line &&
                                      strstr(policy.problems[0].text, rows[i].words),
                              "row %zu: %u: %s", i, policy.problems[0].place.line,
                              policy.problems[0].text);
                ck_assert(!allows(&policy, HYBRID_GET, "example.org"));
                ck_assert(policy_refuses_unknown_callers(&policy));
                ck_assert(policy_wants_audit(&policy));
                ck_assert(!policy_find_host(&policy.enterprise_rps, "example.org"));
        }
}
END_TEST

START_TEST(test_nul_and_size) {
        static const char nul[] = "[rp]\n\0deny = a.com\n";
        _policy_ with_nul = {}, large = {}, long_line = {}, longest_line = {};
        char *text = calloc(1, POLICY_TEXT_SIZE_MAX + 2);

        ck_assert_int_eq(policy_parse(&with_nul, "nul.conf", nul, sizeof(nul) - 1), 0);
        ck_assert_uint_eq(with_nul.n_problems, 1);
        ck_assert_uint_eq(with_nul.problems[0].place.line, 2);

        memset(text, '\n', POLICY_TEXT_SIZE_MAX + 1);
        ck_assert_int_eq(policy_parse(&large, "large.conf", text, POLICY_TEXT_SIZE_MAX + 1), 0);
        ck_assert_uint_eq(large.n_problems, 1);
        ck_assert_ptr_nonnull(strstr(large.problems[0].text, "64 KiB"));

        /* The end of a line that is too long would be a line of its own. */
        memset(text, ';', 200);
        ck_assert_int_eq(policy_parse(&long_line, "long.conf", text, 201), 0);
        ck_assert_uint_eq(long_line.n_problems, 1);
        ck_assert_ptr_nonnull(strstr(long_line.problems[0].text, "199 characters"));

        text[199] = '\n';
        ck_assert_int_eq(policy_parse(&longest_line, "longest.conf", text, 200), 0);
        assert_sound(&longest_line);
        free(text);
}
END_TEST

START_TEST(test_all_problems_are_told) {
        _policy_ policy = {}, many = {};
        char text[4096] = "";

        parse(&policy, "[rp]\ndeny = A\nregistration = no\nallow = B\nwrong = 1\n");
        ck_assert_uint_eq(policy.n_problems, 3);
        ck_assert_uint_eq(policy.problems[0].place.line, 2);
        ck_assert_uint_eq(policy.problems[1].place.line, 4);
        ck_assert_uint_eq(policy.problems[2].place.line, 5);

        for (unsigned i = 0; i < 100; i++)
                strcat(text, "wrong = 1\n");
        parse(&many, text);
        ck_assert_uint_eq(many.n_problems, N_POLICY_PROBLEMS_MAX);
}
END_TEST

/* What goes to people and to the bus has nothing in it that these would choke on. */
START_TEST(test_texts_are_printable) {
        _policy_ policy = {};
        char reason[POLICY_REASON_SIZE];

        parse_as(&policy, "/etc/hybridd/policy.d/\xff\n\x1b.conf", "[rp]\n\xc3\xbc = 1\n");
        ck_assert(!policy_allows(&policy, HYBRID_GET, "a\xff.com", reason));
        for (const char *p = reason; *p; p++)
                ck_assert(*p >= ' ' && *p <= '~');
        ck_assert_ptr_nonnull(strstr(reason, "policy.d/???.conf:2"));
}
END_TEST

START_TEST(test_reasons) {
        static const struct {
                const char *text;
                HybridOperation operation;
                const char *words[4];
        } rows[] = {
                { "[rp]\ndeny = *.evil.org\n",
                  HYBRID_GET,
                  { "login.evil.org", "[rp] deny has *.evil.org", "policy.conf:2" } },
                { "[rp]\nallow = contoso.com\n",
                  HYBRID_GET,
                  { "login.evil.org", "not in the list [rp] allow", "policy.conf:2" } },
                { "[rp]\nregistration = no\n",
                  HYBRID_CREATE,
                  { "made from here", "[rp] registration is no", "policy.conf:2", "Signing in" } },
                { "[rp]\n\nalow = contoso.com\n",
                  HYBRID_GET,
                  { "policy is broken", "policy.conf:3: [rp] alow: there is no such key.",
                    "hybridctl policy show" } },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _policy_ policy = {};
                char reason[POLICY_REASON_SIZE];

                parse(&policy, rows[i].text);
                ck_assert(!policy_allows(&policy, rows[i].operation, "login.evil.org", reason));
                for (size_t j = 0; j < ELEMENTSOF(rows[i].words) && rows[i].words[j]; j++)
                        ck_assert_msg(strstr(reason, rows[i].words[j]), "row %zu: %s", i, reason);
        }
}
END_TEST

/* ---- several files -------------------------------------------------------------------------- */

/* In whichever order: what one of two files forbids, the other cannot allow. */
START_TEST(test_a_file_takes_back_nothing) {
        static const char strict[] = "[rp]\ndeny = *.evil.org\nregistration = no\n"
                                     "[tunnel]\nallow-hashed-domains = no\n"
                                     "[linking]\nallowed = no\nmax-age = 1d\n"
                                     "[callers]\nunknown = refuse\n"
                                     "[audit]\nenabled = yes\n";
        static const char loose[] = "[rp]\nallow = *\nregistration = yes\n"
                                    "[tunnel]\nallow-hashed-domains = yes\n"
                                    "[linking]\nallowed = yes\nmax-age = 90d\n"
                                    "[callers]\nunknown = ask\n"
                                    "[audit]\nenabled = no\n";

        for (unsigned order = 0; order < 2; order++) {
                _policy_ policy = {};
                uint64_t age;

                parse_as(&policy, "a.conf", order ? loose : strict);
                parse_as(&policy, "b.conf", order ? strict : loose);
                assert_sound(&policy);
                ck_assert(!allows(&policy, HYBRID_GET, "login.evil.org"));
                ck_assert(!allows(&policy, HYBRID_CREATE, "example.com"));
                ck_assert(allows(&policy, HYBRID_GET, "example.com"));
                ck_assert_int_eq(policy.allow_hashed_domains.answer, POLICY_NO);
                ck_assert(!policy_allows_linking(&policy, &age));
                ck_assert_uint_eq(age, 24 * 3600);
                ck_assert(policy_refuses_unknown_callers(&policy));
                ck_assert(policy_wants_audit(&policy));
                ck_assert_str_eq(policy.registration.place.path, order ? "b.conf" : "a.conf");
        }
}
END_TEST

START_TEST(test_sites_that_register_in_their_app) {
        _policy_ policy = {};

        parse_as(&policy, "a.conf", "[rp]\nregister-in-app = login.microsoft.com\n");
        parse_as(&policy, "b.conf", "[rp]\nregister-in-app = *.contoso.com\n");
        assert_sound(&policy);
        ck_assert(policy_registers_in_app(&policy, HYBRID_CREATE, "login.microsoft.com"));
        ck_assert(policy_registers_in_app(&policy, HYBRID_CREATE, "a.contoso.com"));
        ck_assert(!policy_registers_in_app(&policy, HYBRID_GET, "login.microsoft.com"));
        ck_assert(!policy_registers_in_app(&policy, HYBRID_CREATE, "microsoft.com"));
        ck_assert(!policy_registers_in_app(&(Policy){}, HYBRID_CREATE, "login.microsoft.com"));
}
END_TEST

START_TEST(test_lists_add_up) {
        _policy_ policy = {};

        parse_as(&policy, "a.conf", "[rp]\nallow = a.com\ndeny = x.a.com\n");
        parse_as(&policy, "b.conf", "[rp]\nallow = *.a.com b.com\ndeny = y.a.com\n");
        assert_sound(&policy);
        ck_assert(allows(&policy, HYBRID_GET, "a.com"));
        ck_assert(allows(&policy, HYBRID_GET, "b.com"));
        ck_assert(allows(&policy, HYBRID_GET, "w.a.com"));
        ck_assert(!allows(&policy, HYBRID_GET, "x.a.com"));
        ck_assert(!allows(&policy, HYBRID_GET, "y.a.com"));
        ck_assert(!allows(&policy, HYBRID_GET, "c.com"));
}
END_TEST

START_TEST(test_one_broken_file_is_enough) {
        _policy_ policy = {};

        parse_as(&policy, "a.conf", "[rp]\nallow = a.com\n");
        parse_as(&policy, "b.conf", "[rp]\nalow = b.com\n");
        parse_as(&policy, "c.conf", "[rp]\nallow = *\n");
        ck_assert(!allows(&policy, HYBRID_GET, "a.com"));
        ck_assert_str_eq(policy.problems[0].place.path, "b.conf");
}
END_TEST

START_TEST(test_a_proxy_is_given_once) {
        _policy_ two = {}, hole = {};

        parse_as(&two, "a.conf", "[proxy]\nurl = http://a:1\n");
        parse_as(&two, "b.conf", "[proxy]\nurl = http://b:1\n");
        ck_assert_uint_eq(two.n_problems, 1);
        ck_assert_str_eq(two.problems[0].place.path, "b.conf");
        ck_assert_str_eq(two.proxy_url.text, "http://a:1");

        parse_as(&hole, "a.conf", "[proxy]\nurl = http://a:1\n");
        parse_as(&hole, "b.conf", "[proxy]\nno-proxy = *\n");
        ck_assert_uint_eq(hole.n_problems, 1);
        ck_assert_uint_eq(hole.no_proxy.n, 0);
}
END_TEST

START_TEST(test_findings_are_compared) {
        _policy_ a = {}, b = {}, c = {}, d = {};

        parse(&a, "[rp]\ndeny = a.com\n");
        parse(&b, "[rp]\ndeny = b.com\n");
        parse(&c, "[rp]\ndeny = C\n");
        ck_assert_int_eq(policy_add_file(&d, "policy.conf", "does not belong to root", NULL), 0);
        ck_assert(policy_same_findings(&a, &b));
        ck_assert(!policy_same_findings(&a, &c));
        ck_assert(!policy_same_findings(&a, &d));
        ck_assert(policy_same_findings(&c, &c));
}
END_TEST

/* ---- on disk -------------------------------------------------------------------------------- */

typedef struct Folder {
        char path[64];
} Folder;

static void make(const Folder *folder, const char *name, const char *text) {
        char path[256];
        FILE *stream;

        snprintf(path, sizeof(path), "%s/%s", folder->path, name);
        stream = fopen(path, "w");
        ck_assert_ptr_nonnull(stream);
        fputs(text, stream);
        ck_assert_int_eq(fclose(stream), 0);
        ck_assert_int_eq(chmod(path, 0644), 0);
}

static void set_mode(const Folder *folder, const char *name, mode_t mode) {
        char path[256];

        snprintf(path, sizeof(path), "%s/%s", folder->path, name);
        ck_assert_int_eq(chmod(path, mode), 0);
}

static void set_owner(const Folder *folder, const char *name) {
        char path[256];

        snprintf(path, sizeof(path), "%s/%s", folder->path, name);
        ck_assert_int_eq(lchown(path, 1000, 1000), 0);
}

static void make_folder(const Folder *folder, const char *name) {
        char path[256];

        snprintf(path, sizeof(path), "%s/%s", folder->path, name);
        ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void make_link(const Folder *folder, const char *name, const char *target) {
        char path[256];

        snprintf(path, sizeof(path), "%s/%s", folder->path, name);
        ck_assert_int_eq(symlink(target, path), 0);
}

/* In /tmp, which all may write to; but not to what belongs to root. */
static void folder_init(Folder *folder) {
        strcpy(folder->path, "/tmp/hybridd-policy-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder->path));
        ck_assert_int_eq(chmod(folder->path, 0755), 0);
}

static void folder_done(Folder *folder) {
        char command[128];

        snprintf(command, sizeof(command), "rm -r %s", folder->path);
        ck_assert_int_eq(system(command), 0);
}
#define _folder_ _cleanup_(folder_done) Folder

static void read_folder(Policy *policy, const Folder *folder) {
        ck_assert_int_eq(policy_read_folder(policy, folder->path), 0);
}

START_TEST(test_no_folder_no_policy) {
        _policy_ policy = {}, empty = {};
        _folder_ folder;

        ck_assert_int_eq(policy_read_folder(&policy, "/nonexistent/hybridd"), 0);
        ck_assert_uint_eq(policy.n_files + policy.n_problems, 0);

        folder_init(&folder);
        read_folder(&empty, &folder);
        ck_assert_uint_eq(empty.n_files + empty.n_problems, 0);
}
END_TEST

START_TEST(test_files_in_their_order) {
        _policy_ policy = {};
        _folder_ folder;

        folder_init(&folder);
        make_folder(&folder, "policy.d");
        make(&folder, "policy.d/20.conf", "[rp]\nallow = c.com\n");
        make(&folder, "policy.d/10.conf", "[rp]\nallow = b.com\n");
        make(&folder, "policy.d/30.conf.bak", "nonsense");
        make(&folder, "policy.d/.40.conf", "nonsense");
        make(&folder, "policy.d/.conf", "nonsense");
        make(&folder, "policy.conf", "[rp]\nallow = a.com\n");
        make(&folder, "hybridd.conf", "[daemon]\nidle-exit = 0\n");
        read_folder(&policy, &folder);

        assert_sound(&policy);
        ck_assert_uint_eq(policy.n_files, 3);
        ck_assert_str_eq(policy.rp_allow.words[0].text, "a.com");
        ck_assert_str_eq(policy.rp_allow.words[1].text, "b.com");
        ck_assert_str_eq(policy.rp_allow.words[2].text, "c.com");
}
END_TEST

/* Each of these is not root's, is ignored, and said to be. */
START_TEST(test_what_others_can_write_to_is_ignored) {
        static const char text[] = "[rp]\ndeny = *\n";

        for (unsigned i = 0; i < 8; i++) {
                _policy_ policy = {};
                _folder_ folder;

                folder_init(&folder);
                make_folder(&folder, "policy.d");
                make(&folder, i < 5 ? "policy.conf" : "policy.d/a.conf", text);
                switch (i) {
                case 0:
                        set_owner(&folder, "policy.conf");
                        break;
                case 1:
                        set_mode(&folder, "policy.conf", 0664);
                        break;
                case 2:
                        set_mode(&folder, "policy.conf", 0646);
                        break;
                case 3:
                        set_mode(&folder, "", 0775);
                        break;
                case 4:
                        set_owner(&folder, "");
                        break;
                case 5:
                        set_mode(&folder, "policy.d", 0757);
                        break;
                case 6:
                        set_owner(&folder, "policy.d");
                        break;
                case 7:
                        set_owner(&folder, "policy.d/a.conf");
                        break;
                }
                read_folder(&policy, &folder);
                assert_sound(&policy);
                ck_assert_msg(allows(&policy, HYBRID_GET, "example.com"), "%u", i);
                ck_assert_uint_ge(policy.n_files, 1);
                for (size_t j = 0; j < policy.n_files; j++)
                        ck_assert_msg(policy.files[j].ignored, "%u: %s", i, policy.files[j].path);
        }
}
END_TEST

/* Each of these is root's doing, and cannot be read as a policy: nothing is allowed. */
START_TEST(test_what_root_got_wrong_closes) {
        for (unsigned i = 0; i < 7; i++) {
                _policy_ policy = {};
                _folder_ folder;
                char path[256];

                folder_init(&folder);
                make(&folder, "real.conf", "[rp]\nallow = *\n");
                switch (i) {
                case 0:
                        make_link(&folder, "policy.conf", "real.conf");
                        break;
                case 1:
                        make_link(&folder, "policy.conf", "/nonexistent");
                        break;
                case 2:
                        make_folder(&folder, "policy.conf");
                        break;
                case 3:
                        snprintf(path, sizeof(path), "%s/policy.conf", folder.path);
                        ck_assert_int_eq(mkfifo(path, 0644), 0);
                        break;
                case 4:
                        make(&folder, "policy.d", "");
                        break;
                case 5:
                        make_link(&folder, "policy.d", ".");
                        break;
                case 6:
                        make(&folder, "policy.conf", "[rp]\nallow\n");
                        break;
                }
                read_folder(&policy, &folder);
                ck_assert_msg(!allows(&policy, HYBRID_GET, "example.com"), "%u", i);
                ck_assert_uint_eq(policy.n_problems, 1);
                ck_assert(!policy.files[0].ignored);
        }
}
END_TEST

/* A link of somebody else's, in a folder that is root's, was given to them; it says nothing. */
START_TEST(test_links_of_others_are_ignored) {
        _policy_ policy = {};
        _folder_ folder;

        folder_init(&folder);
        make_link(&folder, "policy.conf", "/nonexistent");
        set_owner(&folder, "policy.conf");
        read_folder(&policy, &folder);
        assert_sound(&policy);
        ck_assert_uint_eq(policy.n_files, 1);
        ck_assert_ptr_nonnull(policy.files[0].ignored);
}
END_TEST

START_TEST(test_too_much_closes) {
        _policy_ files = {}, size = {};
        _folder_ folder;
        char *text = calloc(1, POLICY_TEXT_SIZE_MAX + 2);

        folder_init(&folder);
        memset(text, '\n', POLICY_TEXT_SIZE_MAX + 1);
        make(&folder, "policy.conf", text);
        free(text);
        read_folder(&size, &folder);
        ck_assert_uint_eq(size.n_problems, 1);
        ck_assert(!allows(&size, HYBRID_GET, "example.com"));

        make(&folder, "policy.conf", "");
        make_folder(&folder, "policy.d");
        for (unsigned i = 0; i <= N_POLICY_FILES_MAX; i++) {
                char name[32];

                snprintf(name, sizeof(name), "policy.d/%03u.conf", i);
                make(&folder, name, "");
        }
        read_folder(&files, &folder);
        ck_assert_uint_eq(files.n_problems, 1);
        ck_assert(!allows(&files, HYBRID_GET, "example.com"));
}
END_TEST

/* As another user: what root wrote for nobody else to read is a policy all the same. */
START_TEST(test_unreadable_closes) {
        for (unsigned i = 0; i < 3; i++) {
                _policy_ policy = {};
                _folder_ folder;

                folder_init(&folder);
                make_folder(&folder, "policy.d");
                make(&folder, "policy.conf", "");
                set_mode(&folder,
                         i == 0   ? ""
                         : i == 1 ? "policy.conf"
                                  : "policy.d",
                         i == 1 ? 0600 : 0700);
                ck_assert_int_eq(seteuid(1000), 0);
                read_folder(&policy, &folder);
                ck_assert_int_eq(seteuid(0), 0);
                ck_assert_msg(!allows(&policy, HYBRID_GET, "example.com"), "%u", i);
        }
}
END_TEST

START_TEST(test_a_file_can_be_checked) {
        _policy_ policy = {}, none = {};
        _folder_ folder;
        char path[256];

        folder_init(&folder);
        make(&folder, "mine.conf", "[rp]\nallow = A\n");
        set_owner(&folder, "mine.conf");
        set_mode(&folder, "mine.conf", 0666);
        snprintf(path, sizeof(path), "%s/mine.conf", folder.path);
        ck_assert_int_eq(policy_read_file(&policy, path), 0);
        ck_assert_uint_eq(policy.n_problems, 1);
        ck_assert_uint_eq(policy.problems[0].place.line, 2);
        ck_assert_int_eq(policy_read_file(&none, "/nonexistent"), -ENOENT);
        ck_assert_int_eq(policy_read_file(&none, folder.path), -EISDIR);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("policy", &tcase);

        umask(022);
        tcase_add_test(tcase, test_nothing_restricts_nothing);
        tcase_add_test(tcase, test_all_keys);
        tcase_add_test(tcase, test_patterns);
        tcase_add_test(tcase, test_what_is_wrong);
        tcase_add_test(tcase, test_nul_and_size);
        tcase_add_test(tcase, test_all_problems_are_told);
        tcase_add_test(tcase, test_texts_are_printable);
        tcase_add_test(tcase, test_reasons);
        tcase_add_test(tcase, test_a_file_takes_back_nothing);
        tcase_add_test(tcase, test_sites_that_register_in_their_app);
        tcase_add_test(tcase, test_lists_add_up);
        tcase_add_test(tcase, test_one_broken_file_is_enough);
        tcase_add_test(tcase, test_a_proxy_is_given_once);
        tcase_add_test(tcase, test_findings_are_compared);
        if (geteuid() == 0) { /* others cannot make what is root's */
                tcase_add_test(tcase, test_no_folder_no_policy);
                tcase_add_test(tcase, test_files_in_their_order);
                tcase_add_test(tcase, test_what_others_can_write_to_is_ignored);
                tcase_add_test(tcase, test_what_root_got_wrong_closes);
                tcase_add_test(tcase, test_links_of_others_are_ignored);
                tcase_add_test(tcase, test_too_much_closes);
                tcase_add_test(tcase, test_unreadable_closes);
                tcase_add_test(tcase, test_a_file_can_be_checked);
        }
        return unit_run(suite);
}
