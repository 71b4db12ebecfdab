/* SPDX-License-Identifier: MIT */
#pragma once

/**
 * NULL, or what is wrong with a file of certificate authorities: it must be given by an absolute
 * path, be there, belong to root or to the user, be writable by nobody else, and hold certificates
 * as PEM. That they can be parsed is found out by who uses them: the daemon has no OpenSSL.
 */
const char *ca_file_check(const char *path);
