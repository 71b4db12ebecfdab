/* SPDX-License-Identifier: MIT */

/* Input: the data of an advert. What we would broadcast of it is found again. */

#include "fuzz.h"
#include "io/radio/ad-structure.h"

static void check_encoded(uint16_t uuid, const uint8_t *data, size_t n) {
        uint8_t made[AD_LEGACY_SIZE];
        AdReader reader = { .data = made };
        BleAdvert advert;

        check((ad_legacy_encode(uuid, data, n, made, &reader.n) == 0) ==
              (n <= AD_LEGACY_SERVICE_DATA_MAX));
        if (n > AD_LEGACY_SERVICE_DATA_MAX)
                return;
        check(reader.n <= sizeof(made));
        check(ad_reader_next_fido(&reader, &advert) == (n > 0));
        if (n > 0)
                check(advert.uuid == uuid && advert.n_service_data == n &&
                      memcmp(advert.service_data, data, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        AdReader all = { .data = data, .n = n }, ours = all;
        AdStructure structure;
        BleAdvert advert = {};
        size_t n_read = 0;

        while (ad_reader_next(&all, &structure)) {
                check(structure.data == data + n_read + 2);
                n_read += 2 + structure.n;
                check(n_read <= n && all.n == n - n_read);
        }
        check(all.n == 0);

        while (ad_reader_next_fido(&ours, &advert)) {
                check(advert.uuid == BLE_UUID_FIDO || advert.uuid == BLE_UUID_GOOGLE);
                check(advert.n_service_data > 0);
                check(advert.n_service_data <= BLE_SERVICE_DATA_SIZE_MAX);
                check(advert.service_data >= data + 4);
                check(advert.service_data + advert.n_service_data <= data + n);
                check_encoded(advert.uuid, advert.service_data, advert.n_service_data);
        }
        return 0;
}
