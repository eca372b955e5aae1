/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/lwm2m-cbor.h"

#include <errno.h>

#include "format/cbor-item.h"

/* Maps, one in another: each adds an ID at least. */
#define LEVELS_MAX (PATH_RESOURCE_INSTANCE + 1)

/* ---- Writing ---------------------------------------------------------------- */

/* Records `first` up to, not including, `end`: sorted, they are what is at and below one node. */
typedef struct Group {
        const Records *records;
        size_t first, end;
} Group;

static Path group_path(const Group *group, size_t index)
{
        return records_get(group->records, index)->path;
}

/* The records from `first` on that have the same ID at `level`. */
static Group group_next(const Group *all, size_t first, unsigned level)
{
        Group group = {.records = all->records, .first = first, .end = first + 1};
        uint16_t id = group_path(all, first).id[level];

        while (group.end < all->end && group_path(all, group.end).id[level] == id)
                group.end++;
        return group;
}

/* A value, or the empty map of a node that has nothing below. */
static bool is_leaf(const Group *group, unsigned level)
{
        return group->end - group->first == 1 && group_path(group, group->first).level == level;
}

/* What all records of the group have in common, down to their last ID but one. */
static unsigned common_levels(const Group *group)
{
        Path first = group_path(group, group->first), last = group_path(group, group->end - 1);
        unsigned level = 0;

        if (group->end - group->first == 1)
                return first.level;
        while (level < first.level && level < last.level && first.id[level] == last.id[level])
                level++;
        return level;
}

static void write_key(ByteWriter *writer, Path path, unsigned level, unsigned end)
{
        if (end - level > 1)
                cbor_write_array(writer, end - level);
        for (unsigned i = level; i < end; i++)
                cbor_write_unsigned(writer, path.id[i]);
}

static void write_leaf(ByteWriter *writer, const Record *record)
{
        if (record->value.type == VALUE_NONE)
                cbor_write_map(writer, 0);
        else
                cbor_write_value(writer, &record->value);
}

static size_t count_groups(const Group *all, unsigned level)
{
        size_t n = 0;

        for (size_t next = all->first; next < all->end; n++)
                next = group_next(all, next, level).end;
        return n;
}

/* A map of what is below `level` IDs that all have in common. Calls itself once a level. */
static void write_map(ByteWriter *writer, const Group *all, unsigned level)
{
        size_t next = all->first;

        cbor_write_map(writer, count_groups(all, level));
        while (next < all->end) {
                Group group = group_next(all, next, level);

                write_key(writer, group_path(&group, next), level, level + 1);
                if (is_leaf(&group, level + 1))
                        write_leaf(writer, records_get(all->records, next));
                else
                        write_map(writer, &group, level + 1);
                next = group.end;
        }
}

int lwm2m_cbor_encode(const Records *records, const int64_t *times, ByteWriter *writer)
{
        Group all = {.records = records, .first = 0, .end = records_len(records)};
        unsigned level;

        if (times)
                return -ENOTSUP;
        level = all.end > 0 ? common_levels(&all) : 0;
        if (level == 0) {
                write_map(writer, &all, 0);
                return 0;
        }

        cbor_write_map(writer, 1);
        write_key(writer, group_path(&all, 0), 0, level);
        if (is_leaf(&all, level))
                write_leaf(writer, records_get(records, 0));
        else
                write_map(writer, &all, level);
        return 0;
}

/* ---- Reading ---------------------------------------------------------------- */

typedef struct Decoder {
        ByteReader reader;
        Collector *collector; /* either */
        PathList *paths;      /* or */
        struct {
                CborContainer map;
                Path path;
                bool empty; /* no entry came yet */
        } levels[LEVELS_MAX];
        unsigned depth;
} Decoder;

static int append_id(ByteReader *reader, Path *path)
{
        CborItem item;
        int r = cbor_item_read(reader, &item);

        if (r < 0)
                return r;
        if (item.kind != CBOR_KIND_UNSIGNED || item.number > PATH_ID_MAX ||
            path->level == PATH_RESOURCE_INSTANCE)
                return -EBADMSG;

        *path = path_child(*path, (uint16_t) item.number);
        return 0;
}

/* An ID, or an array of some. */
static int append_key(ByteReader *reader, Path *path)
{
        CborContainer array;
        CborItem item;
        int r;

        r = cbor_item_peek(reader, &item);
        if (r < 0)
                return r;
        if (item.kind != CBOR_KIND_ARRAY)
                return append_id(reader, path);

        r = cbor_container_open(reader, CBOR_KIND_ARRAY, &array);
        while (r == 0) {
                r = cbor_container_next(reader, &array);
                if (r == 0)
                        return 0;
                if (r > 0)
                        r = append_id(reader, path);
        }
        return r;
}

static int decode_value(Decoder *decoder, Path path)
{
        g_auto(Scalar) scalar = {0};
        int r = cbor_scalar_read(&decoder->reader, &scalar);

        if (r < 0)
                return r;
        if (decoder->collector)
                return collector_add(decoder->collector, path, &scalar);
        return scalar.type == SCALAR_NULL ? path_list_add(decoder->paths, path) : -EBADMSG;
}

static int enter_map(Decoder *decoder, Path path)
{
        CborContainer map;
        int r;

        if (decoder->depth == LEVELS_MAX)
                return -EBADMSG;
        r = cbor_container_open(&decoder->reader, CBOR_KIND_MAP, &map);
        if (r < 0)
                return r;

        decoder->levels[decoder->depth].map = map;
        decoder->levels[decoder->depth].path = path;
        decoder->levels[decoder->depth].empty = true;
        decoder->depth++;
        return 0;
}

static int decode_entry(Decoder *decoder, Path path)
{
        Path above = path;
        CborItem item;
        int r;

        r = append_key(&decoder->reader, &path);
        if (r < 0)
                return r;
        if (path.level == above.level && decoder->collector)
                return -EBADMSG;

        r = cbor_item_peek(&decoder->reader, &item);
        if (r < 0)
                return r;
        return item.kind == CBOR_KIND_MAP ? enter_map(decoder, path) : decode_value(decoder, path);
}

/* The map ends. What is empty and not the payload itself is a node with nothing below. */
static int leave_map(Decoder *decoder)
{
        decoder->depth--;
        if (!decoder->levels[decoder->depth].empty || decoder->depth == 0)
                return 0;
        if (!decoder->collector)
                return -EBADMSG;
        return collector_add_empty(decoder->collector, decoder->levels[decoder->depth].path);
}

static int decode_maps(Decoder *decoder)
{
        int r = enter_map(decoder, path_root());

        while (r == 0 && decoder->depth > 0) {
                unsigned top = decoder->depth - 1;

                r = cbor_container_next(&decoder->reader, &decoder->levels[top].map);
                if (r == 0)
                        r = leave_map(decoder);
                else if (r > 0) {
                        decoder->levels[top].empty = false;
                        r = decode_entry(decoder, decoder->levels[top].path);
                }
        }
        if (r < 0)
                return r;
        return byte_reader_left(&decoder->reader) > 0 ? -EBADMSG : 0;
}

int lwm2m_cbor_decode(Collector *collector, const void *data, size_t len)
{
        Decoder decoder = {.reader = byte_reader(data, len), .collector = collector};

        return decode_maps(&decoder);
}

static int decode_array(Decoder *decoder)
{
        CborContainer array;
        int r;

        r = cbor_container_open(&decoder->reader, CBOR_KIND_ARRAY, &array);
        while (r == 0) {
                Path path = path_root();

                r = cbor_container_next(&decoder->reader, &array);
                if (r == 0)
                        break;
                if (r > 0)
                        r = append_key(&decoder->reader, &path);
                if (r == 0)
                        r = path_list_add(decoder->paths, path);
        }
        if (r < 0)
                return r;
        return byte_reader_left(&decoder->reader) > 0 ? -EBADMSG : 0;
}

int lwm2m_cbor_decode_paths(const void *data, size_t len, PathList *paths)
{
        Decoder decoder = {.reader = byte_reader(data, len), .paths = paths};
        CborItem item;
        int r;

        r = cbor_item_peek(&decoder.reader, &item);
        if (r < 0)
                return r;
        return item.kind == CBOR_KIND_ARRAY ? decode_array(&decoder) : decode_maps(&decoder);
}
