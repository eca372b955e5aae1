/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/reassembly.h"

#include <errno.h>
#include <string.h>

#include "sms/tpdu.h"

typedef struct Part {
        UserData content; /* whose data is behind this struct */
        guint64 id;
        bool stored; /* and not released */
} Part;

/* The segments of one message, and of those that are forged in its name. */
typedef struct Set {
        SmsMessage key; /* without data */
        gint64 created;
        gint64 deadline;
        uint8_t present; /* a bit a segment */
        bool complete;
        Part *parts[REASSEMBLY_MAX_SEGMENTS][REASSEMBLY_MAX_CANDIDATES]; /* the latest first */
} Set;

struct Reassembly {
        Clock *clock;
        Timer *expiry;
        SmsCounters *counters;
        const ReassemblyOps *ops;
        void *user;
        Set *sets[REASSEMBLY_MAX_SETS];
        unsigned n;
        size_t octets;
        bool busy;
};

G_STATIC_ASSERT(REASSEMBLY_MAX_SEGMENTS <= 8);
G_STATIC_ASSERT(REASSEMBLY_MAX_CANDIDATES == 2);

/* ---- Parts ------------------------------------------------------------------------ */

static void part_release(Reassembly *reassembly, Part *part)
{
        if (!part->stored)
                return;
        part->stored = false;
        reassembly->ops->on_release(part->id, reassembly->user);
}

static size_t part_size(const Part *part)
{
        return sizeof(Part) + part->content.len;
}

static void part_drop(Reassembly *reassembly, Part **slot)
{
        Part *part = g_steal_pointer(slot);

        if (!part)
                return;
        part_release(reassembly, part);
        reassembly->octets -= part_size(part);
        g_free(part);
}

static Part *part_new(Reassembly *reassembly, const SmsMessage *segment)
{
        Part *part = g_malloc(sizeof(Part) + segment->content.len);

        *part = (Part){.content = segment->content, .id = segment->id, .stored = segment->stored};
        part->content.data = (const uint8_t *) (part + 1);
        if (segment->content.len > 0)
                memcpy(part + 1, segment->content.data, segment->content.len);
        reassembly->octets += part_size(part);
        return part;
}

static bool part_equal(const Part *part, const UserData *content)
{
        return part->content.kind == content->kind && part->content.len == content->len &&
               (content->len == 0 || memcmp(part->content.data, content->data, content->len) == 0);
}

/* ---- Sets ------------------------------------------------------------------------- */

static void set_foreach(Reassembly *reassembly, Set *set, void (*func)(Reassembly *, Part **))
{
        for (unsigned i = 0; i < REASSEMBLY_MAX_SEGMENTS; i++)
                for (unsigned j = 0; j < REASSEMBLY_MAX_CANDIDATES; j++)
                        if (set->parts[i][j])
                                func(reassembly, &set->parts[i][j]);
}

static void release_one(Reassembly *reassembly, Part **slot)
{
        part_release(reassembly, *slot);
}

static void forget_one(Reassembly *reassembly, Part **slot)
{
        (*slot)->stored = false;
}

static void reassembly_arm(Reassembly *reassembly)
{
        gint64 deadline = CLOCK_NEVER;

        for (unsigned i = 0; i < reassembly->n; i++)
                deadline = MIN(deadline, reassembly->sets[i]->deadline);
        timer_arm(reassembly->expiry, deadline);
}

static void reassembly_drop(Reassembly *reassembly, unsigned index, SmsCounter reason)
{
        Set *set = reassembly->sets[index];

        reassembly->sets[index] = reassembly->sets[--reassembly->n];
        if (!set->complete) {
                reassembly->counters->value[reason]++;
                reassembly->counters->value[SMS_REASSEMBLY_PENDING]--;
        }
        set_foreach(reassembly, set, part_drop);
        g_free(set);
}

static void reassembly_on_expiry(void *user)
{
        Reassembly *reassembly = user;
        gint64 now = clock_now(reassembly->clock);

        for (unsigned i = reassembly->n; i-- > 0;)
                if (reassembly->sets[i]->deadline <= now)
                        reassembly_drop(reassembly, i, SMS_REASSEMBLY_TIMEOUT);
        reassembly_arm(reassembly);
}

/* TS 23.040, 9.2.3.24.1: what makes segments belong together, and what else all of them have in
 * common. */
static bool set_matches(const Set *set, const SmsMessage *segment)
{
        const UserData *a = &set->key.content, *b = &segment->content;

        return a->wide == b->wide && a->reference == b->reference && a->total == b->total &&
               set->key.pid == segment->pid && set->key.message_class == segment->message_class &&
               sms_address_equal(&set->key.from, &segment->from);
}

static Set *reassembly_find(const Reassembly *reassembly, const SmsMessage *segment)
{
        for (unsigned i = 0; i < reassembly->n; i++)
                if (set_matches(reassembly->sets[i], segment))
                        return reassembly->sets[i];
        return NULL;
}

static unsigned reassembly_count(const Reassembly *reassembly, const SmsAddress *from)
{
        unsigned n = 0;

        for (unsigned i = 0; i < reassembly->n; i++)
                n += sms_address_equal(&reassembly->sets[i]->key.from, from);
        return n;
}

/* Who has the most sets. */
static const SmsAddress *reassembly_busiest(const Reassembly *reassembly)
{
        const SmsAddress *busiest = NULL;
        unsigned most = 0;

        for (unsigned i = 0; i < reassembly->n; i++) {
                const SmsAddress *from = &reassembly->sets[i]->key.from;
                unsigned n = reassembly_count(reassembly, from);

                if (n > most) {
                        most = n;
                        busiest = from;
                }
        }
        return busiest;
}

/* The sender's oldest, a complete one if there is any. */
static void reassembly_evict(Reassembly *reassembly, const SmsAddress *from)
{
        unsigned oldest = reassembly->n;

        for (unsigned i = 0; i < reassembly->n; i++) {
                const Set *set = reassembly->sets[i];
                const Set *found = oldest < reassembly->n ? reassembly->sets[oldest] : NULL;

                if (!sms_address_equal(&set->key.from, from))
                        continue;
                if (!found || (set->complete && !found->complete) ||
                    (set->complete == found->complete && set->created < found->created))
                        oldest = i;
        }
        reassembly_drop(reassembly, oldest, SMS_REASSEMBLY_OVERFLOW);
}

static Set *reassembly_open(Reassembly *reassembly, const SmsMessage *segment)
{
        Set *set = g_new0(Set, 1);

        if (reassembly_count(reassembly, &segment->from) == REASSEMBLY_MAX_SETS_OF_PEER)
                reassembly_evict(reassembly, &segment->from);
        else if (reassembly->n == REASSEMBLY_MAX_SETS)
                reassembly_evict(reassembly, reassembly_busiest(reassembly));

        set->key = *segment;
        set->key.content.data = NULL;
        set->created = clock_now(reassembly->clock);
        set->deadline = set->created + REASSEMBLY_TIMEOUT;
        reassembly->sets[reassembly->n++] = set;
        reassembly->counters->value[SMS_REASSEMBLY_PENDING]++;
        return set;
}

/* ---- Whole messages --------------------------------------------------------------- */

/* How many messages have the latest segment in place `fixed`. */
static unsigned set_combinations(const Set *set, unsigned fixed)
{
        unsigned n = 1;

        for (unsigned i = 0; i < set->key.content.total; i++)
                if (i != fixed && set->parts[i][1])
                        n *= REASSEMBLY_MAX_CANDIDATES;
        return n;
}

/* `choice`: a bit for each place with two candidates. */
static void set_emit_one(Reassembly *reassembly, const Set *set, unsigned fixed, unsigned choice)
{
        uint8_t data[REASSEMBLY_MAX_SEGMENTS * TPDU_MAX_USER_DATA];
        ByteWriter writer = byte_writer(data, sizeof(data));
        SmsMessage message = set->key;

        for (unsigned i = 0; i < set->key.content.total; i++) {
                const Part *part = set->parts[i][0];

                if (i != fixed && set->parts[i][1]) {
                        part = set->parts[i][choice & 1];
                        choice >>= 1;
                }
                /* TS 31.115, 4.1: the first segment says what the message is. */
                if (i == 0)
                        message.content = part->content;
                byte_writer_bytes(&writer, part->content.data, part->content.len);
        }

        message.content.data = data;
        message.content.len = writer.len;
        reassembly->ops->on_message(&message, reassembly->user);
}

static void set_emit(Reassembly *reassembly, Set *set, unsigned fixed)
{
        unsigned n = set_combinations(set, fixed);

        if (n > REASSEMBLY_MAX_COMBINATIONS) {
                for (unsigned i = 0; i < REASSEMBLY_MAX_SEGMENTS; i++)
                        part_drop(reassembly, &set->parts[i][1]);
                n = 1;
        }

        reassembly->busy = true;
        for (unsigned choice = 0; choice < n; choice++)
                set_emit_one(reassembly, set, fixed, choice);
        reassembly->busy = false;
        set_foreach(reassembly, set, release_one);
        if (!set->complete)
                reassembly->counters->value[SMS_REASSEMBLY_PENDING]--;
        set->complete = true;
}

/* ---- Segments --------------------------------------------------------------------- */

/* The same again. The modem may have given another id to what it had announced before. */
static int set_add_duplicate(Reassembly *reassembly, Set *set, Part *part,
                             const SmsMessage *segment)
{
        reassembly->counters->value[SMS_SEGMENTS_DUPLICATE]++;
        if (segment->stored && !part->stored && !set->complete) {
                part->stored = true;
                part->id = segment->id;
        } else if (!part->stored || part->id != segment->id) {
                reassembly->ops->on_release(segment->id, reassembly->user);
        }
        return REASSEMBLY_DUPLICATE;
}

static void set_insert(Reassembly *reassembly, Set *set, unsigned index, const SmsMessage *segment)
{
        Part **candidates = set->parts[index];

        if (candidates[0])
                reassembly->counters->value[SMS_SEGMENTS_CONFLICTING]++;
        part_drop(reassembly, &candidates[1]);
        candidates[1] = candidates[0];
        candidates[0] = part_new(reassembly, segment);
        set->present |= (uint8_t) (1u << index);
        /* Most likely a message with the number of one that is done. */
        if (set->complete)
                set->deadline = clock_now(reassembly->clock) + REASSEMBLY_TIMEOUT;
}

int reassembly_add(Reassembly *reassembly, const SmsMessage *segment)
{
        const UserData *content = &segment->content;
        unsigned index = content->sequence - 1u;
        Set *set;

        g_assert(!reassembly->busy);
        g_assert(index < content->total);
        if (content->total > REASSEMBLY_MAX_SEGMENTS || content->len > TPDU_MAX_USER_DATA)
                return -EMSGSIZE;

        set = reassembly_find(reassembly, segment);
        if (!set)
                set = reassembly_open(reassembly, segment);
        for (unsigned i = 0; i < REASSEMBLY_MAX_CANDIDATES; i++)
                if (set->parts[index][i] && part_equal(set->parts[index][i], content))
                        return set_add_duplicate(reassembly, set, set->parts[index][i], segment);

        set_insert(reassembly, set, index, segment);
        reassembly_arm(reassembly);
        bool whole = set->present == (1u << content->total) - 1;
        if (whole)
                set_emit(reassembly, set, index);
        if (!segment->stored)
                reassembly->ops->on_release(segment->id, reassembly->user);
        return whole ? REASSEMBLY_COMPLETE : REASSEMBLY_KEPT;
}

/* ---- The whole -------------------------------------------------------------------- */

Reassembly *reassembly_new(Clock *clock, SmsCounters *counters, const ReassemblyOps *ops,
                           void *user)
{
        Reassembly *reassembly = g_new0(Reassembly, 1);

        reassembly->clock = clock;
        reassembly->counters = counters;
        reassembly->ops = ops;
        reassembly->user = user;
        reassembly->expiry = timer_new(clock, reassembly_on_expiry, reassembly);
        return reassembly;
}

void reassembly_free(Reassembly *reassembly)
{
        if (!reassembly)
                return;

        g_assert(!reassembly->busy);
        reassembly_forget_ids(reassembly);
        while (reassembly->n > 0)
                reassembly_drop(reassembly, 0, SMS_REASSEMBLY_TIMEOUT);
        timer_free(reassembly->expiry);
        g_free(reassembly);
}

void reassembly_release_all(Reassembly *reassembly)
{
        for (unsigned i = 0; i < reassembly->n; i++)
                set_foreach(reassembly, reassembly->sets[i], release_one);
}

void reassembly_forget_ids(Reassembly *reassembly)
{
        for (unsigned i = 0; i < reassembly->n; i++)
                set_foreach(reassembly, reassembly->sets[i], forget_one);
}

size_t reassembly_octets(const Reassembly *reassembly)
{
        return reassembly->n * sizeof(Set) + reassembly->octets;
}
