/* SPDX-License-Identifier: MIT */

/* Whatever is accepted can be walked through, and its parts are inside it. */

#include "base/cbor-item.h"
#include "fuzz.h"

static void walk(CborItem item, unsigned depth) {
        CborType type = cbor_item_type(item);
        CborIterator it;
        CborItem inner;
        const uint8_t *data;
        size_t n;

        check(depth <= 4 && item.n > 0);
        if (type == CBOR_BYTES || type == CBOR_TEXT) {
                const char *text;
                int r = type == CBOR_BYTES ? cbor_item_get_bytes(item, &data, &n)
                                           : cbor_item_get_text(item, &text, &n);

                check(r == 0 && n < item.n);
        }
        if (type != CBOR_ARRAY && type != CBOR_MAP)
                return;

        check(cbor_item_iterate(item, type, &it) == 0);
        while (cbor_item_next(&it, &inner)) {
                check(inner.data >= item.data && inner.data + inner.n <= item.data + item.n);
                walk(inner, depth + 1);
        }
        check(it.n == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        CborItem item;

        if (cbor_item_parse(data, n, 4, 0, &item) == 0) {
                check(item.n == n);
                walk(item, 0);
        } else {
                /* Stricter flags accept nothing more. */
                check(cbor_item_parse(data, n, 4, CBOR_CANONICAL_ORDER, &item) < 0);
        }
        return 0;
}
