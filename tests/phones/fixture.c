/* SPDX-License-Identifier: MIT */

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "unit.h"

void fixture_record(unsigned number, unsigned version, PhoneRecord *ret) {
        *ret = (PhoneRecord){
                .linked_at = 1700000000 + number,
                .last_used = version,
                .renamed = version % 2 == 1,
                .tunnel_host = "cable.ua5v.com",
                .n_link = 600 + version % 600,
        };
        snprintf(ret->id, sizeof(ret->id), "%032X", number);
        snprintf(ret->name, sizeof(ret->name), "Phone %u of version %u", number, version);
        for (size_t i = 0; i < ret->n_link; i++)
                ret->link[i] = (uint8_t)(i * 31 + number * 7 + version);
        for (unsigned i = 0; i < version % (PHONE_N_SITES_MAX + 1); i++) {
                snprintf(ret->sites[i].rp_id, sizeof(ret->sites[i].rp_id), "site%u.example", i);
                ret->sites[i].used_at = version + i;
                ret->n_sites++;
        }
}

unsigned fixture_check(const PhoneRecord *record) {
        unsigned number, version;
        PhoneRecord expected;
        int n;

        n = sscanf(record->name, "Phone %u of version %u", &number, &version);
        ck_assert_int_eq(n, 2);
        fixture_record(number, version, &expected);
        assert_bytes_eq(record, sizeof(*record), &expected, sizeof(expected));
        return version;
}

char *fixture_folder_new(void) {
        char path[] = "/tmp/test-phones-XXXXXX";

        ck_assert_ptr_nonnull(mkdtemp(path));
        return strdup(path);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *info) {
        return remove(path);
}

void fixture_folder_end(char *folder) {
        ck_assert_int_eq(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
        free(folder);
}
