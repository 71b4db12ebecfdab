/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/**
 * True if registrations are made directly under this domain, as with "co.uk" or "github.io", or if
 * that cannot be found out: no site may claim such a domain. For HybridWebauthnParams; userdata is
 * not used. The list is the newest that libpsl finds on the system.
 */
bool public_suffix_check(void *userdata, const char *domain);
