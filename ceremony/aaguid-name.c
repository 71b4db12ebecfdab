/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "ceremony/aaguid-name.h"

static const struct {
        const char *aaguid;
        const char *name;
} names[] = {
        { "53414d53-554e-4700-0000-000000000000", "Samsung Pass" },
        { "5b7e1d34-3c0f-4f63-9d0a-687962726964", "hybrid-phone (virtual phone)" },
        { "90a3ccdf-635c-4729-a248-9b709135078f", "Microsoft Authenticator (iOS)" },
        { "bada5566-a7aa-401f-bd96-45619a55120d", "1Password" },
        { "d548826e-79b4-db40-a3d8-11116f7e8349", "Bitwarden" },
        { "de1e552d-db1d-4423-a619-566b625cdc84", "Microsoft Authenticator (Android)" },
        { "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "Google Password Manager" },
        { "fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "Apple Passwords" },
};

void aaguid_text(const uint8_t aaguid[static HYBRID_AAGUID_SIZE],
                 char ret[static AAGUID_TEXT_SIZE]) {
        static const size_t dashes_before[] = { 4, 6, 8, 10 };
        size_t n_dashes = 0;
        char *p = ret;

        for (size_t i = 0; i < HYBRID_AAGUID_SIZE; i++) {
                if (n_dashes < ELEMENTSOF(dashes_before) && dashes_before[n_dashes] == i) {
                        *p++ = '-';
                        n_dashes++;
                }
                p += sprintf(p, "%02x", aaguid[i]);
        }
}

const char *aaguid_name(const uint8_t aaguid[static HYBRID_AAGUID_SIZE]) {
        char text[AAGUID_TEXT_SIZE];

        aaguid_text(aaguid, text);
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcmp(names[i].aaguid, text) == 0)
                        return names[i].name;
        return "";
}
