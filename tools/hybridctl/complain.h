/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

/** One line on stderr, after the program's name: "what: why; what to do". */
void complain(const char *format, ...) _printf_(1, 2);

/** Says that memory ran out; returns -ENOMEM. */
int complain_oom(void);
