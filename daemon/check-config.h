/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Tells an administrator what is wrong with settings, lists of callers and policy, before they are used.
 */

#include "daemon/config.h"

/**
 * Looks at what the settings name, after they were read themselves. What is wrong is told on stderr with
 * its place. 0, -EINVAL if anything is wrong or was not understood, or -ENOMEM.
 */
int check_config(const Config *config);
