/* SPDX-License-Identifier: MIT */

#include "webauthn/client-data.h"
#include "webauthn/json-writer.h"

void client_data_write(const ClientData *client_data, ByteWriter *w) {
        JsonWriter json = { .bytes = w };

        json_writer_open(&json, NULL, '{');
        json_writer_string(&json, "type",
                           client_data->operation == HYBRID_CREATE ? "webauthn.create"
                                                                   : "webauthn.get");
        json_writer_bytes(&json, "challenge", client_data->challenge, client_data->n_challenge);
        json_writer_string(&json, "origin", client_data->origin);
        json_writer_bool(&json, "crossOrigin", client_data->cross_origin);
        if (client_data->top_origin)
                json_writer_string(&json, "topOrigin", client_data->top_origin);
        json_writer_close(&json, '}');
}
