/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/corelink.h"

#include <errno.h>
#include <string.h>

typedef struct ImpliedVersion {
        uint16_t object;
        const char *lwm2m;
        const char *version;
} ImpliedVersion;

/* Core 1.1.1, appendix E; all others, and all of LwM2M 1.0, are 1.0. */
static const ImpliedVersion implied_versions[] = {
        {0, "1.1", "1.1"},
        {1, "1.1", "1.1"},
        {3, "1.1", "1.1"},
        {4, "1.1", "1.2"},
};

static bool is_implied(const ObjectDefinition *object, const char *lwm2m_version)
{
        if (strcmp(object->version, "1.0") == 0)
                return true;

        for (size_t i = 0; i < G_N_ELEMENTS(implied_versions); i++) {
                const ImpliedVersion *implied = &implied_versions[i];

                if (implied->object == object->id && strcmp(implied->lwm2m, lwm2m_version) == 0)
                        return strcmp(implied->version, object->version) == 0;
        }
        return false;
}

/* Core 6.2.1: what holds credentials is not listed. */
static bool is_listed(const ObjectDefinition *object)
{
        return object->id != 0 && object->id != 21 && object->id != 23;
}

static void write_separator(ByteWriter *writer, size_t start)
{
        if (writer->len > start)
                byte_writer_u8(writer, ',');
}

static void write_object(ByteWriter *writer, size_t start, Object *object,
                         const char *lwm2m_version)
{
        const ObjectDefinition *definition = object->definition;
        bool versioned = !is_implied(definition, lwm2m_version);
        int after = -1;
        uint16_t id;

        if (versioned || object->ops->next_instance(object, after, &id) < 0) {
                write_separator(writer, start);
                byte_writer_format(writer, "</%u>", definition->id);
        }
        /* Core 1.0 shows both ver="1.1" and ver=1.1; 1.1, 5.1.2 settles on the latter, and some
         * take no other. */
        if (versioned)
                byte_writer_format(writer, ";ver=%s", definition->version);

        while (object->ops->next_instance(object, after, &id) >= 0) {
                write_separator(writer, start);
                byte_writer_format(writer, "</%u/%u>", definition->id, id);
                after = id;
        }
}

int corelink_write_objects(const Tree *tree, const char *lwm2m_version, const char *root,
                           ByteWriter *writer)
{
        size_t start = writer->len;
        Object *object;
        int after = -1;

        if (root)
                byte_writer_text(writer, root);

        while ((object = tree_next(tree, after))) {
                if (is_listed(object->definition))
                        write_object(writer, start, object, lwm2m_version);
                after = object->definition->id;
        }
        return byte_writer_result(writer);
}

/* Where the attributes that begin at `text` end: at a ',' outside of quotes, or `end`. NULL: an
 * open quote. */
static const char *attributes_end(const char *text, const char *end)
{
        bool quoted = false;

        for (; text < end; text++) {
                if (quoted && *text == '\\' && text + 1 < end)
                        text++;
                else if (*text == '"')
                        quoted = !quoted;
                else if (*text == ',' && !quoted)
                        return text;
        }
        return quoted ? NULL : end;
}

int corelink_next(ByteReader *reader, CoreLink *ret)
{
        CoreLink link = {.attributes = ""};
        const char *text, *end, *close;

        if (byte_reader_left(reader) == 0)
                return 0;

        text = (const char *) reader->data + reader->pos;
        end = text + byte_reader_left(reader);
        close = memchr(text, '>', (size_t) (end - text));
        if (*text != '<' || !close)
                return -EBADMSG;
        link.target = text + 1;
        link.target_len = (size_t) (close - link.target);
        text = close + 1;

        if (text < end && *text == ';') {
                link.attributes = ++text;
                text = attributes_end(text, end);
                if (!text || text == link.attributes)
                        return -EBADMSG;
                link.attributes_len = (size_t) (text - link.attributes);
        }

        /* A comma says that another link follows (RFC 6690, 2). */
        if (text < end && (*text != ',' || ++text == end))
                return -EBADMSG;

        reader->pos = reader->len - (size_t) (end - text);
        *ret = link;
        return 1;
}
