/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macro.h"
#include "policy-rules.h"

#define SECONDS_PER_HOUR 3600

/* A list, or an answer and its words. */
typedef struct Source {
        const char *section;
        const char *key;
        const PolicyList *list;
        const PolicySwitch *answer;
        const char *yes, *no;
} Source;

static void add(PolicyRules *rules, const char *section, const char *key, const char *value,
                PolicyPlace place) {
        rules->rules[rules->n++] = (PolicyRule){
                .section = section,
                .key = key,
                .value = value,
                .place = place,
        };
}

static void add_source(PolicyRules *rules, const Source *source) {
        if (source->list)
                for (size_t i = 0; i < source->list->n; i++)
                        add(rules, source->section, source->key, source->list->words[i].text,
                            source->list->words[i].place);
        else if (source->answer->answer != POLICY_UNSAID)
                add(rules, source->section, source->key,
                    source->answer->answer == POLICY_YES ? source->yes : source->no,
                    source->answer->place);
}

static void add_age(PolicyRules *rules, const PolicyAge *age) {
        PolicyRule *rule = &rules->rules[rules->n];

        if (age->seconds == 0)
                return;
        add(rules, "linking", "max-age", NULL, age->place);
        snprintf(rule->text, sizeof(rule->text), "%" PRIu64 "h", age->seconds / SECONDS_PER_HOUR);
        rule->value = rule->text;
}

int policy_rules_init(PolicyRules *rules, const Policy *policy) {
        const Source sources[] = {
                { "rp", "allow", &policy->rp_allow },
                { "rp", "deny", &policy->rp_deny },
                { "rp", "register-in-app", &policy->register_in_app },
                { "rp", "registration", NULL, &policy->registration, "yes", "no" },
                { "authenticators", "allow-aaguid", &policy->allow_aaguid },
                { "tunnel", "allow-domains", &policy->allow_domains },
                { "tunnel", "allow-hashed-domains", NULL, &policy->allow_hashed_domains, "yes",
                  "no" },
                { "proxy", "no-proxy", &policy->no_proxy },
                { "linking", "allowed", NULL, &policy->linking_allowed, "yes", "no" },
                { "callers", "unknown", NULL, &policy->ask_unknown_callers, "ask", "refuse" },
                { "enterprise-attestation", "rp-ids", &policy->enterprise_rps },
                { "audit", "enabled", NULL, &policy->audit, "yes", "no" },
        };
        size_t n_max = ELEMENTSOF(sources) + 2; /* and the proxy and the age */

        for (size_t i = 0; i < ELEMENTSOF(sources); i++)
                n_max += sources[i].list ? sources[i].list->n : 0;
        *rules = (PolicyRules){ .rules = calloc(n_max, sizeof(PolicyRule)) };
        if (!rules->rules)
                return -ENOMEM;

        for (size_t i = 0; i < ELEMENTSOF(sources); i++)
                add_source(rules, &sources[i]);
        if (policy->proxy_url.text)
                add(rules, "proxy", "url", policy->proxy_url.text, policy->proxy_url.place);
        add_age(rules, &policy->link_max_age);
        return 0;
}

void policy_rules_done(PolicyRules *rules) {
        free(rules->rules);
        *rules = (PolicyRules){};
}
