/* SPDX-License-Identifier: MIT */

#include <cbor.h>
#include <errno.h>
#include <string.h>

#include "base/cbor-item.h"
#include "base/utf8.h"

/*
 * Peers in the field write maps in canonical order, where a duplicate shows as a key that is not
 * above the one before it. A map that is out of order is checked pair by pair, which is affordable
 * for small maps only.
 */
#define N_UNORDERED_ENTRIES_MAX 16

/* libcbor 0.10 changed the type of lengths in its callbacks from size_t. */
#if CBOR_MAJOR_VERSION > 0 || CBOR_MINOR_VERSION >= 10
typedef uint64_t LibcborLength;
#else
typedef size_t LibcborLength;
#endif

/* One item without what is inside it. */
typedef struct Head {
        bool supported; /* one of the kinds that CTAP2 knows */
        CborType type;
        uint64_t value;      /* the integer, length or number of entries; 20, 21, 22 for simple */
        const uint8_t *data; /* the content of a string */
        size_t n;            /* bytes of the head, with the content of a string */
} Head;

static void head_set(void *context, CborType type, uint64_t value) {
        Head *head = context;

        head->supported = true;
        head->type = type;
        head->value = value;
}

static void on_uint8(void *context, uint8_t value) {
        head_set(context, CBOR_UINT, value);
}

static void on_uint16(void *context, uint16_t value) {
        head_set(context, CBOR_UINT, value);
}

static void on_uint32(void *context, uint32_t value) {
        head_set(context, CBOR_UINT, value);
}

static void on_uint64(void *context, uint64_t value) {
        head_set(context, CBOR_UINT, value);
}

static void on_negint8(void *context, uint8_t value) {
        head_set(context, CBOR_NEGINT, value);
}

static void on_negint16(void *context, uint16_t value) {
        head_set(context, CBOR_NEGINT, value);
}

static void on_negint32(void *context, uint32_t value) {
        head_set(context, CBOR_NEGINT, value);
}

static void on_negint64(void *context, uint64_t value) {
        head_set(context, CBOR_NEGINT, value);
}

static void on_bytes(void *context, cbor_data data, LibcborLength n) {
        head_set(context, CBOR_BYTES, n);
        ((Head *)context)->data = data;
}

static void on_text(void *context, cbor_data data, LibcborLength n) {
        head_set(context, CBOR_TEXT, n);
        ((Head *)context)->data = data;
}

static void on_array(void *context, LibcborLength n) {
        head_set(context, CBOR_ARRAY, n);
}

static void on_map(void *context, LibcborLength n) {
        head_set(context, CBOR_MAP, n);
}

static void on_bool(void *context, bool value) {
        head_set(context, CBOR_SIMPLE, value ? 21 : 20);
}

static void on_null(void *context) {
        head_set(context, CBOR_SIMPLE, 22);
}

/* What CTAP2 does not use: the head stays marked as unsupported. */
static void on_unsupported(void *context) {
}

static void on_unsupported_tag(void *context, uint64_t value) {
}

static void on_unsupported_float(void *context, float value) {
}

static void on_unsupported_double(void *context, double value) {
}

static const struct cbor_callbacks callbacks = {
        .uint8 = on_uint8,
        .uint16 = on_uint16,
        .uint32 = on_uint32,
        .uint64 = on_uint64,
        .negint8 = on_negint8,
        .negint16 = on_negint16,
        .negint32 = on_negint32,
        .negint64 = on_negint64,
        .byte_string = on_bytes,
        .byte_string_start = on_unsupported,
        .string = on_text,
        .string_start = on_unsupported,
        .array_start = on_array,
        .indef_array_start = on_unsupported,
        .map_start = on_map,
        .indef_map_start = on_unsupported,
        .tag = on_unsupported_tag,
        .float2 = on_unsupported_float,
        .float4 = on_unsupported_float,
        .float8 = on_unsupported_double,
        .undefined = on_unsupported,
        .null = on_null,
        .boolean = on_bool,
        .indef_break = on_unsupported,
};

/* Bytes of the shortest encoding of an integer, length or count. */
static size_t shortest_head(uint64_t value) {
        if (value < 24)
                return 1;
        if (value <= UINT8_MAX)
                return 2;
        if (value <= UINT16_MAX)
                return 3;
        if (value <= UINT32_MAX)
                return 5;
        return 9;
}

static bool head_is_string(const Head *head) {
        return head->type == CBOR_BYTES || head->type == CBOR_TEXT;
}

static int head_read(const uint8_t *data, size_t n, Head *ret) {
        Head head = {};
        struct cbor_decoder_result result;
        size_t n_content;

        if (n == 0)
                return -EBADMSG;

        result = cbor_stream_decode(data, n, &callbacks, &head);
        if (result.status != CBOR_DECODER_FINISHED || !head.supported)
                return -EBADMSG;

        head.n = result.read;
        n_content = head_is_string(&head) ? (size_t)head.value : 0;
        if (head.type != CBOR_SIMPLE && head.n != shortest_head(head.value) + n_content)
                return -EBADMSG;

        *ret = head;
        return 0;
}

/* The length of an item that was checked before: its head, and as many heads as are inside. */
static size_t item_size(const uint8_t *data, size_t n) {
        uint64_t n_items = 1;
        size_t offset = 0;
        Head head;

        for (; n_items > 0 && head_read(data + offset, n - offset, &head) >= 0; n_items--) {
                offset += head.n;
                if (head.type == CBOR_ARRAY || head.type == CBOR_MAP)
                        n_items += head.value * (head.type == CBOR_MAP ? 2 : 1);
        }

        return offset;
}

/* CTAP2's order of keys: by major type, then by length of the encoding, then by its bytes. */
static int key_compare(CborItem a, CborItem b) {
        if (a.data[0] >> 5 != b.data[0] >> 5)
                return a.data[0] >> 5 < b.data[0] >> 5 ? -1 : 1;
        if (a.n != b.n)
                return a.n < b.n ? -1 : 1;
        return memcmp(a.data, b.data, a.n);
}

/* Looks for `key` among the first n entries of a map, whose content starts at `data`. */
static bool keys_contain(const uint8_t *data, size_t n_data, uint64_t n_entries, CborItem key) {
        CborIterator it = { .data = data, .n = n_data, .n_items = 2 * (size_t)n_entries };
        CborItem other, value;

        while (cbor_item_next(&it, &other) && cbor_item_next(&it, &value))
                if (key_compare(other, key) == 0)
                        return true;

        return false;
}

static int check_item(const uint8_t *data, size_t n, unsigned max_depth, CborFlags flags,
                      size_t *ret_n);

/* Checks the entries of a map, which start at `data`; returns the number of bytes they take. */
static int check_map(const uint8_t *data, size_t n, uint64_t n_entries, unsigned max_depth,
                     CborFlags flags, size_t *ret_n) {
        CborItem previous = {};
        bool ordered = true;
        size_t offset = 0, n_value;
        int r;

        for (uint64_t i = 0; i < n_entries; i++) {
                CborItem key = { .data = data + offset };

                r = check_item(key.data, n - offset, max_depth, flags, &key.n);
                if (r < 0)
                        return r;
                if (previous.data && key_compare(previous, key) >= 0)
                        ordered = false;
                if (!ordered && (flags & CBOR_CANONICAL_ORDER || i >= N_UNORDERED_ENTRIES_MAX ||
                                 keys_contain(data, n, i, key)))
                        return -EBADMSG;
                previous = key;
                offset += key.n;

                r = check_item(data + offset, n - offset, max_depth, flags, &n_value);
                if (r < 0)
                        return r;
                offset += n_value;
        }

        *ret_n = offset;
        return 0;
}

static int check_array(const uint8_t *data, size_t n, uint64_t n_items, unsigned max_depth,
                       CborFlags flags, size_t *ret_n) {
        size_t offset = 0, n_item;
        int r;

        for (uint64_t i = 0; i < n_items; i++) {
                r = check_item(data + offset, n - offset, max_depth, flags, &n_item);
                if (r < 0)
                        return r;
                offset += n_item;
        }

        *ret_n = offset;
        return 0;
}

/* Recurses at most max_depth times. A count of entries is never trusted: each takes a byte. */
static int check_item(const uint8_t *data, size_t n, unsigned max_depth, CborFlags flags,
                      size_t *ret_n) {
        size_t n_inside = 0;
        Head head;
        int r;

        r = head_read(data, n, &head);
        if (r < 0)
                return r;

        if (head.type == CBOR_TEXT && !utf8_is_valid((const char *)head.data, (size_t)head.value))
                return -EBADMSG;

        if (head.type == CBOR_ARRAY || head.type == CBOR_MAP) {
                if (max_depth == 0 || head.value > n - head.n)
                        return -EBADMSG;
                r = (head.type == CBOR_MAP ? check_map : check_array)(
                        data + head.n, n - head.n, head.value, max_depth - 1, flags, &n_inside);
                if (r < 0)
                        return r;
        }

        *ret_n = head.n + n_inside;
        return 0;
}

int cbor_item_parse_prefix(const uint8_t *data, size_t n, unsigned max_depth, CborFlags flags,
                           CborItem *ret) {
        size_t n_item;
        int r;

        r = check_item(data, n, max_depth, flags, &n_item);
        if (r < 0)
                return r;

        *ret = (CborItem){ .data = data, .n = n_item };
        return 0;
}

int cbor_item_parse(const uint8_t *data, size_t n, unsigned max_depth, CborFlags flags,
                    CborItem *ret) {
        CborItem item;
        int r;

        r = cbor_item_parse_prefix(data, n, max_depth, flags, &item);
        if (r < 0)
                return r;
        if (item.n != n)
                return -EBADMSG;

        *ret = item;
        return 0;
}

CborType cbor_item_type(CborItem item) {
        return (CborType)(item.data[0] >> 5);
}

/* The head of an item that was checked before, if it has the type. */
static int head_of(CborItem item, CborType type, Head *ret) {
        if (item.n == 0 || cbor_item_type(item) != type)
                return -EBADMSG;
        return head_read(item.data, item.n, ret);
}

int cbor_item_get_uint(CborItem item, uint64_t *ret) {
        Head head;

        if (head_of(item, CBOR_UINT, &head) < 0)
                return -EBADMSG;
        *ret = head.value;
        return 0;
}

int cbor_item_get_int(CborItem item, int64_t *ret) {
        Head head;

        if (head_of(item, CBOR_UINT, &head) >= 0 && head.value <= INT64_MAX) {
                *ret = (int64_t)head.value;
                return 0;
        }
        if (head_of(item, CBOR_NEGINT, &head) >= 0 && head.value <= INT64_MAX) {
                *ret = -1 - (int64_t)head.value;
                return 0;
        }
        return -EBADMSG;
}

int cbor_item_get_bool(CborItem item, bool *ret) {
        Head head;

        if (head_of(item, CBOR_SIMPLE, &head) < 0 || head.value == 22)
                return -EBADMSG;
        *ret = head.value == 21;
        return 0;
}

static int get_string(CborItem item, CborType type, const uint8_t **ret, size_t *ret_n) {
        Head head;

        if (head_of(item, type, &head) < 0)
                return -EBADMSG;
        *ret = head.data;
        *ret_n = (size_t)head.value;
        return 0;
}

int cbor_item_get_bytes(CborItem item, const uint8_t **ret, size_t *ret_n) {
        return get_string(item, CBOR_BYTES, ret, ret_n);
}

int cbor_item_get_text(CborItem item, const char **ret, size_t *ret_n) {
        const uint8_t *data;
        int r;

        r = get_string(item, CBOR_TEXT, &data, ret_n);
        if (r < 0)
                return r;
        *ret = (const char *)data;
        return 0;
}

int cbor_item_get_bytes_exact(CborItem item, uint8_t *ret, size_t n) {
        const uint8_t *data;
        size_t n_data;

        if (cbor_item_get_bytes(item, &data, &n_data) < 0 || n_data != n)
                return -EBADMSG;
        memcpy(ret, data, n);
        return 0;
}

bool cbor_item_is_text(CborItem item, const char *text) {
        const char *p;
        size_t n;

        return cbor_item_get_text(item, &p, &n) >= 0 && n == strlen(text) &&
               memcmp(p, text, n) == 0;
}

int cbor_item_map_get(CborItem map, int64_t key, CborItem *ret) {
        CborIterator it;
        CborItem name, value;
        int64_t number;

        if (cbor_item_iterate(map, CBOR_MAP, &it) < 0)
                return -EBADMSG;

        while (cbor_item_next(&it, &name) && cbor_item_next(&it, &value))
                if (cbor_item_get_int(name, &number) >= 0 && number == key) {
                        *ret = value;
                        return 0;
                }

        return -ENOENT;
}

int cbor_item_map_get_exact(CborItem map, int64_t key, uint8_t *ret, size_t n) {
        CborItem item;

        if (cbor_item_map_get(map, key, &item) < 0)
                return -EBADMSG;
        return cbor_item_get_bytes_exact(item, ret, n);
}

int cbor_item_map_get_text(CborItem map, const char *key, CborItem *ret) {
        CborIterator it;
        CborItem name, value;

        if (cbor_item_iterate(map, CBOR_MAP, &it) < 0)
                return -EBADMSG;

        while (cbor_item_next(&it, &name) && cbor_item_next(&it, &value))
                if (cbor_item_is_text(name, key)) {
                        *ret = value;
                        return 0;
                }

        return -ENOENT;
}

int cbor_item_iterate(CborItem item, CborType type, CborIterator *ret) {
        Head head;

        if (head_of(item, type, &head) < 0)
                return -EBADMSG;

        *ret = (CborIterator){
                .data = item.data + head.n,
                .n = item.n - head.n,
                .n_items = (size_t)head.value * (type == CBOR_MAP ? 2 : 1),
        };
        return 0;
}

bool cbor_item_next(CborIterator *it, CborItem *ret) {
        if (it->n_items == 0)
                return false;

        *ret = (CborItem){ .data = it->data, .n = item_size(it->data, it->n) };
        it->data += ret->n;
        it->n -= ret->n;
        it->n_items--;
        return true;
}
