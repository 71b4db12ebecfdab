/* SPDX-License-Identifier: MIT */
#pragma once

#include "ceremony/log.h"

#define CEREMONY_MODULE_NAME "ceremony.so"
#define CEREMONY_RUN_SYMBOL  "ceremony_run"

/**
 * What the module exports: carries out one ceremony over the link, which it takes over, and returns
 * when it has ended. To be called in a process of its own. 0 or a negative errno, logged.
 */
typedef int (*CeremonyRun)(int link_fd, LogLevel level);
int ceremony_run(int link_fd, LogLevel level);
