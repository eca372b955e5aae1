/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first octet says where the rest is written to. What is read is written, and reads the same
 * again. */

#include "format/format.h"
#include "fuzz.h"
#include "memory-object.h"

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
        return path;
}

static void assert_same(const Records *a, const Records *b)
{
        g_assert_cmpuint(records_len(a), ==, records_len(b));
        for (size_t i = 0; i < records_len(a); i++) {
                g_assert_true(path_equal(records_get(a, i)->path, records_get(b, i)->path));
                g_assert_true(value_equal(&records_get(a, i)->value, &records_get(b, i)->value));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(Records) records = NULL;
        g_autoptr(Records) again = NULL;
        ByteWriter writer = byte_writer_growing(size * 4 + 64);
        Path path;

        if (size == 0)
                return 0;

        path = path_of(data[0]);
        if (format_decode(FORMAT_TLV, path, &memory_definition, data + 1, size - 1, &records) < 0)
                return 0;

        for (size_t i = 0; i < records_len(records); i++)
                g_assert_true(path_within(records_get(records, i)->path, path));

        g_assert_cmpint(format_encode(FORMAT_TLV, path, &memory_definition, records, &writer), ==,
                        0);
        g_assert_cmpint(format_decode(FORMAT_TLV, path, &memory_definition, writer.data, writer.len,
                                      &again),
                        ==, 0);
        assert_same(records, again);
        byte_writer_clear(&writer);
        return 0;
}
