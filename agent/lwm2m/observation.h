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
#include "lwm2m/observe-query.h"
#include "lwm2m/significance.h"
#include "model/attributes.h"
#include "model/path.h"

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
        Path path;
        int accept;              /* of the request, FORMAT_NONE without */
        ObserveQuery *query;     /* of the request, owned; NULL: none */
        AttributeSet attributes; /* in force; what is not set is 0 */
        gint64 sent_at; /* of the last notification, the answer to the request counting as the first
                         */
        gint64 confirmed_at;    /* of the last one that was confirmable, likewise */
        ObservationDigest last; /* what it said */
        Numbers numbers;        /* likewise, where gt, lt and st may be attached */
        gint64 evaluated_at;    /* when the value was last looked at */
        bool to_evaluate;       /* it may have changed since, to be looked at after epmin */
        bool changed;           /* differs from what was said, or that did not arrive: to be told
                                   after pmin, and when there is a way to the server */
        bool unconfirmed;       /* a confirmable one is under way */
        Refresh *refresh;       /* values are being fetched */
        uint32_t notifications;

        /* The table's own. */
        uint64_t serial;
        gint64 due;
        size_t heap_index;
} Observation;

typedef struct Observations Observations;

/* At most `limit` observations. */
Observations *observations_new(size_t limit);
void observations_free(Observations *observations);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Observations, observations_free)

size_t observations_len(const Observations *observations);

/* Adds an empty one that is not due. NULL: the limit is reached. The token must not be in use. */
Observation *observations_add(Observations *observations, const CoapToken *token, Path path);
void observations_remove(Observations *observations, Observation *observation);

/* NULL where there is none. */
Observation *observations_find(const Observations *observations, const CoapToken *token);

/* Not before (pmin). */
gint64 observation_earliest(const Observation *observation);

/* When it is to be told of or looked at by what it says of itself (Core 7.3.2); CLOCK_NEVER: not
 * before it changes. */
gint64 observation_next_due(const Observation *observation);

/* Whether at `now` it is to be told of whatever it says: pmax has passed, or pmin since a change.
 */
bool observation_is_due(const Observation *observation, gint64 now);

/* Something at the path may have changed: whether to look at once. False: epmin has not passed, and
 * observation_next_due() tells when it has. */
bool observation_may_evaluate(Observation *observation, gint64 now);

/* CLOCK_NEVER: not due. O(log n). */
void observations_set_due(Observations *observations, Observation *observation, gint64 due);

/* The one that is due first, NULL where none is due ever. */
Observation *observations_first_due(const Observations *observations);

/*
 * Those that see what is at `path`: observing the path itself, what it is part of, or what is part
 * of it; the root: all. Appended to `ret`, borrowed, each once, in no order to rely on. O(log n)
 * and what is found.
 */
void observations_collect(const Observations *observations, Path path, GPtrArray *ret);

/* The same in an array of its own, the caller's. */
GPtrArray *observations_at(const Observations *observations, Path path);

/* Only those that observe exactly the path, likewise. */
GPtrArray *observations_of(const Observations *observations, Path path);

/* The value is looked at: both periods of evaluation begin anew. */
void observation_on_evaluated(Observation *observation, gint64 now);

/* Notes what it says, a payload made of `records`. */
void observation_say(Observation *observation, const Records *records, const void *data,
                     size_t len);

/* Likewise, in a notification that goes out at `now`: both periods begin anew. */
void observation_on_told(Observation *observation, gint64 now, bool confirmable,
                         const Records *records, const void *data, size_t len);

/* Whether that is something else than what was said, and by the attributes matters. */
bool observation_differs(const Observation *observation, const Records *records, const void *data,
                         size_t len);

/* Those in force: of the request, or else as the server of `requester` has attached them. */
void observation_take_attributes(Observation *observation, const Requester *requester);
