/* SPDX-License-Identifier: MIT */
#pragma once

#include "options.h"

/** The commands. Each returns what main() is to return. */
int command_air(const Options *options); /* scan and advertise */
int command_adapters(const Options *options);
int command_proximity(const Options *options);
