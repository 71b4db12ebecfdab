/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Messages on their way through the server, and queues of them. A message is put together from the
 * chunks that come off the wire, then moves into one queue, from there onto the wire, and is freed.
 * It is not copied on this way; only the websocket library copies what does not go out at once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

enum {
        MESSAGE_HEADROOM = 16, /* what the websocket library writes its frame header into */
};

/** The memory that all messages together may take. */
typedef struct MessageBudget {
        size_t n, n_max; /* bytes, overhead included */
} MessageBudget;

typedef struct Message {
        struct Message *next;
        MessageBudget *budget; /* borrowed; it is counted there */
        size_t n;              /* bytes of data in use */
        size_t size;           /* bytes of data allocated */
        bool text;             /* a fault: send it as a text frame */
        bool cut_in_half; /* a fault: send the first half of its frame, then break the connection */
        uint8_t headroom[MESSAGE_HEADROOM];
        uint8_t data[];
} Message;

/** An empty message with room for `size` bytes, or NULL when memory or budget is short. */
Message *message_new(MessageBudget *budget, size_t size);

/** NULL in, NULL out. */
Message *message_free(Message *message);
DEFINE_CLEANUP(Message *, message_free);

/** A copy, or NULL when memory or budget is short. */
Message *message_copy(const Message *message);

/**
 * Appends n bytes and makes room as needed; *message may be NULL at first, and may move.
 * Returns 0, or -ENOMEM, when memory or budget is short, with nothing appended.
 */
int message_append(Message **message, MessageBudget *budget, const void *data, size_t n);

typedef struct MessageQueue {
        Message *first;
        Message **last; /* where the next one is hooked in */
        size_t n_bytes; /* memory that the messages take, their own overhead included */
} MessageQueue;

void message_queue_init(MessageQueue *queue);

/** Frees all that is in it; the queue is empty and usable after that. */
void message_queue_clear(MessageQueue *queue);

/** Puts a message at the end; the queue owns it from now on. */
void message_queue_push(MessageQueue *queue, Message *message);

/** Takes the first message off, which the caller then owns, or NULL. */
Message *message_queue_pop(MessageQueue *queue);
