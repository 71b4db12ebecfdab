/* SPDX-License-Identifier: MIT */
#pragma once

/* Records of made-up phones, and a folder to keep them in. */

#include "daemon/phones/phone-store.h"

/** A phone with this number, of which everything can be told from number and version. */
void fixture_record(unsigned number, unsigned version, PhoneRecord *ret);

/** Fails the test unless it is that phone, in one of its versions, and whole. Returns the version. */
unsigned fixture_check(const PhoneRecord *record);

/** A new folder, and an end to it with all that is in it. */
char *fixture_folder_new(void);
void fixture_folder_end(char *folder);
