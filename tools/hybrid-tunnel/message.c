/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

enum {
        MESSAGE_SIZE_MIN = 256, /* the handshake messages and most commands fit */
};

Message *message_new(size_t size) {
        Message *m;

        m = malloc(sizeof(Message) + size);
        if (!m)
                return NULL;

        *m = (Message){ .size = size };
        return m;
}

Message *message_free(Message *message) {
        free(message);
        return NULL;
}

Message *message_copy(const Message *message) {
        Message *copy;

        copy = message_new(message->n);
        if (!copy)
                return NULL;

        copy->n = message->n;
        copy->text = message->text;
        memcpy(copy->data, message->data, message->n);
        return copy;
}

/* Grows with what has really come, never by what a frame header announces. */
static int message_reserve(Message **message, size_t n) {
        size_t size = *message ? (*message)->size : MESSAGE_SIZE_MIN;
        Message *m;

        while (size < n)
                size *= 2;
        if (*message && size == (*message)->size)
                return 0;

        m = realloc(*message, sizeof(Message) + size);
        if (!m)
                return -ENOMEM;
        if (!*message)
                *m = (Message){};

        m->size = size;
        *message = m;
        return 0;
}

int message_append(Message **message, const void *data, size_t n) {
        int r;

        r = message_reserve(message, (*message ? (*message)->n : 0) + n);
        if (r < 0)
                return r;

        if (n > 0)
                memcpy((*message)->data + (*message)->n, data, n);
        (*message)->n += n;
        return 0;
}

void message_queue_init(MessageQueue *queue) {
        *queue = (MessageQueue){ .last = &queue->first };
}

void message_queue_clear(MessageQueue *queue) {
        Message *m;

        while ((m = message_queue_pop(queue)))
                message_free(m);
}

void message_queue_push(MessageQueue *queue, Message *message) {
        message->next = NULL;
        *queue->last = message;
        queue->last = &message->next;
        queue->n_bytes += sizeof(Message) + message->size;
}

Message *message_queue_pop(MessageQueue *queue) {
        Message *m = queue->first;

        if (!m)
                return NULL;

        queue->first = m->next;
        if (!queue->first)
                queue->last = &queue->first;
        queue->n_bytes -= sizeof(Message) + m->size;
        m->next = NULL;
        return m;
}
