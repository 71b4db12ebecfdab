/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "daemon/policy/policy.h"

/* ---- how it is filled ----------------------------------------------------------------------- */

/* Paths and wrong values can have any bytes; they go to people, to the bus and into logs. */
static void make_printable(char *text) {
        for (char *p = text; *p; p++)
                if (*p < ' ' || *p > '~')
                        *p = '?';
}

static char *copy_printable(const char *text) {
        char *copy = strdup(text);

        if (copy)
                make_printable(copy);
        return copy;
}

/* Room for one more at the end of an array; the array may move. NULL if there is no memory. */
static void *grow(void *array, size_t n, size_t size) {
        return reallocarray(array, n + 1, size);
}

int policy_add_file(Policy *policy, const char *path, const char *ignored, const char **ret_path) {
        PolicyFile file = { .path = copy_printable(path) }, *files;

        if (ignored)
                file.ignored = copy_printable(ignored);
        files = grow(policy->files, policy->n_files, sizeof(*files));
        if (files)
                policy->files = files;
        if (!files || !file.path || (ignored && !file.ignored)) {
                free(file.path);
                free(file.ignored);
                return -ENOMEM;
        }

        files[policy->n_files++] = file;
        if (ret_path)
                *ret_path = file.path;
        return 0;
}

int policy_add_problem(Policy *policy, PolicyPlace place, const char *text) {
        PolicyProblem problem = { place, copy_printable(text) }, *problems;

        problems = grow(policy->problems, policy->n_problems, sizeof(*problems));
        if (problems)
                policy->problems = problems;
        if (!problems || !problem.text) {
                free(problem.text);
                return -ENOMEM;
        }

        problems[policy->n_problems++] = problem;
        return 0;
}

int policy_add_word(PolicyList *list, const char *text, size_t n, PolicyPlace place) {
        PolicyWord word = { strndup(text, n), place }, *words;

        words = grow(list->words, list->n, sizeof(*words));
        if (words)
                list->words = words;
        if (!words || !word.text) {
                free(word.text);
                return -ENOMEM;
        }

        words[list->n++] = word;
        return 0;
}

static void list_done(PolicyList *list) {
        for (size_t i = 0; i < list->n; i++)
                free(list->words[i].text);
        free(list->words);
}

void policy_done(Policy *policy) {
        list_done(&policy->rp_allow);
        list_done(&policy->rp_deny);
        list_done(&policy->register_in_app);
        list_done(&policy->allow_aaguid);
        list_done(&policy->allow_domains);
        list_done(&policy->no_proxy);
        list_done(&policy->enterprise_rps);
        free(policy->proxy_url.text);
        for (size_t i = 0; i < policy->n_problems; i++)
                free(policy->problems[i].text);
        free(policy->problems);
        for (size_t i = 0; i < policy->n_files; i++) {
                free(policy->files[i].path);
                free(policy->files[i].ignored);
        }
        free(policy->files);
        *policy = (Policy){};
}

/* ---- what follows from it ------------------------------------------------------------------- */

static bool matches(const char *pattern, const char *host) {
        size_t n_pattern, n_host = strlen(host);

        if (strcmp(pattern, "*") == 0)
                return true;
        if (pattern[0] != '*')
                return strcmp(pattern, host) == 0;

        pattern++; /* ".domain": something has to stand before it */
        n_pattern = strlen(pattern);
        return n_host > n_pattern && strcmp(host + n_host - n_pattern, pattern) == 0;
}

const PolicyWord *policy_find_host(const PolicyList *list, const char *host) {
        for (size_t i = 0; i < list->n; i++)
                if (matches(list->words[i].text, host))
                        return &list->words[i];
        return NULL;
}

static bool _printf_(2, 3)
        refuse(char ret_reason[static POLICY_REASON_SIZE], const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(ret_reason, POLICY_REASON_SIZE, format, arguments);
        va_end(arguments);
        make_printable(ret_reason);
        return false;
}

static bool allows_rp(const Policy *policy, const char *rp_id,
                      char ret_reason[static POLICY_REASON_SIZE]) {
        const PolicyWord *denied = policy_find_host(&policy->rp_deny, rp_id);
        char place[POLICY_PLACE_SIZE];

        if (denied) {
                policy_place_text(denied->place, place);
                return refuse(ret_reason,
                              "The administrator of this computer does not allow passkeys for %s: "
                              "[rp] deny has %s (%s).",
                              rp_id, denied->text, place);
        }
        if (policy->rp_allow.n > 0 && !policy_find_host(&policy->rp_allow, rp_id)) {
                policy_place_text(policy_list_place(&policy->rp_allow), place);
                return refuse(ret_reason,
                              "The administrator of this computer does not allow passkeys for %s: "
                              "it is not in the list [rp] allow (%s).",
                              rp_id, place);
        }
        return true;
}

bool policy_allows(const Policy *policy, HybridOperation operation, const char *rp_id,
                   char ret_reason[static POLICY_REASON_SIZE]) {
        char place[POLICY_PLACE_SIZE];

        if (policy->n_problems > 0) {
                policy_place_text(policy->problems[0].place, place);
                return refuse(ret_reason,
                              "The administrator's policy is broken, so that nothing is allowed: "
                              "%s: %s. Only an administrator can mend this; hybridctl policy show "
                              "tells more.",
                              place, policy->problems[0].text);
        }
        if (!allows_rp(policy, rp_id, ret_reason))
                return false;
        if (operation == HYBRID_CREATE && policy->registration.answer == POLICY_NO) {
                policy_place_text(policy->registration.place, place);
                return refuse(ret_reason,
                              "The administrator of this computer does not allow passkeys to be "
                              "made from here: [rp] registration is no (%s). Signing in with those "
                              "that exist is allowed.",
                              place);
        }
        return true;
}

bool policy_registers_in_app(const Policy *policy, HybridOperation operation, const char *rp_id) {
        return operation == HYBRID_CREATE && policy_find_host(&policy->register_in_app, rp_id);
}

bool policy_wants_audit(const Policy *policy) {
        return policy->n_problems > 0 || policy->audit.answer != POLICY_NO;
}

bool policy_refuses_unknown_callers(const Policy *policy) {
        return policy->n_problems > 0 || policy->ask_unknown_callers.answer == POLICY_NO;
}

bool policy_allows_linking(const Policy *policy, uint64_t *ret_max_age_seconds) {
        *ret_max_age_seconds = policy->link_max_age.seconds;
        return policy->n_problems == 0 && policy->linking_allowed.answer != POLICY_NO;
}

/* ---- texts ---------------------------------------------------------------------------------- */

char *policy_list_text(const PolicyList *list) {
        size_t size = 1;
        char *text, *p;

        for (size_t i = 0; i < list->n; i++)
                size += strlen(list->words[i].text) + 1;
        text = p = malloc(size);
        if (!text)
                return NULL;

        *p = '\0';
        for (size_t i = 0; i < list->n; i++) {
                if (i > 0)
                        *p++ = ' ';
                p = stpcpy(p, list->words[i].text);
        }
        return text;
}

void policy_place_text(PolicyPlace place, char ret[static POLICY_PLACE_SIZE]) {
        if (!place.path)
                ret[0] = '\0';
        else if (place.line == 0)
                snprintf(ret, POLICY_PLACE_SIZE, "%s", place.path);
        else
                snprintf(ret, POLICY_PLACE_SIZE, "%s:%u", place.path, place.line);
}

PolicyPlace policy_list_place(const PolicyList *list) {
        return list->n > 0 ? list->words[0].place : (PolicyPlace){};
}

/* ---- what has been told already ------------------------------------------------------------- */

static bool same_text(const char *a, const char *b) {
        return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_place(PolicyPlace a, PolicyPlace b) {
        return same_text(a.path, b.path) && a.line == b.line;
}

bool policy_same_findings(const Policy *a, const Policy *b) {
        if (a->n_files != b->n_files || a->n_problems != b->n_problems)
                return false;
        for (size_t i = 0; i < a->n_files; i++)
                if (!same_text(a->files[i].path, b->files[i].path) ||
                    !same_text(a->files[i].ignored, b->files[i].ignored))
                        return false;
        for (size_t i = 0; i < a->n_problems; i++)
                if (!same_place(a->problems[i].place, b->problems[i].place) ||
                    !same_text(a->problems[i].text, b->problems[i].text))
                        return false;
        return true;
}
