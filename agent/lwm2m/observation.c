/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/observation.h"

#include <string.h>

#include "base/clock.h"
#include "lwm2m/requester.h"

#define NOT_IN_HEAP SIZE_MAX

struct Observations {
        size_t limit;
        uint64_t next_serial;
        GHashTable *by_token; /* CoapToken in the Observation → Observation, owned */
        GTree *by_path;  /* Observation, by path and serial; the tree gives them in the order of a
                            walk */
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
        const Observation *left = a, *right = b;
        int order = path_compare(left->path, right->path);

        if (order != 0)
                return order;
        return (left->serial > right->serial) - (left->serial < right->serial);
}

static void observation_free(gpointer data)
{
        Observation *observation = data;

        numbers_clear(&observation->numbers);
        g_free(observation->query);
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

Observation *observations_add(Observations *observations, const CoapToken *token, Path path)
{
        Observation *observation;

        if (observations_len(observations) >= observations->limit)
                return NULL;
        observation = g_new0(Observation, 1);
        observation->token = *token;
        observation->path = path;
        observation->serial = ++observations->next_serial;
        observation->due = CLOCK_NEVER;
        observation->heap_index = NOT_IN_HEAP;
        g_hash_table_insert(observations->by_token, &observation->token, observation);
        g_tree_insert(observations->by_path, observation, observation);
        return observation;
}

void observations_remove(Observations *observations, Observation *observation)
{
        observations_set_due(observations, observation, CLOCK_NEVER);
        g_tree_remove(observations->by_path, observation);
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
        return after(observation->sent_at, observation->attributes.pmin);
}

static gint64 notification_due(const Observation *observation)
{
        gint64 earliest = observation_earliest(observation);
        uint32_t pmax = observation->attributes.pmax;

        if (observation->changed)
                return grid_up(earliest);
        if (pmax == 0)
                return CLOCK_NEVER;
        return MAX(earliest, grid_down(after(observation->sent_at, pmax)));
}

/* Core 7.3.2: no sooner than epmin, no later than epmax. What waits for pmin has been looked at. */
static gint64 evaluation_due(const Observation *observation)
{
        uint32_t epmin = observation->attributes.epmin, epmax = observation->attributes.epmax;

        if (observation->changed)
                return CLOCK_NEVER;
        if (observation->to_evaluate)
                return grid_up(after(observation->evaluated_at, epmin));
        if (epmax == 0)
                return CLOCK_NEVER;
        return MAX(grid_up(after(observation->evaluated_at, epmin)),
                   grid_down(after(observation->evaluated_at, epmax)));
}

gint64 observation_next_due(const Observation *observation)
{
        return MIN(notification_due(observation), evaluation_due(observation));
}

bool observation_is_due(const Observation *observation, gint64 now)
{
        return notification_due(observation) <= now;
}

bool observation_may_evaluate(Observation *observation, gint64 now)
{
        observation->to_evaluate =
                now < after(observation->evaluated_at, observation->attributes.epmin);
        return !observation->to_evaluate;
}

void observation_on_evaluated(Observation *observation, gint64 now)
{
        observation->evaluated_at = now;
        observation->to_evaluate = false;
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
        Observation probe = {.path = path, .serial = 0};

        return g_tree_lower_bound(observations->by_path, &probe);
}

static void collect_exactly(const Observations *observations, Path path, GPtrArray *ret)
{
        for (GTreeNode *node = first_at(observations, path); node; node = g_tree_node_next(node)) {
                Observation *observation = g_tree_node_value(node);

                if (!path_equal(observation->path, path))
                        return;
                g_ptr_array_add(ret, observation);
        }
}

static void collect_within(const Observations *observations, Path path, GPtrArray *ret)
{
        for (GTreeNode *node = first_at(observations, path); node; node = g_tree_node_next(node)) {
                Observation *observation = g_tree_node_value(node);

                if (!path_within(observation->path, path))
                        return;
                g_ptr_array_add(ret, observation);
        }
}

void observations_collect(const Observations *observations, Path path, GPtrArray *ret)
{
        Path ancestor = path;

        if (observations_len(observations) == 0)
                return;
        collect_within(observations, path, ret);
        while (ancestor.level > PATH_OBJECT) {
                ancestor = path_parent(ancestor);
                collect_exactly(observations, ancestor, ret);
        }
}

GPtrArray *observations_at(const Observations *observations, Path path)
{
        GPtrArray *found = g_ptr_array_new();

        observations_collect(observations, path, found);
        return found;
}

GPtrArray *observations_of(const Observations *observations, Path path)
{
        GPtrArray *found = g_ptr_array_new();

        collect_exactly(observations, path, found);
        return found;
}

/* ---- What was said ---- */

static ObservationDigest digest_of(const void *data, size_t len)
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

static bool digest_equal(const ObservationDigest *a, const ObservationDigest *b)
{
        return a->len == b->len && memcmp(a->data, b->data, sizeof(a->data)) == 0;
}

void observation_take_attributes(Observation *observation, const Requester *requester)
{
        observation->attributes =
                observe_query_resolve(observation->query, requester, observation->path);
}

void observation_say(Observation *observation, const Records *records, const void *data, size_t len)
{
        observation->last = digest_of(data, len);
        numbers_take(&observation->numbers, records);
}

void observation_on_told(Observation *observation, gint64 now, bool confirmable,
                         const Records *records, const void *data, size_t len)
{
        gint64 due = observation->due;

        /* What goes out on time stays on the grid, or periods would grow by the time a wake-up
         * takes. */
        observation->sent_at = due <= now && now - due < OBSERVATION_GRID ? due : now;
        if (confirmable) {
                observation->confirmed_at = now;
                observation->unconfirmed = true;
        }
        observation_say(observation, records, data, len);
        observation->changed = false;
        observation->notifications++;
}

bool observation_differs(const Observation *observation, const Records *records, const void *data,
                         size_t len)
{
        ObservationDigest digest = digest_of(data, len);

        return !digest_equal(&digest, &observation->last) &&
               numbers_matter(&observation->numbers, &observation->attributes, records);
}
