/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The tunnel channel as a module. Starting a program that links OpenSSL's libssl and libwebsockets
 * costs more than all that comes before the QR code is on the screen; loaded afterwards, they cost
 * nothing that anybody waits for.
 */

#include "io/channel.h"

#define CHANNEL_MODULE_NAME "channel-tunnel.so"

/**
 * Loads the module from a directory, for the rest of the process's life: it may have threads that
 * outlast everything else. Loading it again is cheap.
 * 0, -ENOENT if there is no such file, -ELIBBAD if it cannot be loaded.
 */
int channel_backend_load(const ChannelBackend **ret, const char *directory);
