/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "ceremony/aaguid-name.h"

/* Those that phones have; what is said of computers and security keys does not come this way. */
static const struct {
        const char *aaguid;
        const char *name;
} names[] = {
        { "0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6", "Keeper" },
        { "17290f1e-c212-34d0-1423-365d729f09d9", "Thales PIN (iOS)" },
        { "50726f74-6f6e-5061-7373-50726f746f6e", "Proton Pass" },
        { "531126d6-e717-415c-9320-3d9aa6981239", "Dashlane" },
        { "53414d53-554e-4700-0000-000000000000", "Samsung Pass" },
        { "5b7e1d34-3c0f-4f63-9d0a-687962726964", "hybrid-phone (virtual phone)" },
        { "66a0ccb3-bd6a-191f-ee06-e375c50b9846", "Thales Bio (iOS)" },
        { "8836336a-f590-0921-301d-46427531eee6", "Thales Bio (Android)" },
        { "90a3ccdf-635c-4729-a248-9b709135078f", "Microsoft Authenticator (iOS)" },
        { "a10c6dd9-465e-4226-8198-c7c44b91c555", "Kaspersky Password Manager" },
        { "b35a26b2-8f6e-4697-ab1d-d44db4da28c6", "Zoho Vault" },
        { "b78a0a55-6ef8-d246-a042-ba0f6d55050c", "LastPass" },
        { "b84e4048-15dc-4dd0-8640-f4f60813c8af", "NordPass" },
        { "bada5566-a7aa-401f-bd96-45619a55120d", "1Password" },
        { "cd69adb5-3c7a-deb9-3177-6800ea6cb72a", "Thales PIN (Android)" },
        { "d548826e-79b4-db40-a3d8-11116f7e8349", "Bitwarden" },
        { "dd4ec289-e01d-41c9-bb89-70fa845d4bf2", "Apple Passwords (managed)" },
        { "de1e552d-db1d-4423-a619-566b625cdc84", "Microsoft Authenticator (Android)" },
        { "de503f9c-21a4-4f76-b4b7-558eb55c6f89", "Devolutions" },
        { "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "Google Password Manager" },
        { "eaecdef2-1c31-5634-8639-f1cbd9c00a08", "KeePassDX" },
        { "f3809540-7f14-49c1-a8b3-8f813b225541", "Enpass" },
        { "fa37f553-f9b6-4adb-ac53-8bbb57ebdf0d", "Norton Password Manager" },
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

const char *aaguid_text_name(const char *text) {
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcmp(names[i].aaguid, text) == 0)
                        return names[i].name;
        return "";
}

const char *aaguid_name(const uint8_t aaguid[static HYBRID_AAGUID_SIZE]) {
        char text[AAGUID_TEXT_SIZE];

        aaguid_text(aaguid, text);
        return aaguid_text_name(text);
}
