/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/tunnel/message-queue.h"

int message_queue_push(MessageQueue *queue, size_t n_front, const void *data, size_t n) {
        Message *message = malloc(sizeof(Message) + n_front + n);

        if (!message)
                return -ENOMEM;
        message->next = NULL;
        message->data = (uint8_t *)(message + 1) + n_front;
        message->n = n;
        if (n > 0)
                memcpy(message->data, data, n);

        if (queue->last)
                queue->last->next = message;
        else
                queue->first = message;
        queue->last = message;
        queue->n_bytes += n;

        return 0;
}

Message *message_queue_pop(MessageQueue *queue) {
        Message *message = queue->first;

        if (!message)
                return NULL;
        queue->first = message->next;
        if (!queue->first)
                queue->last = NULL;
        queue->n_bytes -= message->n;

        return message;
}

void message_queue_clear(MessageQueue *queue) {
        Message *message;

        while ((message = message_queue_pop(queue)))
                free(message);
}
