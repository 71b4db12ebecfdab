/* SPDX-License-Identifier: MIT */

/*
 * All that is read about links: what a phone says, what a tunnel service passes on, and what is
 * stored. The first byte says which.
 */

#include "base/utf8.h"
#include "fuzz.h"
#include "wire/contact.h"
#include "wire/linking.h"
#include "wire/message.h"

enum { LINKING, UPDATE, RECORD, PAYLOAD, N_KINDS };

/* Fit for a line of text. */
static void check_name(const char name[static HYBRID_LINK_NAME_SIZE]) {
        size_t n = strlen(name);

        check(n < HYBRID_LINK_NAME_SIZE && utf8_is_valid(name, n));
        for (size_t i = 0; i < n; i++)
                check((unsigned char)name[i] >= ' ' && name[i] != 0x7f);
        check(n == 0 || (name[0] != ' ' && name[n - 1] != ' '));
}

static void try_linking(CborItem map) {
        uint8_t data[LINKING_SIZE_MAX];
        ByteWriter w = BYTE_WRITER(data);
        Linking linking, again;
        CborItem written;

        if (linking_decode(map, &linking) < 0)
                return;
        check(linking.link.n_contact_id > 0 &&
              linking.link.n_contact_id <= HYBRID_CONTACT_ID_SIZE_MAX);
        check_name(linking.link.name);

        linking_encode(&w, &linking);
        check(byte_writer_fits(&w));
        check(cbor_item_parse(data, w.n, 1, CBOR_CANONICAL_ORDER, &written) == 0);
        check(linking_decode(written, &again) == 0);
        check(memcmp(&linking, &again, sizeof(linking)) == 0);
}

static void try_update(const uint8_t *data, size_t n) {
        Update update;

        if (update_decode(data, n, &update) == 0 && update.has_linking) {
                check(update.linking.data >= data &&
                      update.linking.data + update.linking.n <= data + n);
                try_linking(update.linking);
        }
}

static void try_record(const uint8_t *data, size_t n) {
        uint8_t record[HYBRID_LINK_RECORD_SIZE_MAX];
        HybridLink link, again;
        size_t n_record;

        if (hybrid_link_decode(data, n, &link) < 0)
                return;
        check_name(link.name);
        check(hybrid_link_encode(&link, record, &n_record) == 0);
        check(hybrid_link_decode(record, n_record, &again) == 0);
        check(memcmp(&link, &again, sizeof(link)) == 0);
}

static void try_payload(const uint8_t *data, size_t n) {
        char *text = strndup((const char *)data, n);
        char written[HYBRID_CLIENT_PAYLOAD_SIZE];
        ContactPayload payload, again;

        check(text != NULL);
        if (contact_payload_decode(text, &payload) == 0) {
                contact_payload_encode(&payload, written);
                check(contact_payload_decode(written, &again) == 0);
                check(memcmp(&payload, &again, sizeof(payload)) == 0);
        }
        free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        FuzzInput input = { data, n };
        CborItem item;

        switch (fuzz_u8(&input) % N_KINDS) {
        case LINKING:
                if (cbor_item_parse(input.data, input.n, 4, 0, &item) == 0)
                        try_linking(item);
                break;
        case UPDATE:
                try_update(input.data, input.n);
                break;
        case RECORD:
                try_record(input.data, input.n);
                break;
        case PAYLOAD:
                try_payload(input.data, input.n);
                break;
        }
        return 0;
}
