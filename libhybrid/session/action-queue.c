/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/secret.h"
#include "session/action-queue.h"

/* Left free by action_queue_has_room(): what one input can need. */
#define N_RESERVED 8

static void queued_action_done(QueuedAction *queued) {
        secret_free(queued->data, queued->n);
        *queued = (QueuedAction){};
}

void action_queue_done(ActionQueue *queue) {
        for (unsigned i = 0; i < ACTION_QUEUE_SIZE; i++)
                queued_action_done(&queue->items[i]);
        queued_action_done(&queue->taken);
        queue->n = 0;
}

bool action_queue_has_room(const ActionQueue *queue) {
        return queue->n + N_RESERVED <= ACTION_QUEUE_SIZE;
}

static void push(ActionQueue *queue, HybridAction action, void *data, size_t n) {
        if (queue->n == ACTION_QUEUE_SIZE) {
                secret_free(data, n);
                return;
        }

        queue->items[(queue->first + queue->n) % ACTION_QUEUE_SIZE] =
                (QueuedAction){ action, data, n };
        queue->n++;
}

void action_queue_push(ActionQueue *queue, HybridAction action) {
        push(queue, action, NULL, 0);
}

void action_queue_push_state(ActionQueue *queue, int state) {
        push(queue, (HybridAction){ .type = HYBRID_ACTION_STATE, .state = state }, NULL, 0);
}

void action_queue_push_bytes(ActionQueue *queue, HybridActionType type, uint8_t *data, size_t n) {
        HybridAction action = { .type = type, .bytes = { .data = data, .n = n } };

        push(queue, action, data, n);
}

int action_queue_push_connect(ActionQueue *queue, const char *url, const char *host,
                              const char *client_payload) {
        HybridAction action = { .type = HYBRID_ACTION_CONNECT };
        size_t n_url = strlen(url) + 1, n_host = strlen(host) + 1;
        size_t n_payload = client_payload ? strlen(client_payload) + 1 : 0;
        char *strings;

        strings = malloc(n_url + n_host + n_payload);
        if (!strings)
                return -ENOMEM;

        action.connect.url = memcpy(strings, url, n_url);
        action.connect.host = memcpy(strings + n_url, host, n_host);
        if (client_payload)
                action.connect.client_payload =
                        memcpy(strings + n_url + n_host, client_payload, n_payload);
        push(queue, action, strings, n_url + n_host + n_payload);
        return 0;
}

int action_queue_push_linked(ActionQueue *queue, const HybridLink *link) {
        HybridAction action = { .type = HYBRID_ACTION_LINKED };
        HybridLink *copy;

        copy = malloc(sizeof(*copy));
        if (!copy)
                return -ENOMEM;

        *copy = *link;
        action.link = copy;
        push(queue, action, copy, sizeof(*copy));
        return 0;
}

int action_queue_push_qr(ActionQueue *queue, const char *text) {
        HybridAction action = { .type = HYBRID_ACTION_SHOW_QR };
        char *copy;

        copy = strdup(text);
        if (!copy)
                return -ENOMEM;

        action.qr_text = copy;
        push(queue, action, copy, strlen(copy));
        return 0;
}

bool action_queue_next(ActionQueue *queue, HybridAction *ret) {
        queued_action_done(&queue->taken);
        if (queue->n == 0)
                return false;

        queue->taken = queue->items[queue->first];
        queue->items[queue->first] = (QueuedAction){};
        queue->first = (queue->first + 1) % ACTION_QUEUE_SIZE;
        queue->n--;

        *ret = queue->taken.action;
        return true;
}
