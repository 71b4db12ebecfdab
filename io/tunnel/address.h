/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Internet addresses with a port: reading and showing them, which of them a phone may send us to,
 * and in which order to try them.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

typedef struct Address {
        union {
                struct sockaddr any;
                struct sockaddr_in v4;
                struct sockaddr_in6 v6;
        };
        socklen_t n;
} Address;

enum {
        ADDRESS_LIST_MAX = 16, /* a name with more than these has enough to try */
        ADDRESS_TEXT_SIZE = sizeof("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535"),
};

typedef struct AddressList {
        Address items[ADDRESS_LIST_MAX];
        size_t n;
} AddressList;

/** "192.0.2.1:443" or "[2001:db8::1]:443". 0, or -EINVAL. */
int address_parse(const char *text, Address *ret);

/** The same text again. */
void address_format(const Address *address, char ret[static ADDRESS_TEXT_SIZE]);

/**
 * False for what is not out on the internet: private, shared, loopback, link-local, unique-local,
 * multicast, reserved and unspecified addresses, and IPv6 addresses that carry such an IPv4 one
 * (mapped, NAT64, 6to4).
 */
bool address_is_public(const Address *address);

/** Drops the addresses that are not public, in place. Returns how many were dropped. */
size_t address_list_keep_public(AddressList *list);

/** Orders by turns of family, the family of the first address first (RFC 8305 section 4). */
void address_list_interleave(AddressList *list);

/**
 * Where a name is by decree: the entries "NAME=ADDRESS:PORT" for this name, in their order.
 * `overrides` is NULL-terminated, or NULL. 0, -ENOENT if none is for the name, -EINVAL if one that
 * is cannot be read.
 */
int address_list_override(AddressList *ret, char *const *overrides, const char *name);
