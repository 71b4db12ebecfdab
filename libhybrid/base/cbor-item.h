/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reading CBOR as CTAP2 uses it (CTAP 2.2 section 8; RFC 8949), in two steps. cbor_item_parse() checks the whole input once: exactly one item, definite
 * lengths, shortest integers, bounded depth, valid UTF-8, no duplicate map keys, no floats, no
 * tags. What it returns is a CborItem, a borrowed view on bytes that are known to be well-formed;
 * all other readers take such views and can only fail because an item has another type or is not
 * there.
 *
 * The byte-level work is libcbor's streaming codec, which allocates nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The CBOR major types, by the number they have on the wire. */
typedef enum CborType {
        CBOR_UINT = 0,
        CBOR_NEGINT = 1,
        CBOR_BYTES = 2,
        CBOR_TEXT = 3,
        CBOR_ARRAY = 4,
        CBOR_MAP = 5,
        CBOR_SIMPLE = 7, /* false, true, null */
} CborType;

typedef struct CborItem {
        const uint8_t *data; /* borrowed from the buffer that was parsed */
        size_t n;            /* bytes of this item with all it contains */
} CborItem;

typedef enum CborFlags {
        CBOR_CANONICAL_ORDER = 1 << 0, /* map keys must be in CTAP2 canonical order */
} CborFlags;

/**
 * Checks that `data` is exactly one item, as the file head says. `max_depth` counts nested arrays
 * and maps: 0 allows only a plain value.
 * Returns 0, or -EBADMSG with `ret` untouched.
 */
int cbor_item_parse(const uint8_t *data, size_t n, unsigned max_depth, CborFlags flags,
                    CborItem *ret);

/** The same for one item at the start of `data`; what follows it is left alone. */
int cbor_item_parse_prefix(const uint8_t *data, size_t n, unsigned max_depth, CborFlags flags,
                           CborItem *ret);

CborType cbor_item_type(CborItem item);

/** Each returns 0, or -EBADMSG if the item has another type or does not fit. */
int cbor_item_get_uint(CborItem item, uint64_t *ret);
int cbor_item_get_int(CborItem item, int64_t *ret);
int cbor_item_get_bool(CborItem item, bool *ret);
int cbor_item_get_bytes(CborItem item, const uint8_t **ret, size_t *ret_n); /* borrowed */
int cbor_item_get_text(CborItem item, const char **ret, size_t *ret_n);     /* borrowed, no NUL */

/** A byte string of exactly n bytes, copied to `ret`. */
int cbor_item_get_bytes_exact(CborItem item, uint8_t *ret, size_t n);

/** True if the item is this text. */
bool cbor_item_is_text(CborItem item, const char *text);

/**
 * The value for a key. 0, -ENOENT if the map has no such key, -EBADMSG if `map` is no map.
 */
int cbor_item_map_get(CborItem map, int64_t key, CborItem *ret);
int cbor_item_map_get_text(CborItem map, const char *key, CborItem *ret);

/** A byte string of exactly n bytes for a key, copied. 0, or -EBADMSG: also if it is not there. */
int cbor_item_map_get_exact(CborItem map, int64_t key, uint8_t *ret, size_t n);

/**
 * The items inside an array or, alternating keys and values, inside a map:
 *
 *         CborIterator it;
 *         CborItem item;
 *         r = cbor_item_iterate(array, CBOR_ARRAY, &it);   // -EBADMSG if it is no array
 *         while (cbor_item_next(&it, &item))
 */
typedef struct CborIterator {
        const uint8_t *data;
        size_t n;
        size_t n_items; /* items left; a map has two for each entry */
} CborIterator;

int cbor_item_iterate(CborItem item, CborType type, CborIterator *ret);
bool cbor_item_next(CborIterator *it, CborItem *ret);
