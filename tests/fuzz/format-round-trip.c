/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format-round-trip.h"

#include "format/format.h"
#include "memory-object.h"

static const ObjectDefinition *find(uint16_t object, void *unused)
{
        return object == memory_definition.id ? &memory_definition : NULL;
}

static Path path_of(uint8_t selector)
{
        Path path = path_instance(memory_definition.id, 0);
        size_t resource = selector / 4u % memory_definition.n_resources;

        if (selector % 4 == 1)
                path = path_child(path, memory_definition.resources[resource].id);
        if (selector % 4 == 2) {
                path = path_child(path, memory_definition.resources[resource].id);
                path = path_child(path, selector / 64u);
        }
        return selector % 4 == 3 ? path_object(memory_definition.id) : path;
}

static bool is_number(const Value *value)
{
        return value->type == VALUE_INTEGER || value->type == VALUE_FLOAT;
}

/* A number that nothing defines may change its type: JSON has only one. */
static void assert_same_value(const Value *a, const Value *b)
{
        g_autofree char *a_text = value_to_text(a);
        g_autofree char *b_text = value_to_text(b);

        g_assert_true(a->type == b->type || (is_number(a) && is_number(b)));
        g_assert_cmpstr(a_text, ==, b_text);
}

/* Of `b` nothing is missing but nodes without a value, which most formats cannot tell. */
static void assert_same(const Records *a, const Records *b)
{
        size_t next = 0;

        for (size_t i = 0; i < records_len(a); i++) {
                const Record *record = records_get(a, i);

                if (record->value.type == VALUE_NONE &&
                    (next == records_len(b) ||
                     !path_equal(record->path, records_get(b, next)->path)))
                        continue;
                g_assert_cmpuint(next, <, records_len(b));
                g_assert_true(path_equal(record->path, records_get(b, next)->path));
                assert_same_value(&record->value, &records_get(b, next)->value);
                next++;
        }
        g_assert_cmpuint(next, ==, records_len(b));
}

static void assert_in_order(const Records *records, Path path)
{
        for (size_t i = 0; i < records_len(records); i++) {
                g_assert_true(path_within(records_get(records, i)->path, path));
                if (i > 0)
                        g_assert_cmpint(path_compare(records_get(records, i - 1)->path,
                                                     records_get(records, i)->path),
                                        <, 0);
        }
}

static void round_trip_at(int format, Path path, const uint8_t *data, size_t size)
{
        g_autoptr(Records) records = NULL;
        g_autoptr(Records) again = NULL;
        ByteWriter writer = byte_writer_growing(size * 16 + 1024);

        if (format_decode(format, path, &memory_definition, data, size, &records) < 0)
                return;

        assert_in_order(records, path);
        g_assert_cmpint(format_encode(format, path, &memory_definition, records, &writer), ==, 0);
        g_assert_cmpint(
                format_decode(format, path, &memory_definition, writer.data, writer.len, &again),
                ==, 0);
        assert_same(records, again);
        byte_writer_clear(&writer);
}

static void round_trip_composite(int format, const uint8_t *data, size_t size)
{
        g_autoptr(Records) records = NULL;
        g_autoptr(Records) again = NULL;
        ByteWriter writer = byte_writer_growing(size * 16 + 1024);

        if (format_decode_composite(format, find, NULL, data, size, &records) < 0)
                return;

        assert_in_order(records, path_root());
        if (format_can_encode(format)) {
                g_assert_cmpint(format_encode_composite(format, records, NULL, &writer), ==, 0);
                g_assert_cmpint(format_decode_composite(format, find, NULL, writer.data, writer.len,
                                                        &again),
                                ==, 0);
                assert_same(records, again);
        }
        byte_writer_clear(&writer);
}

static void read_paths(int format, const uint8_t *data, size_t size)
{
        g_autoptr(PathList) paths = NULL;

        if (format_decode_paths(format, data, size, &paths) < 0)
                return;

        g_assert_cmpuint(path_list_len(paths), <=, PATH_LIST_MAX);
        for (size_t i = 0; i < path_list_len(paths); i++) {
                Path path = path_list_get(paths, i), again;
                char text[PATH_TEXT_SIZE];

                g_assert_cmpint(path_parse(path_to_text(path, text), &again), ==, 0);
                g_assert_true(path_equal(path, again));
        }
}

void format_round_trip(int format, const uint8_t *data, size_t size)
{
        if (size == 0)
                return;

        if (data[0] == 0xff)
                round_trip_composite(format, data + 1, size - 1);
        else if (data[0] == 0xfe)
                read_paths(format, data + 1, size - 1);
        else
                round_trip_at(format, path_of(data[0]), data + 1, size - 1);
}
