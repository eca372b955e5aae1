/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/queue.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#define FIRST_SIZE 2048

void queue_reset(Queue *queue)
{
        /* Messages may carry keys (Bootstrap-Write of /0). */
        if (queue->used > 0)
                explicit_bzero(queue->data, queue->used);
        queue->used = 0;
        queue->len = 0;
        queue->next = 0;
}

void queue_clear(Queue *queue)
{
        queue_reset(queue);
        g_clear_pointer(&queue->data, g_free);
        queue->size = 0;
}

/* Not realloc(): the old memory is wiped. */
static void queue_grow(Queue *queue, size_t needed)
{
        size_t size = MAX(queue->size, FIRST_SIZE);
        uint8_t *data;

        while (size < needed)
                size *= 2;
        data = g_malloc(size);
        if (queue->used > 0) {
                memcpy(data, queue->data, queue->used);
                explicit_bzero(queue->data, queue->used);
        }
        g_free(queue->data);
        queue->data = data;
        queue->size = size;
}

int queue_put(Queue *queue, const void *data, size_t len)
{
        if (queue->len == QUEUE_MAX_ITEMS || len > QUEUE_MAX_OCTETS - queue->used)
                return -ENOBUFS;

        if (!queue->data || len > queue->size - queue->used)
                queue_grow(queue, queue->used + len);
        if (len > 0)
                memcpy(queue->data + queue->used, data, len);
        queue->items[queue->len].offset = queue->used;
        queue->items[queue->len].len = len;
        queue->len++;
        queue->used += len;
        return 0;
}

bool queue_take(Queue *queue, const uint8_t **ret, size_t *ret_len)
{
        if (queue_is_empty(queue))
                return false;

        *ret = queue->data + queue->items[queue->next].offset;
        *ret_len = queue->items[queue->next].len;
        queue->next++;
        return true;
}

bool queue_is_empty(const Queue *queue)
{
        return queue->next == queue->len;
}
