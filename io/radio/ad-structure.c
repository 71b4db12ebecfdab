/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/bytes.h"
#include "io/radio/ad-structure.h"

enum {
        HEADER_SIZE = 2, /* length and type; the length counts the type */
        UUID_SIZE = 2,
        FLAGS_SIZE = HEADER_SIZE + 1,
        LIST_SIZE = HEADER_SIZE + UUID_SIZE,

        GENERAL_DISCOVERABLE_LE_ONLY = 0x06,
};

bool ad_reader_next(AdReader *reader, AdStructure *ret) {
        size_t length = reader->n > 0 ? reader->data[0] : 0;

        if (length == 0 || length >= reader->n) {
                reader->n = 0;
                return false;
        }

        *ret = (AdStructure){
                .type = reader->data[1],
                .data = reader->data + HEADER_SIZE,
                .n = length - 1,
        };
        reader->data += 1 + length;
        reader->n -= 1 + length;
        return true;
}

bool ad_reader_next_fido(AdReader *reader, BleAdvert *ret) {
        AdStructure structure;

        while (ad_reader_next(reader, &structure)) {
                uint16_t uuid;

                if (structure.type != AD_SERVICE_DATA_16 || structure.n <= UUID_SIZE ||
                    structure.n > UUID_SIZE + BLE_SERVICE_DATA_SIZE_MAX)
                        continue;
                uuid = get_le16(structure.data);
                if (uuid != BLE_UUID_FIDO && uuid != BLE_UUID_GOOGLE)
                        continue;

                ret->uuid = uuid;
                ret->service_data = structure.data + UUID_SIZE;
                ret->n_service_data = structure.n - UUID_SIZE;
                return true;
        }
        return false;
}

static void append_header(ByteWriter *w, uint8_t type, size_t n) {
        byte_writer_append_u8(w, (uint8_t)(1 + n));
        byte_writer_append_u8(w, type);
}

int ad_legacy_encode(uint16_t uuid, const uint8_t *service_data, size_t n,
                     uint8_t ret[static AD_LEGACY_SIZE], size_t *ret_n) {
        ByteWriter w = { .data = ret, .size = AD_LEGACY_SIZE };
        uint8_t uuid_bytes[UUID_SIZE];
        size_t room;

        if (n > AD_LEGACY_SERVICE_DATA_MAX)
                return -EMSGSIZE;
        room = AD_LEGACY_SERVICE_DATA_MAX - n;
        put_le16(uuid_bytes, uuid);

        if (room >= FLAGS_SIZE + LIST_SIZE) {
                append_header(&w, AD_FLAGS, 1);
                byte_writer_append_u8(&w, GENERAL_DISCOVERABLE_LE_ONLY);
        }
        if (room >= LIST_SIZE) {
                append_header(&w, AD_UUIDS_16_COMPLETE, UUID_SIZE);
                byte_writer_append(&w, uuid_bytes, UUID_SIZE);
        }
        append_header(&w, AD_SERVICE_DATA_16, UUID_SIZE + n);
        byte_writer_append(&w, uuid_bytes, UUID_SIZE);
        byte_writer_append(&w, service_data, n);

        *ret_n = w.n;
        return 0;
}
