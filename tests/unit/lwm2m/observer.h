/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A registered server that observes object 1000. */

#include "world.h"

#define LEVEL path_resource(WORLD_OBJECT, 0, 1)

typedef struct Observer {
        World world;
        Peer *peer;
        uint32_t sequence; /* of the last notification */
} Observer;

/* As a fixture; `data` is the most observations, NULL: many. */
void observer_set_up(Observer *f, gconstpointer data);
void observer_tear_down(Observer *f, gconstpointer data);

/* `observe` -1: without. The answer. */
const CoapMessage *observer_ask(Observer *f, uint8_t code, const char *path, const char *query,
                                int observe, uint8_t token);

/* Each must succeed. */
void observer_observe(Observer *f, const char *path, uint8_t token);
void observer_write_attributes(Observer *f, const char *path, const char *query);

/* /1000/0/1 changes, and a turn of the loop. */
void observer_set_level(Observer *f, int level);

/* The next message must be a notification of that token, younger than those before. `content` NULL:
 * not looked at. */
const CoapMessage *observer_expect(Observer *f, uint8_t token, const char *content);
void observer_expect_nothing(Observer *f);
size_t observer_count(Observer *f);
