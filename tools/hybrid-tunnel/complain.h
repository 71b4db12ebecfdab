/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

/** One line on stderr: "what: why; what to do". */
void complain(const char *format, ...) _printf_(1, 2);
