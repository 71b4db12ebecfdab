/* SPDX-License-Identifier: MIT */
#pragma once

/* The linked phones, as hybridd lists them. */

#include <stdint.h>
#include <systemd/sd-bus.h>

typedef struct LinkedPhone {
        char *path;
        char *name;
        char *tunnel_domain;
        uint64_t linked_at, last_used; /* seconds since 1970; 0: never */
} LinkedPhone;

typedef struct LinkedPhones {
        LinkedPhone *phones;
        size_t n;
} LinkedPhones;

void linked_phones_done(LinkedPhones *phones);

/** Asks hybridd. 0, or a negative errno after having complained. */
int linked_phones_read(sd_bus *bus, LinkedPhones *ret);

/** The same without a word of complaint, for who can do without. */
int linked_phones_look(sd_bus *bus, LinkedPhones *ret);

/** By its name, or the last part of its path. NULL if there is none, or more than one. */
const LinkedPhone *linked_phones_find(const LinkedPhones *phones, const char *text);
