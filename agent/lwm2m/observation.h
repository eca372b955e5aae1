/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who of one server observes what: a table found by token, by path and by the time of what is due
 * next. No protocol and no clock of its own; lwm2m/notify.h decides and sends.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "coap/message.h"
#include "lwm2m/composite.h"
#include "model/path.h"

typedef struct Requester Requester;

/* Deadlines lie on this grid, those of pmin at or after the exact time, those of pmax at or before
 * it. */
#define OBSERVATION_GRID (G_USEC_PER_SEC / 10)

/* A payload up to this long is kept to compare, of a longer one its SHA-256. */
#define OBSERVATION_DIGEST_SIZE 32

typedef struct ObservationDigest {
        size_t len; /* of the payload */
        uint8_t data[OBSERVATION_DIGEST_SIZE];
} ObservationDigest;

typedef struct Refresh Refresh;

typedef struct Observation {
        CoapToken token;
        Path path;            /* of a composite one: the root */
        Composite *composite; /* NULL: of one path */
        int accept;           /* of the request, FORMAT_NONE without */
        uint32_t pmin, pmax;  /* in force, seconds; pmax 0: none */
        gint64 sent_at; /* of the last notification, the answer to the request counting as the first
                         */
        gint64 confirmed_at;    /* of the last one that was confirmable, likewise */
        ObservationDigest last; /* what it said */
        bool changed;           /* differs from what was said, or that did not arrive: to be told
                                   after pmin, and when there is a way to the server */
        bool unconfirmed;       /* a confirmable one is under way */
        Refresh *refresh;       /* values are being fetched */
        uint32_t notifications;

        /* The table's own. */
        struct ObservationPlace *places; /* one for each path */
        size_t n_places;
        uint64_t collected; /* in which turn */
        gint64 due;
        size_t heap_index;
} Observation;

typedef struct Observations Observations;

/* At most `limit` observations. */
Observations *observations_new(size_t limit);
void observations_free(Observations *observations);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Observations, observations_free)

size_t observations_len(const Observations *observations);

/* Adds an empty one that is not due, of `path`, or of all paths of `composite` unless that is NULL.
 * NULL: the limit is reached. The token must not be in use. */
Observation *observations_add(Observations *observations, const CoapToken *token, Path path,
                              Composite *composite);
void observations_remove(Observations *observations, Observation *observation);

/* NULL where there is none. */
Observation *observations_find(const Observations *observations, const CoapToken *token);

/* Not before (pmin). */
gint64 observation_earliest(const Observation *observation);

/* When it is to be told of by what it says of itself (Core 7.3.2); CLOCK_NEVER: not before it
 * changes. */
gint64 observation_next_due(const Observation *observation);

/* CLOCK_NEVER: not due. O(log n). */
void observations_set_due(Observations *observations, Observation *observation, gint64 due);

/* The one that is due first, NULL where none is due ever. */
Observation *observations_first_due(const Observations *observations);

/*
 * Those that see what is at `path`: observing the path itself, what it is part of, or what is part
 * of it; the root: all. Appended to `ret`, borrowed, each once, in no order to rely on. O(log n)
 * and what is found.
 */
void observations_collect(Observations *observations, Path path, GPtrArray *ret);

/* The same in an array of its own, the caller's. */
GPtrArray *observations_at(Observations *observations, Path path);

ObservationDigest observation_digest(const void *data, size_t len);
bool observation_digest_equal(const ObservationDigest *a, const ObservationDigest *b);

/* pmin and pmax as the server of `requester` has set them, 0 where it has not. */
void observation_take_attributes(Observation *observation, const Requester *requester);
