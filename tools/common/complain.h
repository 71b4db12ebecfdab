/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

/** From now on each line begins with this name and a colon. The name is borrowed. */
void complain_set_program(const char *name);

/**
 * One line on stderr: "what: why; what to do", in the person's language after words_init(). What a
 * terminal would obey in it is shown as question marks, as printable() does it.
 */
void complain(const char *format, ...) _printf_(1, 2);

/** Says that memory ran out; returns -ENOMEM. */
int complain_oom(void);
