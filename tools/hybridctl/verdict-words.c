/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "verdict-words.h"
#include "wire/auth-data.h"

/* Marks a text for the translators. */
#define N_(text) text

enum {
        FLAGS_WORDS_SIZE = 32,
};

/* As WebAuthn names them, such as " UP UV". */
static void flags_words(uint8_t flags, char ret[static FLAGS_WORDS_SIZE]) {
        static const struct {
                uint8_t flag;
                const char *name;
        } names[] = {
                { AUTH_DATA_UP, " UP" }, { AUTH_DATA_UV, " UV" }, { AUTH_DATA_BE, " BE" },
                { AUTH_DATA_BS, " BS" }, { AUTH_DATA_AT, " AT" }, { AUTH_DATA_ED, " ED" },
        };
        char *p = ret;

        *p = '\0';
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (flags & names[i].flag)
                        p = stpcpy(p, names[i].name);
}

static const char *attestation_words(Attestation attestation) {
        switch (attestation) {
        case ATTESTATION_NONE:
                return "no attestation";
        case ATTESTATION_SELF:
                return "self attestation";
        case ATTESTATION_UNCHECKED:
                return "but not the maker's attestation";
        }
        return "";
}

void verdict_words(const Verdict *verdict, HybridOperation operation,
                   char ret[static VERDICT_WORDS_SIZE]) {
        char flags[FLAGS_WORDS_SIZE];

        flags_words(verdict->flags, flags);
        if (operation == HYBRID_CREATE)
                snprintf(ret, VERDICT_WORDS_SIZE,
                         "challenge, origin, RP ID hash, flags%s, credential id, key ES256, %s",
                         flags, attestation_words(verdict->attestation));
        else
                snprintf(ret, VERDICT_WORDS_SIZE,
                         "challenge, origin, RP ID hash, flags%s, credential id%s", flags,
                         verdict->signature_checked ? ", user, signature, counter" : "");
}

const char *verdict_prf_words(const Verdict *verdict) {
        if (verdict->prf_results)
                return N_("PRF: results came.");
        if (verdict->prf_enabled)
                return N_("PRF: the phone can do it; results come with the next sign-in.");
        return N_("PRF: the phone cannot do it.");
}
