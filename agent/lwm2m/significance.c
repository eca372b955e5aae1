/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/significance.h"

#include <math.h>

typedef struct Number {
        uint16_t id; /* of the resource instance; PATH_ID_NONE: of a single resource */
        double value;
} Number;

static bool is_number(const Record *record, Number *ret)
{
        const Value *value = &record->value;
        Number number = {.id = record->path.id[3]};

        if (record->path.level < PATH_RESOURCE)
                return false;
        if (value->type == VALUE_INTEGER)
                number.value = (double) value->integer;
        else if (value->type == VALUE_UNSIGNED)
                number.value = (double) value->number;
        else if (value->type == VALUE_FLOAT)
                number.value = value->real;
        else
                return false;
        *ret = number;
        return true;
}

/* What is observed at the level of an instance or above has no thresholds: they are attached to
 * resources. */
static bool is_one_resource(const Records *records)
{
        size_t len = records_len(records);

        return len > 0 && len <= NUMBERS_MAX &&
               path_equal(path_parent(records_get(records, 0)->path),
                          path_parent(records_get(records, len - 1)->path)) &&
               (len == 1 || records_get(records, 0)->path.level == PATH_RESOURCE_INSTANCE);
}

void numbers_clear(Numbers *numbers)
{
        g_clear_pointer(&numbers->values, g_array_unref);
}

void numbers_take(Numbers *numbers, const Records *records)
{
        Number number;

        if (!is_one_resource(records) || !is_number(records_get(records, 0), &number)) {
                numbers_clear(numbers);
                return;
        }
        if (!numbers->values)
                numbers->values = g_array_new(FALSE, FALSE, sizeof(Number));
        g_array_set_size(numbers->values, 0);
        for (size_t i = 0; i < records_len(records); i++) {
                if (is_number(records_get(records, i), &number))
                        g_array_append_val(numbers->values, number);
        }
}

static bool crossed(double threshold, double told, double now)
{
        return (told <= threshold && now > threshold) || (told >= threshold && now < threshold);
}

static bool matters(const AttributeSet *attributes, double told, double now)
{
        if (isnan(told) || isnan(now))
                return isnan(told) != isnan(now);
        if (attributes->set & ATTRIBUTE_GT && crossed(attributes->gt, told, now))
                return true;
        if (attributes->set & ATTRIBUTE_LT && crossed(attributes->lt, told, now))
                return true;
        return attributes->set & ATTRIBUTE_ST && told != now && fabs(now - told) >= attributes->st;
}

bool numbers_matter(const Numbers *told, const AttributeSet *attributes, const Records *records)
{
        if ((attributes->set & ATTRIBUTES_NUMERIC) == 0 || !told->values ||
            told->values->len != records_len(records))
                return true;

        for (guint i = 0; i < told->values->len; i++) {
                const Number *before = &g_array_index(told->values, Number, i);
                Number now;

                if (!is_number(records_get(records, i), &now) || now.id != before->id ||
                    matters(attributes, before->value, now.value))
                        return true;
        }
        return false;
}
