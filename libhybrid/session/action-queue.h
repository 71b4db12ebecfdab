/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The queue of actions that both sessions hand out. It owns what its actions point to, and erases
 * it when the next action is taken.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hybrid.h"

enum {
        /* One input queues at most seven actions, and callers take them all after each input. */
        ACTION_QUEUE_SIZE = 16,
};

typedef struct QueuedAction {
        HybridAction action;
        void *data; /* owned; what the action points to, or NULL */
        size_t n;
} QueuedAction;

typedef struct ActionQueue {
        QueuedAction items[ACTION_QUEUE_SIZE];
        unsigned first;
        unsigned n;
        QueuedAction taken; /* lent to the caller */
} ActionQueue;

void action_queue_done(ActionQueue *queue);

/** True if another input can be processed. */
bool action_queue_has_room(const ActionQueue *queue);

/** Each drops the action if the queue is full, which action_queue_has_room() prevents. */
void action_queue_push(ActionQueue *queue, HybridAction action);
void action_queue_push_state(ActionQueue *queue, int state);

/** Takes over the buffer (from malloc, n bytes), which is erased and freed in the end. */
void action_queue_push_bytes(ActionQueue *queue, HybridActionType type, uint8_t *data, size_t n);

/** Copies the strings; @client_payload may be NULL. 0 or -ENOMEM. */
int action_queue_push_connect(ActionQueue *queue, const char *url, const char *host,
                              const char *client_payload);

/** Copies it. 0 or -ENOMEM. */
int action_queue_push_linked(ActionQueue *queue, const HybridLink *link);
int action_queue_push_qr(ActionQueue *queue, const char *text);

bool action_queue_next(ActionQueue *queue, HybridAction *ret);
