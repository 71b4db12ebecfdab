/* SPDX-License-Identifier: MIT */

/* The example as C++, which hybrid.h has to be as well. */
#include "../../docs/examples/two-roles.c"
