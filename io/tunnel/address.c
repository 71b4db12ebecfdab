/* SPDX-License-Identifier: MIT */

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/macro.h"
#include "io/tunnel/address.h"

static int parse_port(const char *text, in_port_t *ret) {
        unsigned long port = 0;

        if (!*text || strlen(text) > 5)
                return -EINVAL;
        for (const char *p = text; *p; p++) {
                if (*p < '0' || *p > '9')
                        return -EINVAL;
                port = port * 10 + (unsigned long)(*p - '0');
        }
        if (port == 0 || port > UINT16_MAX)
                return -EINVAL;

        *ret = htons((uint16_t)port);
        return 0;
}

static int parse_v6(const char *text, const char *colon, Address *ret) {
        Address address = { .v6.sin6_family = AF_INET6, .n = sizeof(address.v6) };
        char host[INET6_ADDRSTRLEN];
        size_t n = (size_t)(colon - text);

        if (n < 2 || colon[-1] != ']' || n - 2 >= sizeof(host))
                return -EINVAL;
        memcpy(host, text + 1, n - 2);
        host[n - 2] = '\0';

        if (inet_pton(AF_INET6, host, &address.v6.sin6_addr) != 1 ||
            parse_port(colon + 1, &address.v6.sin6_port) < 0)
                return -EINVAL;

        *ret = address;
        return 0;
}

static int parse_v4(const char *text, const char *colon, Address *ret) {
        Address address = { .v4.sin_family = AF_INET, .n = sizeof(address.v4) };
        char host[INET_ADDRSTRLEN];
        size_t n = (size_t)(colon - text);

        if (n >= sizeof(host))
                return -EINVAL;
        memcpy(host, text, n);
        host[n] = '\0';

        if (inet_pton(AF_INET, host, &address.v4.sin_addr) != 1 ||
            parse_port(colon + 1, &address.v4.sin_port) < 0)
                return -EINVAL;

        *ret = address;
        return 0;
}

int address_parse(const char *text, Address *ret) {
        const char *colon = strrchr(text, ':');

        if (!colon)
                return -EINVAL;

        return *text == '[' ? parse_v6(text, colon, ret) : parse_v4(text, colon, ret);
}

void address_format(const Address *address, char ret[static ADDRESS_TEXT_SIZE]) {
        char host[INET6_ADDRSTRLEN] = "?";

        if (address->any.sa_family == AF_INET6) {
                inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof(host));
                snprintf(ret, ADDRESS_TEXT_SIZE, "[%s]:%u", host, ntohs(address->v6.sin6_port));
        } else {
                inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof(host));
                snprintf(ret, ADDRESS_TEXT_SIZE, "%s:%u", host, ntohs(address->v4.sin_port));
        }
}

/* Blocks of IPv4 that do not lead out to the internet (RFC 6890, RFC 6598, RFC 5771). Not
 * 198.18.0.0/15, for benchmarks: some VPNs answer with its addresses for all names. */
static const struct {
        uint32_t prefix;
        unsigned n_bits;
} not_public_v4[] = {
        { 0x00000000, 8 },  /* 0.0.0.0/8       this network */
        { 0x0a000000, 8 },  /* 10.0.0.0/8      private */
        { 0x64400000, 10 }, /* 100.64.0.0/10   shared by carriers */
        { 0x7f000000, 8 },  /* 127.0.0.0/8     loopback */
        { 0xa9fe0000, 16 }, /* 169.254.0.0/16  link-local */
        { 0xac100000, 12 }, /* 172.16.0.0/12   private */
        { 0xc0000000, 24 }, /* 192.0.0.0/24    protocol assignments */
        { 0xc0000200, 24 }, /* 192.0.2.0/24    documentation */
        { 0xc0586300, 24 }, /* 192.88.99.0/24  relays of 6to4 */
        { 0xc0a80000, 16 }, /* 192.168.0.0/16  private */
        { 0xc6336400, 24 }, /* 198.51.100.0/24 documentation */
        { 0xcb007100, 24 }, /* 203.0.113.0/24  documentation */
        { 0xe0000000, 4 },  /* 224.0.0.0/4     multicast */
        { 0xf0000000, 4 },  /* 240.0.0.0/4     reserved, broadcast */
};

static bool is_public_v4(const uint8_t bytes[static 4]) {
        uint32_t a = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
                     bytes[3];

        for (size_t i = 0; i < ELEMENTSOF(not_public_v4); i++)
                if (((a ^ not_public_v4[i].prefix) >> (32 - not_public_v4[i].n_bits)) == 0)
                        return false;

        return true;
}

static bool has_prefix(const uint8_t a[static 16], const char *prefix, size_t n_bytes) {
        return memcmp(a, prefix, n_bytes) == 0;
}

/* Blocks of IPv6 that do not lead out either (RFC 6890, RFC 8215, RFC 6666, RFC 3849, RFC 9602). */
static bool is_special_v6(const uint8_t a[static 16]) {
        if (has_prefix(a, "\0\x64\xff\x9b", 4)) /* 64:ff9b:1::/48, NAT64 of a house */
                return true;
        if (has_prefix(a, "\x01\0\0\0\0\0\0\0", 8)) /* 100::/64, discarded */
                return true;
        if (has_prefix(a, "\x20\x01", 2) && a[2] < 2) /* 2001::/23, Teredo and other protocols */
                return true;
        if (has_prefix(a, "\x20\x01\x0d\xb8", 4)) /* 2001:db8::/32, documentation */
                return true;
        return has_prefix(a, "\x5f\0", 2); /* 5f00::/16, segment routing */
}

static bool is_public_v6(const uint8_t a[static 16]) {
        if ((a[0] & 0xfe) == 0xfc || a[0] == 0xff) /* fc00::/7 unique-local, ff00::/8 multicast */
                return false;
        if (a[0] == 0xfe && a[1] & 0x80) /* fe80::/10 link-local, fec0::/10 site-local */
                return false;
        if (has_prefix(a, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12)) /* ::ffff:0:0/96, IPv4-mapped */
                return is_public_v4(a + 12);
        if (has_prefix(a, "\0\0\0\0\0\0\0\0", 8)) /* ::, ::1, IPv4-compatible and other old forms */
                return false;
        if (has_prefix(a, "\0\x64\xff\x9b\0\0\0\0\0\0\0\0", 12)) /* 64:ff9b::/96, NAT64 */
                return is_public_v4(a + 12);
        if (has_prefix(a, "\x20\x02", 2)) /* 2002::/16, 6to4 */
                return is_public_v4(a + 2);

        return !is_special_v6(a);
}

bool address_is_public(const Address *address) {
        if (address->any.sa_family == AF_INET6)
                return is_public_v6(address->v6.sin6_addr.s6_addr);

        return is_public_v4((const uint8_t *)&address->v4.sin_addr);
}

size_t address_list_keep_public(AddressList *list) {
        size_t n = 0, n_before = list->n;

        for (size_t i = 0; i < n_before; i++)
                if (address_is_public(&list->items[i]))
                        list->items[n++] = list->items[i];
        list->n = n;

        return n_before - n;
}

/* The first address from `i` on that is of this family, or is not; list->n if there is none. */
static size_t find_family(const AddressList *list, size_t i, sa_family_t family, bool same) {
        while (i < list->n && (list->items[i].any.sa_family == family) != same)
                i++;

        return i;
}

void address_list_interleave(AddressList *list) {
        AddressList ordered = {};
        sa_family_t family = list->items[0].any.sa_family;
        size_t i = find_family(list, 0, family, true), j = find_family(list, 0, family, false);

        while (i < list->n || j < list->n) {
                if (i < list->n) {
                        ordered.items[ordered.n++] = list->items[i];
                        i = find_family(list, i + 1, family, true);
                }
                if (j < list->n) {
                        ordered.items[ordered.n++] = list->items[j];
                        j = find_family(list, j + 1, family, false);
                }
        }

        *list = ordered;
}

int address_list_override(AddressList *ret, char *const *overrides, const char *name) {
        AddressList list = {};
        size_t n_name = strlen(name);

        for (; overrides && *overrides && list.n < ADDRESS_LIST_MAX; overrides++) {
                if (strncasecmp(*overrides, name, n_name) != 0 || (*overrides)[n_name] != '=')
                        continue;
                if (address_parse(*overrides + n_name + 1, &list.items[list.n]) < 0)
                        return -EINVAL;
                list.n++;
        }
        if (list.n == 0)
                return -ENOENT;

        *ret = list;
        return 0;
}
