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

bool corelink_lists(uint16_t object)
{
        return object != 0 && object != 21 && object != 23;
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
                if (corelink_lists(object->definition->id))
                        write_object(writer, start, object, lwm2m_version);
                after = object->definition->id;
        }
        return byte_writer_result(writer);
}

/* ---- Discover ---- */

typedef struct LinkList {
        const Discovery *discovery;
        Object *object;
        uint8_t deepest; /* PathLevel */
        Records *values; /* reused */
        ByteWriter *writer;
        size_t start;
} LinkList;

static PathLevel deepest_level(const Discovery *discovery)
{
        int depth = discovery->depth;

        if (depth >= 0)
                return MIN(discovery->path.level + MIN(depth, PATH_RESOURCE_INSTANCE),
                           PATH_RESOURCE_INSTANCE);
        if (discovery->path.level < PATH_RESOURCE || strcmp(discovery->lwm2m_version, "1.0") == 0)
                return PATH_RESOURCE;
        return PATH_RESOURCE_INSTANCE;
}

static void write_target(LinkList *list, Path path)
{
        char text[PATH_TEXT_SIZE];

        write_separator(list->writer, list->start);
        byte_writer_format(list->writer, "<%s>", path_to_text(path, text));
}

static void write_attributes(LinkList *list, Path path)
{
        const Discovery *discovery = list->discovery;
        bool asked_for = path.level >= PATH_RESOURCE && path_equal(path, discovery->path);
        AttributeSet set = asked_for ? attributes_inherited(discovery->attributes, path)
                                     : attributes_attached(discovery->attributes, path);

        attribute_set_write(&set, list->writer);
}

/* How many values a resource that can have several has; -1: it cannot, or nobody may know. */
static int read_dimension(LinkList *list, Path path)
{
        const ObjectDefinition *definition = list->object->definition;
        const ResourceDefinition *resource = definition_find_resource(definition, path.id[2]);
        int dimension = 0;

        records_truncate(list->values, 0);
        if (!resource || !resource->multiple || (resource->operations & OP_R) == 0 ||
            list->object->ops->read(list->object, path.id[1], path.id[2], list->values) < 0)
                return -1;
        for (size_t i = 0; i < records_len(list->values); i++)
                dimension += records_get(list->values, i)->path.level == PATH_RESOURCE_INSTANCE;
        return dimension;
}

static void write_resource(LinkList *list, Path path)
{
        int dimension = read_dimension(list, path);

        write_target(list, path);
        if (dimension >= 0)
                byte_writer_format(list->writer, ";dim=%d", dimension);
        write_attributes(list, path);

        if (list->deepest < PATH_RESOURCE_INSTANCE || dimension <= 0)
                return;
        for (size_t i = 0; i < records_len(list->values); i++) {
                Path instance = records_get(list->values, i)->path;

                write_target(list, instance);
                write_attributes(list, instance);
        }
}

static void write_instance(LinkList *list, Path path)
{
        int after = -1;
        uint16_t id;

        write_target(list, path);
        write_attributes(list, path);
        if (list->deepest < PATH_RESOURCE)
                return;
        while (list->object->ops->next_resource(list->object, path.id[1], after, &id) >= 0) {
                write_resource(list, path_child(path, id));
                after = id;
        }
}

static void write_whole_object(LinkList *list, Path path)
{
        int after = -1;
        uint16_t id;

        write_target(list, path);
        if (!is_implied(list->object->definition, list->discovery->lwm2m_version))
                byte_writer_format(list->writer, ";ver=%s", list->object->definition->version);
        write_attributes(list, path);
        if (list->deepest < PATH_INSTANCE)
                return;
        while (list->object->ops->next_instance(list->object, after, &id) >= 0) {
                write_instance(list, path_child(path, id));
                after = id;
        }
}

int corelink_write_discovery(Object *object, const Discovery *discovery, ByteWriter *writer)
{
        g_autoptr(Records) values = records_new();
        LinkList list = {discovery, object, deepest_level(discovery), values, writer, writer->len};

        switch ((PathLevel) discovery->path.level) {
        case PATH_OBJECT:
                write_whole_object(&list, discovery->path);
                break;
        case PATH_INSTANCE:
                write_instance(&list, discovery->path);
                break;
        case PATH_RESOURCE:
                write_resource(&list, discovery->path);
                break;
        case PATH_ROOT:
        case PATH_RESOURCE_INSTANCE:
                g_return_val_if_reached(-EINVAL);
        }
        return byte_writer_result(writer);
}

/* ---- Reading ---- */

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
