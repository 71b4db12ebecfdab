/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/utf8.h"
#include "daemon/policy/policy-parse.h"
#include "io/tunnel/proxy.h"

#define SECONDS_PER_HOUR 3600ULL
#define SECONDS_PER_DAY  (24 * SECONDS_PER_HOUR)

enum {
        HOST_SIZE_MAX = 253,
        LABEL_SIZE_MAX = 63,
        UUID_SIZE = 36,
        AGE_MAX = 10000,
        PROBLEM_SIZE = 512,
};

static const char host_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

static const char out_of_memory[] = "out of memory";

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* ---- words ---------------------------------------------------------------------------------- */

/* Labels of letters, digits and hyphens, in lower case, with one dot between them. */
static bool is_host(const char *text, size_t n) {
        size_t n_label = 0;

        if (n == 0 || n > HOST_SIZE_MAX)
                return false;
        for (size_t i = 0; i <= n; i++) {
                bool end = i == n || text[i] == '.';

                if (!end && (!strchr(host_letters, text[i]) || (text[i] == '-' && n_label == 0)))
                        return false;
                if (end && (n_label == 0 || n_label > LABEL_SIZE_MAX || text[i - 1] == '-'))
                        return false;
                n_label = end ? 0 : n_label + 1;
        }
        return true;
}

static bool is_pattern(const char *text, size_t n) {
        if (n == 1 && text[0] == '*')
                return true;
        if (n > 2 && strncmp(text, "*.", 2) == 0)
                return is_host(text + 2, n - 2);
        return is_host(text, n);
}

static bool is_uuid(const char *text, size_t n) {
        if (n != UUID_SIZE)
                return false;
        for (size_t i = 0; i < n; i++) {
                bool dash = i == 8 || i == 13 || i == 18 || i == 23;

                if (dash ? text[i] != '-' : !strchr("0123456789abcdef", text[i]))
                        return false;
        }
        return true;
}

/* What a proxy is not used for is the proxy code's to read; here it only has to be ASCII. */
static bool is_printable(const char *text, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (text[i] < '!' || text[i] > '~')
                        return false;
        return n > 0;
}

/* The next of the words that are separated by blanks, and its length; NULL after the last one. */
static const char *next_word(const char *value, size_t *ret_n) {
        static const char blanks[] = " \t";

        value += strspn(value, blanks);
        *ret_n = strcspn(value, blanks);
        return *ret_n > 0 ? value : NULL;
}

/* Adds words that were found to be good. Returns NULL, or what is wrong. */
static const char *add_words(PolicyList *list, const char *value, PolicyPlace place) {
        const char *word;
        size_t n;

        for (word = next_word(value, &n); word; word = next_word(word + n, &n))
                if (policy_add_word(list, word, n, place) < 0)
                        return out_of_memory;
        return NULL;
}

/* ---- keys ----------------------------------------------------------------------------------- */

/* The stricter answer counts, whichever file it stands in. */
static void answer(PolicySwitch *variable, PolicyAnswer given, PolicyAnswer strict,
                   PolicyPlace place) {
        if (variable->answer == POLICY_UNSAID || (given == strict && variable->answer != strict))
                *variable = (PolicySwitch){ given, place };
}

static const char *answer_words(PolicySwitch *variable, const char *value, const char *const *words,
                                PolicyAnswer strict, PolicyPlace place, const char *problem) {
        if (strcmp(value, words[0]) != 0 && strcmp(value, words[1]) != 0)
                return problem;
        answer(variable, strcmp(value, words[0]) == 0 ? POLICY_YES : POLICY_NO, strict, place);
        return NULL;
}

static const char *answer_yes_no(PolicySwitch *variable, const char *value, PolicyAnswer strict,
                                 PolicyPlace place) {
        static const char *const words[] = { "yes", "no" };

        return answer_words(variable, value, words, strict, place, "must be yes or no");
}

static const char *set_rp_allow(Policy *policy, const char *value, PolicyPlace place) {
        return add_words(&policy->rp_allow, value, place);
}

static const char *set_rp_deny(Policy *policy, const char *value, PolicyPlace place) {
        return add_words(&policy->rp_deny, value, place);
}

static const char *set_register_in_app(Policy *policy, const char *value, PolicyPlace place) {
        return add_words(&policy->register_in_app, value, place);
}

static const char *set_registration(Policy *policy, const char *value, PolicyPlace place) {
        return answer_yes_no(&policy->registration, value, POLICY_NO, place);
}

static const char *set_allow_aaguid(Policy *policy, const char *value, PolicyPlace place) {
        return add_words(&policy->allow_aaguid, value, place);
}

static const char *set_allow_domains(Policy *policy, const char *value, PolicyPlace place) {
        return add_words(&policy->allow_domains, value, place);
}

static const char *set_allow_hashed(Policy *policy, const char *value, PolicyPlace place) {
        return answer_yes_no(&policy->allow_hashed_domains, value, POLICY_NO, place);
}

/* Every user can read the file, so a password cannot be kept in it. */
static const char *set_proxy_url(Policy *policy, const char *value, PolicyPlace place) {
        static const char scheme[] = "http://";

        const char *problem;
        Proxy proxy = {};

        if (strncmp(value, scheme, strlen(scheme)) != 0 || strlen(value) == strlen(scheme) ||
            !is_printable(value, strlen(value)))
                return "must be like http://proxy.example.com:3128";
        if (strchr(value, '@'))
                return "must have no user name and password: every user can read this file";
        problem = proxy_parse(value, &proxy);
        proxy_done(&proxy);
        if (problem)
                return problem;
        if (policy->proxy_url.text)
                return "another file gives a proxy already";

        policy->proxy_url = (PolicyText){ strdup(value), place };
        return policy->proxy_url.text ? NULL : out_of_memory;
}

/* A file cannot make holes into the proxy of another one. */
static const char *set_no_proxy(Policy *policy, const char *value, PolicyPlace place) {
        if (!policy->proxy_url.text || policy->proxy_url.place.path != place.path)
                return "must stand after the url that it belongs to, in the same file";
        return add_words(&policy->no_proxy, value, place);
}

static const char *set_linking_allowed(Policy *policy, const char *value, PolicyPlace place) {
        return answer_yes_no(&policy->linking_allowed, value, POLICY_NO, place);
}

static const char *set_max_age(Policy *policy, const char *value, PolicyPlace place) {
        unsigned long number;
        uint64_t seconds;
        char *end;

        errno = 0;
        number = strtoul(value, &end, 10);
        if (value[0] < '0' || value[0] > '9' || errno != 0 || number == 0 || number > AGE_MAX ||
            (strcmp(end, "d") != 0 && strcmp(end, "h") != 0))
                return "must be a number of days or hours such as 90d or 12h, at most 10000";

        seconds = number * (*end == 'd' ? SECONDS_PER_DAY : SECONDS_PER_HOUR);
        if (policy->link_max_age.seconds == 0 || seconds < policy->link_max_age.seconds)
                policy->link_max_age = (PolicyAge){ seconds, place };
        return NULL;
}

static const char *set_unknown_callers(Policy *policy, const char *value, PolicyPlace place) {
        static const char *const words[] = { "ask", "refuse" };

        return answer_words(&policy->ask_unknown_callers, value, words, POLICY_NO, place,
                            "must be refuse or ask");
}

static const char *set_enterprise_rps(Policy *policy, const char *value, PolicyPlace place) {
        return add_words(&policy->enterprise_rps, value, place);
}

static const char *set_audit(Policy *policy, const char *value, PolicyPlace place) {
        return answer_yes_no(&policy->audit, value, POLICY_YES, place);
}

/* What the words of a list are to be. */
typedef struct Kind {
        bool (*is_good)(const char *text, size_t n);
        const char *must; /* goes on after a word that is not */
} Kind;

static const Kind patterns = {
        is_pattern,
        "must be a host in lower case such as login.example.com, or *.example.com for all below "
        "it; international names as xn--...",
};
static const Kind aaguids = {
        is_uuid,
        "must be an AAGUID in lower case such as ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4",
};
static const Kind tunnels = {
        is_host,
        "must be a host in lower case such as cable.ua5v.com, without *",
};
static const Kind rp_ids = {
        is_host,
        "must be an RP ID in lower case such as login.example.com, without *",
};
static const Kind printable = { is_printable, "must be a host" };

typedef struct Key {
        const char *section;
        const char *name;
        const Kind *list; /* may go on in several lines; NULL: one value, once in a file */
        /* Returns NULL, or what is wrong with the value. */
        const char *(*set)(Policy *policy, const char *value, PolicyPlace place);
} Key;

static const Key keys[] = {
        { "rp", "allow", &patterns, set_rp_allow },
        { "rp", "deny", &patterns, set_rp_deny },
        { "rp", "register-in-app", &patterns, set_register_in_app },
        { "rp", "registration", NULL, set_registration },
        { "authenticators", "allow-aaguid", &aaguids, set_allow_aaguid },
        { "tunnel", "allow-domains", &tunnels, set_allow_domains },
        { "tunnel", "allow-hashed-domains", NULL, set_allow_hashed },
        { "proxy", "url", NULL, set_proxy_url },
        { "proxy", "no-proxy", &printable, set_no_proxy },
        { "linking", "allowed", NULL, set_linking_allowed },
        { "linking", "max-age", NULL, set_max_age },
        { "callers", "unknown", NULL, set_unknown_callers },
        { "enterprise-attestation", "rp-ids", &rp_ids, set_enterprise_rps },
        { "audit", "enabled", NULL, set_audit },
};

/* ---- lines ---------------------------------------------------------------------------------- */

/* One file while it is read. */
typedef struct Reader {
        Policy *policy;
        const char *path;
        const char *text, *end; /* what is left of it */
        unsigned line;          /* that was handed out last */
        bool seen[ELEMENTSOF(keys)];
        size_t n_problems;
        int r; /* -ENOMEM once there was no memory */
} Reader;

static void add_problem(Reader *reader, unsigned line, const char *text) {
        int r;

        if (reader->n_problems++ >= N_POLICY_PROBLEMS_MAX)
                return;
        r = policy_add_problem(reader->policy, (PolicyPlace){ reader->path, line }, text);
        if (r < 0)
                reader->r = r;
}

static bool is_section(const char *name, size_t n) {
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (strlen(keys[i].section) == n && memcmp(keys[i].section, name, n) == 0)
                        return true;
        return false;
}

static const Key *find_key(const char *section, const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0)
                        return &keys[i];
        return NULL;
}

static const char *set_key(Reader *reader, const Key *key, const char *value) {
        PolicyPlace place = { reader->path, reader->line };
        bool *seen = &reader->seen[key - keys];
        const char *problem;

        if (*seen && !key->list)
                return "is given twice";
        *seen = true;
        problem = key->set(reader->policy, value, place);
        if (problem == out_of_memory)
                reader->r = -ENOMEM;
        return problem;
}

static void add_problem_of_key(Reader *reader, const char *section, const char *name,
                               const char *problem) {
        char text[PROBLEM_SIZE];

        snprintf(text, sizeof(text), "[%s] %s: %s", section, name, problem);
        add_problem(reader, reader->line, text);
}

/* Whether all words are good, of which there has to be one. */
static bool check_words(Reader *reader, const Key *key, const char *value) {
        const char *word;
        char text[PROBLEM_SIZE];
        size_t n;

        word = next_word(value, &n);
        if (!word) {
                add_problem_of_key(reader, key->section, key->name,
                                   "is empty; leave it out, or give a value");
                return false;
        }
        for (; word; word = next_word(word + n, &n))
                if (!key->list->is_good(word, n)) {
                        snprintf(text, sizeof(text), "\"%.*s\" %s", (int)n, word, key->list->must);
                        add_problem_of_key(reader, key->section, key->name, text);
                        return false;
                }
        return true;
}

/* What inih calls for each line. It knows the number of the first wrong line only; we know all. */
static int on_key(void *userdata, const char *section, const char *name, const char *value) {
        Reader *reader = userdata;
        const Key *key = find_key(section, name);
        const char *problem;

        if (key && key->list && !check_words(reader, key, value))
                return 1;
        problem = key ? set_key(reader, key, value) : "there is no such key";
        if (problem)
                add_problem_of_key(reader, section, name, problem);
        return 1;
}

/* The next line without its end, of which *ret_n says how long it is. NULL: there is none. */
static const char *next_line(Reader *reader, size_t *ret_n) {
        const char *line = reader->text, *newline;

        if (line == reader->end)
                return NULL;
        newline = memchr(line, '\n', (size_t)(reader->end - line));
        *ret_n = (size_t)((newline ? newline : reader->end) - line);
        reader->text = newline ? newline + 1 : reader->end;
        reader->line++;
        return line;
}

/* As fgets() does it, for inih. */
static char *read_line(char *ret, int size, void *userdata) {
        const char *line;
        size_t n;

        line = next_line(userdata, &n);
        if (!line || size <= 0)
                return NULL;
        if (n > (size_t)size - 1)
                n = (size_t)size - 1; /* it is known to be too long */
        memcpy(ret, line, n);
        ret[n] = '\0';
        return ret;
}

/* UTF-8 without what inih takes for a blank but nobody sees. Lines may end as on Windows. */
static bool is_text(const char *line, size_t n) {
        for (size_t i = 0; i < n; i++)
                if ((unsigned char)line[i] < ' ' && line[i] != '\t' &&
                    (line[i] != '\r' || i + 1 < n))
                        return false;
        return utf8_is_valid(line, n);
}

/* What is wrong with the line of a section. inih passes over what stands behind the bracket, were it
 * a rule; and over sections that have nothing in them. */
static const char *check_section(const char *line, size_t n) {
        const char *bracket, *end = line + n;

        while (line < end && (*line == ' ' || *line == '\t'))
                line++;
        if (line == end || *line != '[')
                return NULL;
        bracket = memchr(line, ']', (size_t)(end - line));
        if (!bracket)
                return NULL; /* inih complains */
        if (!is_section(line + 1, (size_t)(bracket - line - 1)))
                return "there is no such section";
        for (line = bracket + 1; line < end && *line != ';' && *line != '#'; line++)
                if (!strchr(" \t\r", *line))
                        return "has more than a section; what belongs to it stands in lines of its "
                               "own";
        return NULL;
}

/* What inih would not complain about. */
static void check_lines(Reader *reader) {
        Reader lines = *reader;
        const char *line, *problem;
        size_t n;

        while ((line = next_line(&lines, &n))) {
                if (!is_text(line, n))
                        add_problem(reader, lines.line, "is not text in UTF-8");
                else if (n > POLICY_LINE_SIZE_MAX)
                        add_problem(reader, lines.line, "is longer than 199 characters; use two");
                else if ((problem = check_section(line, n)))
                        add_problem(reader, lines.line, problem);
        }
}

static int by_line(const void *a, const void *b) {
        unsigned one = ((const PolicyProblem *)a)->place.line;
        unsigned other = ((const PolicyProblem *)b)->place.line;

        return (one > other) - (one < other);
}

int policy_parse(Policy *policy, const char *path, const char *text, size_t n) {
        Reader reader = { .policy = policy, .text = text, .end = text + n };
        size_t n_before = policy->n_problems;
        int line, r;

        r = policy_add_file(policy, path, NULL, &reader.path);
        if (r < 0)
                return r;
        if (n > POLICY_TEXT_SIZE_MAX) {
                add_problem(&reader, 0, "is larger than 64 KiB");
                return reader.r;
        }

        if (n >= strlen(byte_order_mark) &&
            memcmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
                reader.text += strlen(byte_order_mark);
        check_lines(&reader);
        if (reader.n_problems > 0 || reader.r < 0)
                return reader.r;

        line = ini_parse_stream(read_line, &reader, on_key, &reader);
        if (line > 0)
                add_problem(&reader, (unsigned)line, "is neither a section nor name = value");
        else if (line < 0)
                reader.r = -ENOMEM;
        if (policy->n_problems > n_before)
                qsort(policy->problems + n_before, policy->n_problems - n_before,
                      sizeof(PolicyProblem), by_line);
        return reader.r;
}
