/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/observation.h"

#include <string.h>

#include "base/clock.h"
#include "lwm2m/representation.h"
#include "lwm2m/requester.h"

#define NOT_IN_HEAP SIZE_MAX

/* One path of an observation. */
typedef struct ObservationPlace {
        Path path;
        uint64_t serial; /* of the observation */
        Observation *observation;
} Place;

struct Observations {
        size_t limit;
        uint64_t next_serial;
        uint64_t turn;        /* of collecting */
        GHashTable *by_token; /* CoapToken in the Observation → Observation, owned */
        GTree *by_path;  /* Place, by path and serial; the tree gives them in the order of a walk */
        GPtrArray *heap; /* the earliest first */
};

static guint token_hash(gconstpointer key)
{
        const CoapToken *token = key;
        guint hash = 2166136261u; /* FNV-1a */

        for (size_t i = 0; i < token->len; i++)
                hash = (hash ^ token->data[i]) * 16777619u;
        return hash;
}

static gboolean token_equal(gconstpointer a, gconstpointer b)
{
        return coap_token_equal(a, b);
}

static int compare_path_and_serial(gconstpointer a, gconstpointer b, gpointer user)
{
        const Place *left = a, *right = b;
        int order = path_compare(left->path, right->path);

        if (order != 0)
                return order;
        return (left->serial > right->serial) - (left->serial < right->serial);
}

static void observation_free(void *data)
{
        Observation *observation = data;

        composite_unref(observation->composite);
        g_free(observation->places);
        g_free(observation);
}

Observations *observations_new(size_t limit)
{
        Observations *observations = g_new0(Observations, 1);

        observations->limit = limit;
        observations->by_token =
                g_hash_table_new_full(token_hash, token_equal, NULL, observation_free);
        observations->by_path = g_tree_new_full(compare_path_and_serial, NULL, NULL, NULL);
        observations->heap = g_ptr_array_new();
        return observations;
}

void observations_free(Observations *observations)
{
        if (!observations)
                return;
        g_tree_unref(observations->by_path);
        g_ptr_array_unref(observations->heap);
        g_hash_table_unref(observations->by_token);
        g_free(observations);
}

size_t observations_len(const Observations *observations)
{
        return g_hash_table_size(observations->by_token);
}

static void add_places(Observations *observations, Observation *observation)
{
        const Composite *composite = observation->composite;
        uint64_t serial = ++observations->next_serial;

        observation->n_places = composite ? composite_len(composite) : 1;
        observation->places = g_new(Place, observation->n_places);
        for (size_t i = 0; i < observation->n_places; i++) {
                Place *place = &observation->places[i];
                Path path = composite ? composite_get(composite, i) : observation->path;

                *place = (Place){path, serial, observation};
                g_tree_insert(observations->by_path, place, place);
        }
}

Observation *observations_add(Observations *observations, const CoapToken *token, Path path,
                              Composite *composite)
{
        Observation *observation;

        if (observations_len(observations) >= observations->limit)
                return NULL;
        observation = g_new0(Observation, 1);
        observation->token = *token;
        observation->path = path;
        observation->composite = composite_ref(composite);
        observation->due = CLOCK_NEVER;
        observation->heap_index = NOT_IN_HEAP;
        g_hash_table_insert(observations->by_token, &observation->token, observation);
        add_places(observations, observation);
        return observation;
}

void observations_remove(Observations *observations, Observation *observation)
{
        observations_set_due(observations, observation, CLOCK_NEVER);
        for (size_t i = 0; i < observation->n_places; i++)
                g_tree_remove(observations->by_path, &observation->places[i]);
        g_hash_table_remove(observations->by_token, &observation->token);
}

Observation *observations_find(const Observations *observations, const CoapToken *token)
{
        return g_hash_table_lookup(observations->by_token, token);
}

/* ---- When ---- */

static gint64 after(gint64 time, uint32_t seconds)
{
        return time + (gint64) seconds * G_USEC_PER_SEC;
}

static gint64 grid_up(gint64 time)
{
        return (time + OBSERVATION_GRID - 1) / OBSERVATION_GRID * OBSERVATION_GRID;
}

static gint64 grid_down(gint64 time)
{
        return time / OBSERVATION_GRID * OBSERVATION_GRID;
}

gint64 observation_earliest(const Observation *observation)
{
        return after(observation->sent_at, observation->pmin);
}

gint64 observation_next_due(const Observation *observation)
{
        gint64 earliest = observation_earliest(observation);

        if (observation->changed)
                return grid_up(earliest);
        if (observation->pmax == 0)
                return CLOCK_NEVER;
        return MAX(earliest, grid_down(after(observation->sent_at, observation->pmax)));
}

/* ---- A binary heap by `due` ---- */

static Observation *heap_at(const Observations *observations, size_t index)
{
        return g_ptr_array_index(observations->heap, index);
}

static void heap_put(Observations *observations, size_t index, Observation *observation)
{
        observations->heap->pdata[index] = observation;
        observation->heap_index = index;
}

static void heap_up(Observations *observations, size_t index)
{
        Observation *moving = heap_at(observations, index);

        while (index > 0 && heap_at(observations, (index - 1) / 2)->due > moving->due) {
                heap_put(observations, index, heap_at(observations, (index - 1) / 2));
                index = (index - 1) / 2;
        }
        heap_put(observations, index, moving);
}

static void heap_down(Observations *observations, size_t index)
{
        Observation *moving = heap_at(observations, index);
        size_t len = observations->heap->len;

        for (size_t child = 2 * index + 1; child < len; child = 2 * index + 1) {
                if (child + 1 < len &&
                    heap_at(observations, child + 1)->due < heap_at(observations, child)->due)
                        child++;
                if (heap_at(observations, child)->due >= moving->due)
                        break;
                heap_put(observations, index, heap_at(observations, child));
                index = child;
        }
        heap_put(observations, index, moving);
}

static void heap_remove(Observations *observations, size_t index)
{
        size_t last = observations->heap->len - 1;
        Observation *moved = heap_at(observations, last);

        heap_at(observations, index)->heap_index = NOT_IN_HEAP;
        g_ptr_array_set_size(observations->heap, (int) last);
        if (index == last)
                return;
        heap_put(observations, index, moved);
        heap_up(observations, index);
        heap_down(observations, moved->heap_index);
}

void observations_set_due(Observations *observations, Observation *observation, gint64 due)
{
        if (observation->due == due)
                return;
        if (observation->heap_index != NOT_IN_HEAP)
                heap_remove(observations, observation->heap_index);
        observation->due = due;
        if (due == CLOCK_NEVER)
                return;
        g_ptr_array_add(observations->heap, observation);
        observation->heap_index = observations->heap->len - 1;
        heap_up(observations, observation->heap_index);
}

Observation *observations_first_due(const Observations *observations)
{
        return observations->heap->len > 0 ? heap_at(observations, 0) : NULL;
}

/* ---- By path ---- */

static GTreeNode *first_at(const Observations *observations, Path path)
{
        Place probe = {.path = path, .serial = 0};

        return g_tree_lower_bound(observations->by_path, &probe);
}

/* A composite one may have several paths there. */
static void collect(const Observations *observations, const Place *place, GPtrArray *ret)
{
        if (place->observation->collected == observations->turn)
                return;
        place->observation->collected = observations->turn;
        g_ptr_array_add(ret, place->observation);
}

static void collect_exactly(const Observations *observations, Path path, GPtrArray *ret)
{
        for (GTreeNode *node = first_at(observations, path); node; node = g_tree_node_next(node)) {
                const Place *place = g_tree_node_value(node);

                if (!path_equal(place->path, path))
                        return;
                collect(observations, place, ret);
        }
}

static void collect_within(const Observations *observations, Path path, GPtrArray *ret)
{
        for (GTreeNode *node = first_at(observations, path); node; node = g_tree_node_next(node)) {
                const Place *place = g_tree_node_value(node);

                if (!path_within(place->path, path))
                        return;
                collect(observations, place, ret);
        }
}

void observations_collect(Observations *observations, Path path, GPtrArray *ret)
{
        Path ancestor = path;

        if (observations_len(observations) == 0)
                return;
        observations->turn++;
        collect_within(observations, path, ret);
        while (ancestor.level > PATH_ROOT) {
                ancestor = path_parent(ancestor);
                collect_exactly(observations, ancestor, ret);
        }
}

GPtrArray *observations_at(Observations *observations, Path path)
{
        GPtrArray *found = g_ptr_array_new();

        observations_collect(observations, path, found);
        return found;
}

/* ---- What was said ---- */

ObservationDigest observation_digest(const void *data, size_t len)
{
        ObservationDigest digest = {.len = len};
        g_autoptr(GChecksum) checksum = NULL;
        gsize size = sizeof(digest.data);

        if (len <= sizeof(digest.data)) {
                if (len > 0)
                        memcpy(digest.data, data, len);
                return digest;
        }
        checksum = g_checksum_new(G_CHECKSUM_SHA256);
        g_checksum_update(checksum, data, (gssize) len);
        g_checksum_get_digest(checksum, digest.data, &size);
        return digest;
}

bool observation_digest_equal(const ObservationDigest *a, const ObservationDigest *b)
{
        return a->len == b->len && memcmp(a->data, b->data, sizeof(a->data)) == 0;
}

void observation_take_attributes(Observation *observation, const Requester *requester)
{
        AttributeSet set =
                observed_attributes(requester, observation->path, observation->composite);

        observation->pmin = set.set & ATTRIBUTE_PMIN ? set.pmin : 0;
        observation->pmax = set.set & ATTRIBUTE_PMAX ? set.pmax : 0;
}
