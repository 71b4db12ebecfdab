/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A connection of the process to itself, for a library that insists on opening its socket: an
 * abstract unix socket that listens for a moment under a name nobody can guess.
 */

enum {
        OWN_SOCKET_NAME_SIZE = 32 + 1,
};

/** Listens. `ret_name` is the name without the leading NUL. 0 or a negative errno. */
int own_socket_listen(int *ret_fd, char ret_name[static OWN_SOCKET_NAME_SIZE]);

/**
 * Takes the waiting connection that this very process has made, and turns away all others.
 * Returns a non-blocking file descriptor, -EAGAIN if there is none, or another negative errno.
 */
int own_socket_accept(int listener);
