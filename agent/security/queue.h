/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Datagrams or messages in order, copied into one buffer that is used again and again: nothing is
 * allocated once it is large enough.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_MAX_ITEMS 64
#define QUEUE_MAX_OCTETS (256 * 1024)

typedef struct Queue {
        uint8_t *data;
        size_t size; /* allocated */
        size_t used;
        struct {
                size_t offset;
                size_t len;
        } items[QUEUE_MAX_ITEMS];
        unsigned len;  /* items put */
        unsigned next; /* items taken */
} Queue;

/* Wipes and frees; an empty queue is all zero. */
void queue_clear(Queue *queue);

/* Wipes what was in it and begins again at the front; the buffer stays. */
void queue_reset(Queue *queue);

/* -ENOBUFS when either limit is reached. */
int queue_put(Queue *queue, const void *data, size_t len);

/* The oldest item, borrowed until the queue changes. False when there is none. */
bool queue_take(Queue *queue, const uint8_t **ret, size_t *ret_len);

bool queue_is_empty(const Queue *queue);
