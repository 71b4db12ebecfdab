/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/**
 * The number of a tunnel service, from the number itself or from its domain: an assigned one, or
 * one of those that are hashes of numbers (CTAP 2.2 section 11.5.1.6).
 * 0, -EINVAL if it is not assigned, or -ENOENT if no number leads to the domain.
 */
int tunnel_service_parse(const char *text, uint16_t *ret);
