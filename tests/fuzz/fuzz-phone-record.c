/* SPDX-License-Identifier: MIT */

/* The file or item of a linked phone, of whatever bytes: it is none, or is written back as read. */

#include <stdlib.h>

#include "daemon/phones/phone-record.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        PhoneRecord record, again;
        char text[PHONE_TEXT_SIZE_MAX], item[PHONE_ITEM_SIZE_MAX], name[PHONE_NAME_SIZE];
        size_t n_bytes = n;
        char *copy;

        copy = malloc(n + 1);
        check(copy);
        memcpy(copy, data, n);
        copy[n] = '\0';
        phone_name_clean(copy, name);
        check(phone_name_is_good(name));

        if (phone_record_decode(copy, n, &record) == 0) {
                check(phone_record_is_good(&record));
                n = phone_record_encode(&record, text);
                check(phone_record_decode(text, n, &again) == 0);
                check(memcmp(&record, &again, sizeof(record)) == 0);
                phone_record_use(&record, "example.com", 1);
                check(phone_record_is_good(&record));
        }
        if (phone_item_decode(copy, n_bytes, &record) == 0) {
                n = phone_item_encode(&record, item);
                check(phone_item_decode(item, n, &again) == 0);
                check(memcmp(&record, &again, sizeof(record)) == 0);
        }
        free(copy);
        return 0;
}
