/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

enum {
        MESSAGE_SIZE_MIN = 256, /* the handshake messages and most commands fit */
};

static bool budget_has_room(const MessageBudget *budget, size_t n) {
        return budget->n <= budget->n_max && n <= budget->n_max - budget->n;
}

Message *message_new(MessageBudget *budget, size_t size) {
        Message *m;

        if (!budget_has_room(budget, sizeof(Message) + size))
                return NULL;
        m = malloc(sizeof(Message) + size);
        if (!m)
                return NULL;

        *m = (Message){ .budget = budget, .size = size };
        budget->n += sizeof(Message) + size;
        return m;
}

Message *message_free(Message *message) {
        if (message)
                message->budget->n -= sizeof(Message) + message->size;
        free(message);
        return NULL;
}

Message *message_copy(const Message *message) {
        Message *copy;

        copy = message_new(message->budget, message->n);
        if (!copy)
                return NULL;

        copy->n = message->n;
        copy->text = message->text;
        memcpy(copy->data, message->data, message->n);
        return copy;
}

/* Grows with what has really come, never by what a frame header announces. */
static int message_reserve(Message **message, size_t n) {
        MessageBudget *budget = (*message)->budget;
        size_t size = (*message)->size;
        Message *m;

        while (size < n)
                size *= 2;
        if (size == (*message)->size)
                return 0;

        if (!budget_has_room(budget, size - (*message)->size))
                return -ENOMEM;
        m = realloc(*message, sizeof(Message) + size);
        if (!m)
                return -ENOMEM;

        budget->n += size - m->size;
        m->size = size;
        *message = m;
        return 0;
}

int message_append(Message **message, MessageBudget *budget, const void *data, size_t n) {
        if (!*message)
                *message = message_new(budget, MESSAGE_SIZE_MIN);
        if (!*message || message_reserve(message, (*message)->n + n) < 0)
                return -ENOMEM;

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
