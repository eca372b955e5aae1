/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The codecs, for a test in another language. A line in, a line out, octets in hexadecimal; values
 * are "PATH=TYPE:OCTETS", TYPE a number (model/value.h), OCTETS the value as text.
 *
 *      decode FORMAT PATH OCTETS       → values, or "error NUMBER"
 *      encode FORMAT PATH VALUES …     → octets, or "error NUMBER"
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format-util.h"
#include "memory-object.h"

static void print_hex(const void *data, size_t len)
{
        for (size_t i = 0; i < len; i++)
                printf("%02x", ((const uint8_t *) data)[i]);
}

static void decode(int format, Path base, const char *hex)
{
        g_autoptr(GByteArray) bytes = bytes_from_hex(hex);
        g_autoptr(Records) records = NULL;
        int r = format_decode(format, base, &memory_definition, bytes->data, bytes->len, &records);

        if (r < 0) {
                printf("error %d", r);
                return;
        }
        for (size_t i = 0; i < records_len(records); i++) {
                const Record *record = records_get(records, i);
                g_autofree char *text = value_to_text(&record->value);
                char path[PATH_TEXT_SIZE];

                printf("%s%s=%d:", i > 0 ? " " : "", path_to_text(record->path, path),
                       (int) record->value.type);
                print_hex(text, strlen(text));
        }
}

static void add_value(Records *records, char *word)
{
        char *type = strchr(word, '='), *hex = strchr(word, ':');
        g_autoptr(GByteArray) text = bytes_from_hex(hex + 1);
        Value value;
        Path path;

        *type = '\0';
        g_assert_cmpint(path_parse(word, &path), ==, 0);
        g_assert_cmpint(value_from_text((ValueType) atoi(type + 1), (const char *) text->data,
                                        text->len, &value),
                        ==, 0);
        g_assert_cmpint(records_add(records, path, value), ==, 0);
}

static void encode(int format, Path base, char **words)
{
        g_autoptr(Records) records = records_new();
        ByteWriter writer = byte_writer_growing(1 << 20);
        int r;

        for (; *words; words++)
                add_value(records, *words);
        r = format_encode(format, base, &memory_definition, records, &writer);
        if (r < 0)
                printf("error %d", r);
        else
                print_hex(writer.data, writer.len);
        byte_writer_clear(&writer);
}

static void serve(char *line)
{
        g_auto(GStrv) words = g_strsplit(g_strchomp(line), " ", -1);
        Path base;

        g_assert_cmpuint(g_strv_length(words), >=, 3);
        g_assert_cmpint(path_parse(words[2], &base), ==, 0);
        if (strcmp(words[0], "decode") == 0)
                decode(atoi(words[1]), base, words[3] ? words[3] : "");
        else
                encode(atoi(words[1]), base, words + 3);
        putchar('\n');
        fflush(stdout);
}

int main(void)
{
        char *line = NULL;
        size_t size = 0;

        while (getline(&line, &size, stdin) > 0)
                serve(line);
        free(line);
        return 0;
}
