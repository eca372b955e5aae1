/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Write-Attributes, a line each: a path, '?' and queries. One that is refused changes nothing, and
 * what Discover shows can be written again. */

#include <string.h>

#include "format/corelink.h"
#include "fuzz.h"
#include "memory-object.h"

#define OBJECT 4242

static int parse_queries(const char *text, AttributeChange *ret)
{
        g_auto(GStrv) queries = g_strsplit(text, "&", 16);

        for (size_t i = 0; queries[i]; i++) {
                int r = attribute_change_parse(ret, queries[i], strlen(queries[i]));

                if (r < 0)
                        return r;
        }
        return 0;
}

static char *discover(MemoryObject *memory, const Attributes *attributes)
{
        Discovery discovery = {path_object(OBJECT), 3, attributes, "1.1"};
        ByteWriter writer = byte_writer_growing(65536);
        char *text;

        g_assert_cmpint(corelink_write_discovery(&memory->object, &discovery, &writer), ==, 0);
        text = g_strndup((const char *) writer.data, writer.len);
        byte_writer_clear(&writer);
        return text;
}

static void write_line(MemoryObject *memory, Attributes *attributes, char *line)
{
        g_autofree char *before = discover(memory, attributes);
        g_autofree char *after = NULL;
        char *queries = strchr(line, '?');
        AttributeChange change = {0};
        Path path;

        if (!queries)
                return;
        *queries++ = '\0';
        if (path_parse(line, &path) < 0 || !path_within(path, path_object(OBJECT)))
                return;
        if (parse_queries(queries, &change) == 0 &&
            attributes_change(attributes, path, &change) == 0)
                return;
        after = discover(memory, attributes);
        g_assert_cmpstr(after, ==, before);
}

static void write_again(Attributes *attributes, const CoreLink *link)
{
        g_autofree char *target = g_strndup(link->target, link->target_len);
        g_autofree char *text = g_strndup(link->attributes, link->attributes_len);
        g_auto(GStrv) queries = g_strsplit(text, ";", -1);
        AttributeChange change = {0};
        Path path;

        g_assert_cmpint(path_parse(target, &path), ==, 0);
        for (size_t i = 0; queries[i]; i++) {
                if (g_str_has_prefix(queries[i], "ver=") || g_str_has_prefix(queries[i], "dim="))
                        continue;
                g_assert_cmpint(attribute_change_parse(&change, queries[i], strlen(queries[i])), ==,
                                0);
        }
        g_assert_cmpint(attributes_change(attributes, path, &change), ==, 0);
}

static void check_round_trip(MemoryObject *memory, const Attributes *attributes)
{
        g_autoptr(Attributes) again = attributes_new();
        g_autofree char *shown = discover(memory, attributes), *second = NULL;
        ByteReader reader = byte_reader(shown, strlen(shown));
        CoreLink link;
        int r;

        while ((r = corelink_next(&reader, &link)) > 0)
                write_again(again, &link);
        g_assert_cmpint(r, ==, 0);
        second = discover(memory, again);
        g_assert_cmpstr(second, ==, shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(MemoryObject) memory = memory_object_new(&memory_definition);
        g_autoptr(Attributes) attributes = attributes_new();
        g_autofree char *text = g_strndup(size > 0 ? (const char *) data : "", size);
        g_auto(GStrv) lines = g_strsplit(text, "\n", 64);

        memory_object_set(memory, path_resource(OBJECT, 0, 1), value_integer(5));
        memory_object_set(memory, path_resource_instance(OBJECT, 0, 12, 0), value_integer(6));
        memory_object_set(memory, path_resource_instance(OBJECT, 0, 12, 1), value_integer(7));
        for (size_t i = 0; lines[i]; i++)
                write_line(memory, attributes, lines[i]);
        check_round_trip(memory, attributes);
        return 0;
}
