/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "session/client-internal.h"

int client_send_message(HybridClient *client, MessageType type, const uint8_t *payload, size_t n) {
        uint8_t *plaintext, *record;
        size_t n_plaintext, n_record;
        ByteWriter w;
        int r;

        plaintext = malloc(n + 1);
        if (!plaintext)
                return -ENOMEM;

        w = (ByteWriter){ .data = plaintext, .size = n + 1 };
        if (client->revision == MESSAGE_REVISION_0)
                byte_writer_append(&w, payload, n);
        else
                message_encode(&w, type, payload, n);
        n_plaintext = w.n;

        r = secure_channel_seal(&client->secure, plaintext, n_plaintext, &record, &n_record);
        secret_free(plaintext, n + 1);
        if (r < 0)
                return r;

        action_queue_push_bytes(&client->actions, HYBRID_ACTION_SEND, record, n_record);
        return 0;
}

/* A phone that cannot be told notices that the channel closes. */
void client_send_shutdown(HybridClient *client) {
        if (!client->is_secure || client->revision == MESSAGE_REVISION_0 || client->shutdown_sent)
                return;
        (void)client_send_message(client, MESSAGE_SHUTDOWN, NULL, 0);
        client->shutdown_sent = true;
}

void client_erase_keys(HybridClient *client) {
        offer_done(&client->offer);
        offer_done(&client->previous_offer);
        client->matched_offer = NULL;
        contact_attempt_done(&client->attempt);
        client->ephemeral = p256_key_free(client->ephemeral);
        noise_done(&client->noise);
        secure_channel_done(&client->secure);
        client->is_secure = false;
        secret_erase(client->handshake_hash, sizeof(client->handshake_hash));
}

/* Stops what the session has going on outside: the code, the scan, the channel. */
static void wind_down(HybridClient *client) {
        if (client->state == HYBRID_CLIENT_WAITING_FOR_SCAN)
                client_push(client, HYBRID_ACTION_HIDE_QR);
        client_stop_scan(client);
        if (client->state != HYBRID_CLIENT_WAITING_FOR_SCAN)
                client_push(client, HYBRID_ACTION_CLOSE);
}

int client_fail(HybridClient *client, HybridCause cause, int r, const char *detail,
                uint64_t now_usec) {
        HybridFailure *failure = &client->failure;

        if (client->state == HYBRID_CLIENT_LINGERING) {
                client_finish(client, now_usec);
                return r == -EBADMSG ? 0 : r;
        }

        failure->cause = cause;
        failure->stage = client_row(client)->stage;
        failure->adverts_seen = client->adverts_seen;
        strcpy(failure->host, client->host);
        snprintf(failure->detail, sizeof(failure->detail), "%s", detail);

        wind_down(client);
        client_erase_keys(client);
        client_enter_state(client, HYBRID_CLIENT_FAILED, now_usec);
        action_queue_push(&client->actions,
                          (HybridAction){ .type = HYBRID_ACTION_FAILED, .failure = failure });
        return r;
}

int client_fail_errno(HybridClient *client, int r, HybridCause peer_cause, const char *detail,
                      uint64_t now_usec) {
        if (r == -EBADMSG)
                return client_fail(client, peer_cause, r, detail, now_usec);
        return client_fail(client, HYBRID_CAUSE_INTERNAL, r, strerrordesc_np(-r), now_usec);
}

int client_fail_timeout(HybridClient *client, HybridCause cause, uint64_t now_usec) {
        client->failure.timed_out = true;
        return client_fail(client, cause, 0, "", now_usec);
}

void client_finish(HybridClient *client, uint64_t now_usec) {
        client_stop_scan(client);
        client_send_shutdown(client);
        client_push(client, HYBRID_ACTION_CLOSE);
        client_erase_keys(client);
        client_enter_state(client, HYBRID_CLIENT_DONE, now_usec);
}
