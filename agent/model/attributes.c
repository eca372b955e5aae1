/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/attributes.h"

#include <errno.h>
#include <string.h>

typedef struct Attached {
        Path path;
        AttributeSet set;
} Attached;

struct Attributes {
        GArray *items; /* of Attached, in order of path_compare() */
};

Attributes *attributes_new(void)
{
        Attributes *attributes = g_new0(Attributes, 1);

        attributes->items = g_array_new(FALSE, FALSE, sizeof(Attached));
        return attributes;
}

void attributes_free(Attributes *attributes)
{
        if (!attributes)
                return;

        g_array_unref(attributes->items);
        g_free(attributes);
}

/* ---- Write-Attributes (Core 6.3.4) -------------------------------------------- */

static AttributeMask attribute_from_name(const char *name, size_t len)
{
        if (len == 4 && memcmp(name, "pmin", 4) == 0)
                return ATTRIBUTE_PMIN;
        if (len == 4 && memcmp(name, "pmax", 4) == 0)
                return ATTRIBUTE_PMAX;
        return 0;
}

static int parse_seconds(const char *text, size_t len, uint32_t *ret)
{
        uint64_t seconds = 0;

        if (len == 0)
                return -EINVAL;

        for (size_t i = 0; i < len; i++) {
                if (!g_ascii_isdigit(text[i]))
                        return -EINVAL;
                seconds = seconds * 10 + (uint64_t) (text[i] - '0');
                if (seconds > UINT32_MAX)
                        return -EINVAL;
        }

        *ret = (uint32_t) seconds;
        return 0;
}

int attribute_change_parse(AttributeChange *change, const char *query, size_t len)
{
        const char *equals = len > 0 ? memchr(query, '=', len) : NULL;
        size_t name_len = equals ? (size_t) (equals - query) : len;
        AttributeMask attribute = attribute_from_name(query, name_len);
        uint32_t *field = attribute == ATTRIBUTE_PMIN ? &change->add.pmin : &change->add.pmax;
        int r;

        if (attribute == 0 || ((change->add.set | change->remove) & attribute) != 0)
                return -EINVAL;

        if (!equals) {
                change->remove |= attribute;
                return 0;
        }

        r = parse_seconds(equals + 1, len - name_len - 1, field);
        if (r < 0)
                return r;
        change->add.set |= attribute;
        return 0;
}

/* ---- What is attached ----------------------------------------------------------- */

static Attached *attached_at(const Attributes *attributes, guint index)
{
        return &g_array_index(attributes->items, Attached, index);
}

/* The index of the first path that is this one or comes after it. */
static guint lower_bound(const Attributes *attributes, Path path)
{
        guint low = 0, high = attributes->items->len;

        while (low < high) {
                guint middle = low + (high - low) / 2;

                if (path_compare(attached_at(attributes, middle)->path, path) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool is_at(const Attributes *attributes, guint index, Path path)
{
        return index < attributes->items->len &&
               path_equal(attached_at(attributes, index)->path, path);
}

AttributeSet attributes_attached(const Attributes *attributes, Path path)
{
        guint index = lower_bound(attributes, path);

        if (!is_at(attributes, index, path))
                return (AttributeSet){0};
        return attached_at(attributes, index)->set;
}

/* Copies those of `mask`. */
static void set_copy(AttributeSet *set, const AttributeSet *from, uint32_t mask)
{
        set->set |= mask;
        if (mask & ATTRIBUTE_PMIN)
                set->pmin = from->pmin;
        if (mask & ATTRIBUTE_PMAX)
                set->pmax = from->pmax;
}

int attributes_change(Attributes *attributes, Path path, const AttributeChange *change)
{
        guint index = lower_bound(attributes, path);
        bool present = is_at(attributes, index, path);
        Attached attached = {.path = path};

        if (present)
                attached = *attached_at(attributes, index);

        attached.set.set &= ~change->remove;
        set_copy(&attached.set, &change->add, change->add.set);

        if (present && attached.set.set == 0) {
                g_array_remove_index(attributes->items, index);
                return 0;
        }
        if (present) {
                *attached_at(attributes, index) = attached;
                return 0;
        }
        if (attached.set.set == 0)
                return 0;
        if (attributes->items->len >= ATTRIBUTES_MAX_PATHS)
                return -ENOSPC;

        g_array_insert_val(attributes->items, index, attached);
        return 0;
}

AttributeSet attributes_effective(const Attributes *attributes, Path path,
                                  const AttributeSet *defaults)
{
        AttributeSet effective = {0};

        for (;;) {
                AttributeSet attached = attributes_attached(attributes, path);

                set_copy(&effective, &attached, attached.set & ~effective.set);
                if (path.level == PATH_ROOT)
                        break;
                path = path_parent(path);
        }
        set_copy(&effective, defaults, defaults->set & ~effective.set);

        /* Core 7.3.2: it is to be ignored where it is not greater than pmin, which 0 never is. */
        if ((effective.set & ATTRIBUTE_PMAX) &&
            effective.pmax <= ((effective.set & ATTRIBUTE_PMIN) ? effective.pmin : 0)) {
                effective.set &= ~(uint32_t) ATTRIBUTE_PMAX;
                effective.pmax = 0;
        }
        return effective;
}

void attributes_forget(Attributes *attributes, Path path)
{
        guint first = lower_bound(attributes, path), end = first;

        while (end < attributes->items->len &&
               path_within(attached_at(attributes, end)->path, path))
                end++;
        if (end > first)
                g_array_remove_range(attributes->items, first, end - first);
}
