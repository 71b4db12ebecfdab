/* SPDX-License-Identifier: MIT */

#include "base/cbor-writer.h"
#include "webauthn/descriptor-list.h"

/* The entries of a list whose ids are not too long, up to a number. */
typedef struct Selection {
        CborItem list;
        uint64_t id_size_max;
        size_t n;
} Selection;

/* The next that fits. The list is ours, hence well-formed. */
static bool next_fitting(CborIterator *it, uint64_t id_size_max, CborItem *ret) {
        Ctap2Descriptor descriptor;

        while (cbor_item_next(it, ret))
                if (ctap2_descriptor_decode(*ret, &descriptor) >= 0 &&
                    descriptor.id.n <= id_size_max)
                        return true;
        return false;
}

static Selection select_fitting(const Blob *list, uint64_t id_size_max) {
        Selection selection = { .list = blob_item(list), .id_size_max = id_size_max };
        CborIterator it;
        CborItem item;

        if (!selection.list.data || cbor_item_iterate(selection.list, CBOR_ARRAY, &it) < 0)
                return selection;
        while (next_fitting(&it, id_size_max, &item))
                selection.n++;
        return selection;
}

static void write_selection(const void *userdata, ByteWriter *w) {
        const Selection *selection = userdata;
        CborIterator it;
        CborItem item;

        cbor_write_array(w, selection->n);
        if (cbor_item_iterate(selection->list, CBOR_ARRAY, &it) < 0)
                return;
        for (size_t i = 0; i < selection->n && next_fitting(&it, selection->id_size_max, &item);
             i++)
                ctap2_write_item(w, item);
}

/* What is not said, or said to be more than the specification's limit, is that limit. */
static uint64_t id_size_max(const Ctap2GetInfo *info) {
        if (info->credential_size_max == 0 ||
            info->credential_size_max > CTAP2_CREDENTIAL_ID_SIZE_MAX)
                return CTAP2_CREDENTIAL_ID_SIZE_MAX;
        return info->credential_size_max;
}

int descriptor_list_limit(const HybridWebauthn *request, const Ctap2GetInfo *info, Blob *ret) {
        uint64_t n_max = info->n_credentials_max > 0 ? info->n_credentials_max : UINT64_MAX;
        Selection selection = select_fitting(&request->descriptors, id_size_max(info));

        if (selection.n > n_max) {
                Selection on_phones =
                        select_fitting(&request->descriptors_on_phones, id_size_max(info));

                if (on_phones.n > 0)
                        selection = on_phones;
                if (selection.n > n_max)
                        selection.n = (size_t)n_max;
        }

        if (selection.n == 0) {
                *ret = (Blob){};
                return 0;
        }
        return blob_build(ret, write_selection, &selection);
}
