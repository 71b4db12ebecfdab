/* SPDX-License-Identifier: MIT */
#pragma once

/**
 * The whole of a relying party's request, a JSON object, from a file or from standard input ("-").
 * *ret is owned by the caller. 0, or a negative errno after having complained.
 */
int request_file_read(const char *path, char **ret);
