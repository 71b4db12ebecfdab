/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Lists that age: what is wrong with them. Pure.
 */

#include <stdint.h>

#include "diagnosis/finding.h"
#include "diagnosis/machine.h"

/** @now is seconds since 1970. */
void lists_diagnose(const Machine *machine, int64_t now, Findings *findings);
