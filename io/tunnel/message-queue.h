/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A queue of byte strings.
 */

#include <stddef.h>
#include <stdint.h>

typedef struct Message {
        struct Message *next;
        uint8_t *data; /* in the same piece of memory: free() of the message frees both */
        size_t n;
} Message;

/** All zero is an empty queue. */
typedef struct MessageQueue {
        Message *first;
        Message *last;
        size_t n_bytes;
} MessageQueue;

/** Appends a copy, with room for `n_front` more bytes in front of its data. 0 or -ENOMEM. */
int message_queue_push(MessageQueue *queue, size_t n_front, const void *data, size_t n);

/** The first message, owned by the caller: free(). NULL if there is none. */
Message *message_queue_pop(MessageQueue *queue);

void message_queue_clear(MessageQueue *queue);
