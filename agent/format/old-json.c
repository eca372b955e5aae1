/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/old-json.h"

#include <errno.h>
#include <string.h>

#include "format/base64.h"
#include "format/json.h"
#include "format/senml.h"

/* ---- Writing ---------------------------------------------------------------- */

/* The lowest node above all records. */
static Path base_of(const Records *records)
{
        Path base;

        if (records_len(records) == 0)
                return path_root();

        base = path_parent(records_get(records, 0)->path);
        for (size_t i = 1; i < records_len(records); i++) {
                while (!path_within(path_parent(records_get(records, i)->path), base))
                        base = path_parent(base);
        }
        return base;
}

static void write_member(ByteWriter *writer, const Value *value)
{
        switch (value->type) {
        case VALUE_OPAQUE:
                byte_writer_text(writer, "\"sv\":\"");
                base64_write(writer, value->bytes.data, value->bytes.len);
                byte_writer_u8(writer, '"');
                return;
        case VALUE_STRING:
        case VALUE_CORELNK:
                byte_writer_text(writer, "\"sv\":");
                break;
        case VALUE_BOOLEAN:
                byte_writer_text(writer, "\"bv\":");
                break;
        case VALUE_OBJLNK:
                byte_writer_text(writer, "\"ov\":");
                break;
        case VALUE_NONE:
        case VALUE_INTEGER:
        case VALUE_UNSIGNED:
        case VALUE_FLOAT:
        case VALUE_TIME:
                byte_writer_text(writer, "\"v\":");
                break;
        }
        json_write_value(writer, value);
}

/* `skip` octets of the path are in the base name. */
static void write_entry(ByteWriter *writer, const Record *record, size_t skip, int64_t time)
{
        char path[PATH_TEXT_SIZE];

        path_to_text(record->path, path);
        byte_writer_text(writer, "{\"n\":");
        json_write_string(writer, path + skip, strlen(path) - skip);
        if (time != 0) {
                byte_writer_text(writer, ",\"t\":");
                json_write_time(writer, time);
        }
        byte_writer_u8(writer, ',');
        write_member(writer, &record->value);
        byte_writer_u8(writer, '}');
}

static void write_head(ByteWriter *writer, const char *base, int64_t base_time)
{
        byte_writer_text(writer, "{\"bn\":");
        json_write_string(writer, base, strlen(base));
        if (base_time != 0) {
                byte_writer_text(writer, ",\"bt\":");
                json_write_time(writer, base_time);
        }
        byte_writer_text(writer, ",\"e\":[");
}

int old_json_encode(const Records *records, const int64_t *times, ByteWriter *writer)
{
        int64_t base_time = times && records_len(records) > 0 ? times[0] : 0;
        char base[PATH_TEXT_SIZE + 1];
        bool first = true;

        path_to_text(base_of(records), base);
        if (strcmp(base, "/") != 0)
                strcat(base, "/");

        write_head(writer, base, base_time);
        for (size_t i = 0; i < records_len(records); i++) {
                const Record *record = records_get(records, i);

                if (!senml_has(record))
                        continue;
                if (!first)
                        byte_writer_u8(writer, ',');
                write_entry(writer, record, strlen(base), times ? times[i] - base_time : 0);
                first = false;
        }
        byte_writer_text(writer, "]}");
        return 0;
}

/* ---- Reading ---------------------------------------------------------------- */

/* The string member, "" where there is none. -EBADMSG: it is something else. */
static int get_text(const json_t *object, const char *key, const char **ret)
{
        const json_t *member = json_object_get(object, key);

        if (member && !json_is_string(member))
                return -EBADMSG;
        *ret = member ? json_string_value(member) : "";
        return 0;
}

/* The one of "v", "sv", "bv", "ov" that there is. */
static int get_value(const json_t *entry, Scalar *ret)
{
        static const struct {
                const char *key;
                ScalarType type; /* of what is no number */
        } values[] = {
                {"v", SCALAR_NONE},
                {"sv", SCALAR_TEXT},
                {"bv", SCALAR_BOOLEAN},
                {"ov", SCALAR_TEXT},
        };
        bool found = false;

        for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
                const json_t *member = json_object_get(entry, values[i].key);

                if (!member)
                        continue;
                if (found || json_to_scalar(member, ret) < 0)
                        return -EBADMSG;
                if (values[i].type == SCALAR_NONE ? !scalar_is_number(ret)
                                                  : ret->type != values[i].type)
                        return -EBADMSG;
                if (values[i].key[0] == 'o')
                        ret->type = SCALAR_LINK;
                found = true;
        }
        return found ? 0 : -EBADMSG;
}

/* Without a base name, a name that does not begin at the root begins at the path of the request. */
static int entry_path(const Collector *collector, const char *base, const char *name, Path *ret)
{
        char start[PATH_TEXT_SIZE], text[2 * SENML_NAME_MAX + PATH_TEXT_SIZE];
        bool is_relative = base[0] == '\0' && name[0] != '/';

        if (strlen(base) > SENML_NAME_MAX || strlen(name) > SENML_NAME_MAX)
                return -EBADMSG;
        if (is_relative)
                base = path_to_text(collector->base, start);

        g_snprintf(text, sizeof(text), "%s%s%s", base,
                   is_relative && collector->base.level > PATH_ROOT ? "/" : "", name);
        return collector_parse_path(text, strlen(text), ret);
}

static int decode_entry(Collector *collector, const char *base, const json_t *entry)
{
        const char *name;
        Scalar scalar;
        Path path;
        int r;

        if (!json_is_object(entry))
                return -EBADMSG;

        r = get_text(entry, "n", &name);
        if (r == 0)
                r = get_value(entry, &scalar);
        if (r == 0)
                r = entry_path(collector, base, name, &path);
        return r < 0 ? r : collector_add(collector, path, &scalar);
}

int old_json_decode(Collector *collector, const void *data, size_t len)
{
        g_autoptr(json_t) json = NULL;
        const char *base;
        json_t *entries, *entry;
        size_t index;
        int r;

        r = json_parse(data, len, &json);
        if (r < 0)
                return r;
        entries = json_object_get(json, "e"); /* NULL where `json` is no object */
        if (!json_is_array(entries) || get_text(json, "bn", &base) < 0)
                return -EBADMSG;

        collector->base64_text = true;
        json_array_foreach(entries, index, entry)
        {
                r = decode_entry(collector, base, entry);
                if (r < 0)
                        return r;
        }
        return 0;
}
