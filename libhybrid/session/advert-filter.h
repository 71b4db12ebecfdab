/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Remembers adverts of strangers. A phone repeats its advert ten times a second, and other
 * people's ceremonies go on nearby: what was tried before costs a comparison and no HMAC.
 *
 * A table of fixed size, in which a newer advert takes the place of an older one: nothing to
 * allocate, nothing that grows, and forgetting one only costs another trial.
 */

#include <stdbool.h>
#include <stdint.h>

#include "hybrid.h"

enum {
        ADVERT_FILTER_SIZE = 128, /* a power of two */
};

typedef struct AdvertFilter {
        uint8_t adverts[ADVERT_FILTER_SIZE][HYBRID_ADVERT_SIZE];
} AdvertFilter;

/** Forgets all: what was no match for one code may be one for another. */
void advert_filter_clear(AdvertFilter *filter);

bool advert_filter_contains(const AdvertFilter *filter,
                            const uint8_t advert[static HYBRID_ADVERT_SIZE]);
void advert_filter_add(AdvertFilter *filter, const uint8_t advert[static HYBRID_ADVERT_SIZE]);
