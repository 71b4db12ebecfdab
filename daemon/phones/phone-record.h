/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A linked phone as it is kept, and as the text of its file. What a phone has said of itself is in
 * `link`, which only a ceremony reads. The text is versioned, and ends with a check sum, so that a
 * file of which a part is missing or changed is none:
 *
 *         hybridd-phone 1
 *         name Pixel
 *         renamed no
 *         linked-at 1700000000
 *         last-used 1700003600
 *         tunnel cable.ua5v.com
 *         site 1700003600 example.com
 *         link A601…
 *         crc32 0123ABCD
 *
 * Lines that a later version adds are skipped. Bytes in, bytes out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "daemon/phones/phone-name.h"
#include "hybrid.h"

enum {
        PHONE_ID_SIZE = 33, /* 32 hexadecimal digits in upper case, and NUL */
        PHONE_SITE_SIZE = 254,
        PHONE_N_SITES_MAX = 16,
        PHONE_TEXT_SIZE_MAX = 8 * 1024, /* of a file */
        PHONE_ITEM_SIZE_MAX = PHONE_ID_SIZE + PHONE_TEXT_SIZE_MAX,
};

/** A site that the phone was used for. */
typedef struct PhoneSite {
        char rp_id[PHONE_SITE_SIZE];
        uint64_t used_at;
} PhoneSite;

/** Times are seconds since 1970; 0: never. A secret as a whole. */
typedef struct PhoneRecord {
        char id[PHONE_ID_SIZE]; /* not in the text: it is the file's name */
        char name[PHONE_NAME_SIZE];
        bool renamed; /* the name is its person's, and stays when it is linked again */
        uint64_t linked_at;
        uint64_t last_used;
        char tunnel_host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        PhoneSite sites[PHONE_N_SITES_MAX]; /* that used last comes first */
        size_t n_sites;
        uint8_t link[HYBRID_LINK_RECORD_SIZE_MAX];
        size_t n_link;
} PhoneRecord;

/** Erases it. */
void phone_record_done(PhoneRecord *record);

bool phone_id_is_good(const char *id);

/** Whether it could be a file: each member is as the text can hold it. */
bool phone_record_is_good(const PhoneRecord *record);

/** Writes a good record: returns the text's length. The text is a secret. */
size_t phone_record_encode(const PhoneRecord *record, char ret[static PHONE_TEXT_SIZE_MAX]);

/** -EBADMSG with @ret untouched if the text is none; else @ret is a good record but for its id. */
int phone_record_decode(const char *text, size_t n, PhoneRecord *ret);

/**
 * The same with the id before it, in a line of its own, for places that have no file names.
 * Returns the length. A secret.
 */
size_t phone_item_encode(const PhoneRecord *record, char ret[static PHONE_ITEM_SIZE_MAX]);

/** -EBADMSG with @ret untouched if that is none; else @ret is a good record with its id. */
int phone_item_decode(const char *text, size_t n, PhoneRecord *ret);

/** The phone was used for this site. One that cannot be kept is not noted. */
void phone_record_use(PhoneRecord *record, const char *rp_id, uint64_t now);

/** When the phone was used for this site, or 0. */
uint64_t phone_record_used_for(const PhoneRecord *record, const char *rp_id);
