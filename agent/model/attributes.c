/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/attributes.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "model/value.h"

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

typedef struct Attribute {
        AttributeMask mask;
        const char *name;
        bool real; /* a double, else seconds */
        size_t offset;
} Attribute;

/* In the order of Discover. */
static const Attribute known[] = {
        {ATTRIBUTE_PMIN, "pmin", false, offsetof(AttributeSet, pmin)},
        {ATTRIBUTE_PMAX, "pmax", false, offsetof(AttributeSet, pmax)},
        {ATTRIBUTE_GT, "gt", true, offsetof(AttributeSet, gt)},
        {ATTRIBUTE_LT, "lt", true, offsetof(AttributeSet, lt)},
        {ATTRIBUTE_ST, "st", true, offsetof(AttributeSet, st)},
        {ATTRIBUTE_EPMIN, "epmin", false, offsetof(AttributeSet, epmin)},
        {ATTRIBUTE_EPMAX, "epmax", false, offsetof(AttributeSet, epmax)},
};

static const Attribute *attribute_find(const char *name, size_t len)
{
        for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
                if (strlen(known[i].name) == len && memcmp(known[i].name, name, len) == 0)
                        return &known[i];
        }
        return NULL;
}

static uint32_t *seconds_of(AttributeSet *set, const Attribute *attribute)
{
        return (uint32_t *) ((char *) set + attribute->offset);
}

static double *real_of(AttributeSet *set, const Attribute *attribute)
{
        return (double *) ((char *) set + attribute->offset);
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

static int parse_real(const char *text, size_t len, double *ret)
{
        Value value;

        if (len == 0 || value_from_text(VALUE_FLOAT, text, len, &value) < 0 || isnan(value.real))
                return -EINVAL;
        *ret = value.real;
        return 0;
}

static int parse_attribute(AttributeSet *set, const Attribute *attribute, const char *text,
                           size_t len)
{
        double real;
        int r;

        if (!attribute->real)
                return parse_seconds(text, len, seconds_of(set, attribute));
        r = parse_real(text, len, &real);
        if (r < 0)
                return r;
        if (attribute->mask == ATTRIBUTE_ST && real < 0)
                return -EINVAL;
        *real_of(set, attribute) = real;
        return 0;
}

int attribute_change_parse(AttributeChange *change, const char *query, size_t len)
{
        const char *equals = len > 0 ? memchr(query, '=', len) : NULL;
        size_t name_len = equals ? (size_t) (equals - query) : len;
        const Attribute *attribute = attribute_find(query, name_len);
        int r;

        if (!attribute || ((change->add.set | change->remove) & attribute->mask) != 0)
                return -EINVAL;

        if (!equals) {
                change->remove |= attribute->mask;
                return 0;
        }

        r = parse_attribute(&change->add, attribute, equals + 1, len - name_len - 1);
        if (r < 0)
                return r;
        change->add.set |= attribute->mask;
        return 0;
}

/* Without an exponent, which the grammar of attributes does not have (Core 7.3.2), where that is
 * not too long. */
static char *real_to_text(double real)
{
        Value value = value_float(real);
        char format[8], buffer[64];

        for (int decimals = 0; decimals <= 20 && fabs(real) < 1e21; decimals++) {
                g_snprintf(format, sizeof(format), "%%.%df", decimals);
                g_ascii_formatd(buffer, sizeof(buffer), format, real);
                if (g_ascii_strtod(buffer, NULL) == real)
                        return g_strdup(buffer);
        }
        return value_to_text(&value);
}

void attribute_set_write(const AttributeSet *set, ByteWriter *writer)
{
        AttributeSet copy = *set;

        for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
                g_autofree char *text = NULL;

                if ((set->set & known[i].mask) == 0)
                        continue;
                if (known[i].real)
                        text = real_to_text(*real_of(&copy, &known[i]));
                else
                        text = g_strdup_printf("%u", *seconds_of(&copy, &known[i]));
                byte_writer_format(writer, ";%s=%s", known[i].name, text);
        }
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
        AttributeSet source = *from;

        set->set |= mask;
        for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
                if ((mask & known[i].mask) == 0)
                        continue;
                if (known[i].real)
                        *real_of(set, &known[i]) = *real_of(&source, &known[i]);
                else
                        *seconds_of(set, &known[i]) = *seconds_of(&source, &known[i]);
        }
}

AttributeSet attributes_inherited(const Attributes *attributes, Path path)
{
        AttributeSet inherited = {0};

        for (;;) {
                AttributeSet attached = attributes_attached(attributes, path);

                set_copy(&inherited, &attached, attached.set & ~inherited.set);
                if (path.level == PATH_ROOT)
                        return inherited;
                path = path_parent(path);
        }
}

AttributeSet attribute_set_resolve(const AttributeSet *own, const AttributeSet *defaults)
{
        AttributeSet effective = *own;

        set_copy(&effective, defaults, defaults->set & ~effective.set);

        /* Core 7.3.2: it is to be ignored where it is not greater than pmin, which 0 never is. */
        if ((effective.set & ATTRIBUTE_PMAX) &&
            effective.pmax <= ((effective.set & ATTRIBUTE_PMIN) ? effective.pmin : 0)) {
                effective.set &= ~(uint32_t) ATTRIBUTE_PMAX;
                effective.pmax = 0;
        }
        return effective;
}

AttributeSet attributes_effective(const Attributes *attributes, Path path,
                                  const AttributeSet *defaults)
{
        AttributeSet inherited = attributes_inherited(attributes, path);

        return attribute_set_resolve(&inherited, defaults);
}

/* ---- Changing it ------------------------------------------------------------------ */

static bool has_all(const AttributeSet *set, uint32_t mask)
{
        return (set->set & mask) == mask;
}

/* Core 7.3.2. */
bool attribute_set_is_consistent(const AttributeSet *set)
{
        double step = set->set & ATTRIBUTE_ST ? set->st : 0;

        if (has_all(set, ATTRIBUTE_GT | ATTRIBUTE_LT) && set->lt + 2 * step >= set->gt)
                return false;
        return !has_all(set, ATTRIBUTE_EPMIN | ATTRIBUTE_EPMAX) || set->epmin <= set->epmax;
}

/* At the path and where attributes are attached below it: elsewhere nothing else is in force. */
static bool is_consistent_from(const Attributes *attributes, Path path)
{
        AttributeSet set = attributes_inherited(attributes, path);

        if (!attribute_set_is_consistent(&set))
                return false;
        for (guint i = lower_bound(attributes, path); i < attributes->items->len; i++) {
                Path below = attached_at(attributes, i)->path;

                if (!path_within(below, path))
                        return true;
                set = attributes_inherited(attributes, below);
                if (!attribute_set_is_consistent(&set))
                        return false;
        }
        return true;
}

static int attach(Attributes *attributes, Path path, const AttributeSet *set)
{
        guint index = lower_bound(attributes, path);
        bool present = is_at(attributes, index, path);
        Attached attached = {path, *set};

        if (present && set->set == 0)
                g_array_remove_index(attributes->items, index);
        else if (present)
                *attached_at(attributes, index) = attached;
        else if (set->set != 0 && attributes->items->len >= ATTRIBUTES_MAX_PATHS)
                return -ENOSPC;
        else if (set->set != 0)
                g_array_insert_val(attributes->items, index, attached);
        return 0;
}

int attributes_change(Attributes *attributes, Path path, const AttributeChange *change)
{
        AttributeSet before = attributes_attached(attributes, path), after = before;
        int r;

        after.set &= ~change->remove;
        set_copy(&after, &change->add, change->add.set);
        r = attach(attributes, path, &after);
        if (r < 0)
                return r;
        if (is_consistent_from(attributes, path))
                return 0;
        /* Back where it was: it had its room, and a removal left some. */
        attach(attributes, path, &before);
        return -EINVAL;
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

void attributes_prune(Attributes *attributes, Path path, AttributeFilter exists, void *user)
{
        guint i = lower_bound(attributes, path);

        while (i < attributes->items->len && path_within(attached_at(attributes, i)->path, path)) {
                if (exists(attached_at(attributes, i)->path, user))
                        i++;
                else
                        g_array_remove_index(attributes->items, i);
        }
}
