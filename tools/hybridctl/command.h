/* SPDX-License-Identifier: MIT */
#pragma once

#include "options.h"

/** The commands. Each returns what main() is to return. */
int command_site(const Options *options); /* create and get */
int command_demo(const Options *options);
int command_doctor(const Options *options);
