/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the administrator of a computer allows, and what follows from it. Pure: policy-parse.h fills
 * it in from the text of files, policy-file.h finds these.
 *
 * Several files make one policy, and none can take back what another forbids:
 *
 *         lists of what is allowed add up; a list that nobody gives allows all
 *         lists of what is denied add up, and win over what is allowed
 *         of two answers the stricter one counts, of two ages the shorter one
 *         a proxy is given once
 *
 * A policy with a problem allows nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hybrid.h"

enum {
        POLICY_REASON_SIZE = 1024,
        POLICY_PLACE_SIZE = 512,
};

/** Where something stands. */
typedef struct PolicyPlace {
        const char *path; /* borrowed from the policy's files */
        unsigned line;    /* 0: the file as a whole */
} PolicyPlace;

typedef struct PolicyWord {
        char *text;
        PolicyPlace place;
} PolicyWord;

typedef struct PolicyList {
        PolicyWord *words;
        size_t n;
} PolicyList;

typedef enum PolicyAnswer {
        POLICY_UNSAID,
        POLICY_NO,
        POLICY_YES,
} PolicyAnswer;

typedef struct PolicySwitch {
        PolicyAnswer answer;
        PolicyPlace place;
} PolicySwitch;

typedef struct PolicyText {
        char *text; /* NULL: unsaid */
        PolicyPlace place;
} PolicyText;

typedef struct PolicyAge {
        uint64_t seconds; /* 0: unsaid */
        PolicyPlace place;
} PolicyAge;

typedef struct PolicyFile {
        char *path;    /* in printable ASCII */
        char *ignored; /* why it does not count; NULL: it does */
} PolicyFile;

typedef struct PolicyProblem {
        PolicyPlace place;
        char *text; /* in printable ASCII */
} PolicyProblem;

/** Begins as zeros. */
typedef struct Policy {
        PolicyFile *files;
        size_t n_files;
        PolicyProblem *problems; /* if there is one, nothing is allowed */
        size_t n_problems;

        /* [rp] */
        PolicyList rp_allow;
        PolicyList rp_deny;
        PolicyList register_in_app;
        PolicySwitch registration;

        /* [authenticators] */
        PolicyList allow_aaguid;

        /* [tunnel] */
        PolicyList allow_domains;
        PolicySwitch allow_hashed_domains;

        /* [proxy] */
        PolicyText proxy_url;
        PolicyList no_proxy;

        /* [linking] */
        PolicySwitch linking_allowed;
        PolicyAge link_max_age;

        /* [callers] */
        PolicySwitch ask_unknown_callers; /* unknown=ask is YES, unknown=refuse is NO */

        /* [enterprise-attestation] */
        PolicyList enterprise_rps;

        /* [audit] */
        PolicySwitch audit;
} Policy;

void policy_done(Policy *policy);

/* ---- how it is filled ----------------------------------------------------------------------- */

/**
 * Enters a file. @ignored says why it does not count, or is NULL. *ret_path is what places in it are
 * to be called by. 0 or -ENOMEM.
 */
int policy_add_file(Policy *policy, const char *path, const char *ignored, const char **ret_path);

/** Something is wrong: from here on the policy allows nothing. 0 or -ENOMEM. */
int policy_add_problem(Policy *policy, PolicyPlace place, const char *text);

/** 0 or -ENOMEM. The text is copied. */
int policy_add_word(PolicyList *list, const char *text, size_t n, PolicyPlace place);

/* ---- what follows from it ------------------------------------------------------------------- */

/**
 * Whether a request may go on. If not, @ret_reason is told to the person: a sentence or two in
 * printable ASCII that names what forbids it, and where that stands.
 */
bool policy_allows(const Policy *policy, HybridOperation operation, const char *rp_id,
                   char ret_reason[static POLICY_REASON_SIZE]);

/**
 * Whether a list of patterns has the host: as it is, or below the domain of "*.domain"; "*" is every
 * host. Returns the word, or NULL.
 */
const PolicyWord *policy_find_host(const PolicyList *list, const char *host);

/** Whether passkeys for this site are to be made in the app on the phone: with attestation, which
 *  cannot be had across devices. */
bool policy_registers_in_app(const Policy *policy, HybridOperation operation, const char *rp_id);

/** Whether the end of requests is written down. Yes, unless a policy without problems says no. */
bool policy_wants_audit(const Policy *policy);

/** Whether programs that are not listed are refused, whatever the settings say. */
bool policy_refuses_unknown_callers(const Policy *policy);

/** Whether phones may be linked, and for how many seconds a link is good (0: for ever). */
bool policy_allows_linking(const Policy *policy, uint64_t *ret_max_age_seconds);

/** The words of a list, separated by blanks. The caller's; NULL if there is no memory. */
char *policy_list_text(const PolicyList *list);

/** "/etc/hybridd/policy.conf:3", "/etc/hybridd/policy.conf" or "". */
void policy_place_text(PolicyPlace place, char ret[static POLICY_PLACE_SIZE]);

/** Where a list begins, or nowhere. */
PolicyPlace policy_list_place(const PolicyList *list);

/** Whether files and problems are those of another policy, so that nothing new is to be told. */
bool policy_same_findings(const Policy *a, const Policy *b);
