/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "session/advert-filter.h"

/* Adverts begin with ciphertext, so any byte of it is as good as a hash. */
static size_t slot_of(const uint8_t advert[static HYBRID_ADVERT_SIZE]) {
        return advert[0] % ADVERT_FILTER_SIZE;
}

void advert_filter_clear(AdvertFilter *filter) {
        memset(filter, 0, sizeof(*filter));
}

/* An empty slot holds zeros. An advert of zeros would pass for known, and has no valid MAC. */
bool advert_filter_contains(const AdvertFilter *filter,
                            const uint8_t advert[static HYBRID_ADVERT_SIZE]) {
        return memcmp(filter->adverts[slot_of(advert)], advert, HYBRID_ADVERT_SIZE) == 0;
}

void advert_filter_add(AdvertFilter *filter, const uint8_t advert[static HYBRID_ADVERT_SIZE]) {
        memcpy(filter->adverts[slot_of(advert)], advert, HYBRID_ADVERT_SIZE);
}
