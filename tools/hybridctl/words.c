/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "base/macro.h"
#include "words.h"

/* One line each, even in a terminal of 80 columns. */
static const struct {
        const char *state;
        const char *create;
        const char *get;
} words[] = {
        { "preflight", "Getting ready.", "Getting ready." },
        { "contacting-phone", "Asking your phone. Look at it, and keep it near.",
          "Asking your phone. Look at it, and keep it near." },
        { "bluetooth-off", "Bluetooth is off. Turn it on: it shows that your phone is near.",
          "Bluetooth is off. Turn it on: it shows that your phone is near." },
        { "waiting-for-scan",
          "Scan the code with the phone that is to hold it. Bluetooth must be on.",
          "Scan the code with the phone that has your passkey. Bluetooth must be on." },
        { "connecting", "Connecting to your phone.", "Connecting to your phone." },
        { "continue-on-phone", "Go on with your phone: it asks before it makes a passkey.",
          "Go on with your phone: it asks before it signs you in." },
};

const char *words_of_state(const char *state, HybridOperation operation) {
        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strcmp(words[i].state, state) == 0)
                        return operation == HYBRID_CREATE ? words[i].create : words[i].get;
        return NULL;
}

const char *words_of_operation(HybridOperation operation) {
        return operation == HYBRID_CREATE ? "Create a passkey for" : "Sign in to";
}
