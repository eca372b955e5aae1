/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/record.h"

#include <errno.h>

struct Records {
        GArray *items; /* of Record */
};

static void record_clear(void *data)
{
        value_clear(&((Record *) data)->value);
}

Records *records_new(void)
{
        Records *records = g_new0(Records, 1);

        records->items = g_array_new(FALSE, FALSE, sizeof(Record));
        g_array_set_clear_func(records->items, record_clear);
        return records;
}

void records_free(Records *records)
{
        if (!records)
                return;

        g_array_unref(records->items);
        g_free(records);
}

int records_add(Records *records, Path path, Value value)
{
        Record record = {.path = path, .value = value};

        if (records->items->len >= RECORDS_MAX) {
                value_clear(&record.value);
                return -E2BIG;
        }

        g_array_append_val(records->items, record);
        return 0;
}

size_t records_len(const Records *records)
{
        return records->items->len;
}

const Record *records_get(const Records *records, size_t index)
{
        g_assert(index < records->items->len);

        return &g_array_index(records->items, Record, index);
}

Value records_take(Records *records, size_t index)
{
        Record *record;
        Value value;

        g_assert(index < records->items->len);

        record = &g_array_index(records->items, Record, index);
        value = record->value;
        record->value = (Value){.type = VALUE_NONE};
        return value;
}

const Record *records_find(const Records *records, Path path)
{
        for (size_t i = 0; i < records_len(records); i++) {
                const Record *record = records_get(records, i);

                if (path_equal(record->path, path))
                        return record;
        }
        return NULL;
}

void records_truncate(Records *records, size_t len)
{
        if (len < records->items->len)
                g_array_set_size(records->items, (guint) len);
}

static int record_compare(const void *a, const void *b)
{
        return path_compare(((const Record *) a)->path, ((const Record *) b)->path);
}

int records_sort(Records *records)
{
        g_array_sort(records->items, record_compare); /* stable, says GLib */

        for (size_t i = 1; i < records_len(records); i++) {
                if (path_equal(records_get(records, i - 1)->path, records_get(records, i)->path))
                        return -EEXIST;
        }
        return 0;
}
