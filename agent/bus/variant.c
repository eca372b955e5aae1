/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/variant.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

GVariant *variant_from_text(const char *text)
{
        return g_variant_new_take_string(g_utf8_make_valid(text, -1));
}

GVariant *variant_from_value(const Value *value)
{
        switch (value->type) {
        case VALUE_NONE:
                return NULL;
        case VALUE_STRING:
        case VALUE_CORELNK:
                return variant_from_text(value->bytes.data ? value->bytes.data : "");
        case VALUE_INTEGER:
        case VALUE_TIME:
                return g_variant_new_int64(value->integer);
        case VALUE_UNSIGNED:
                return g_variant_new_uint64(value->number);
        case VALUE_FLOAT:
                return g_variant_new_double(value->real);
        case VALUE_BOOLEAN:
                return g_variant_new_boolean(value->boolean);
        case VALUE_OPAQUE:
                return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, value->bytes.data,
                                                 value->bytes.len, 1);
        case VALUE_OBJLNK:
                return g_variant_new("(qq)", value->link.object, value->link.instance);
        }
        return NULL;
}

/* An integer of any width. */
static bool integer_from_variant(GVariant *variant, Value *ret)
{
        switch (g_variant_get_type_string(variant)[0]) {
        case 'y':
                *ret = value_integer(g_variant_get_byte(variant));
                return true;
        case 'n':
                *ret = value_integer(g_variant_get_int16(variant));
                return true;
        case 'q':
                *ret = value_integer(g_variant_get_uint16(variant));
                return true;
        case 'i':
                *ret = value_integer(g_variant_get_int32(variant));
                return true;
        case 'u':
                *ret = value_integer(g_variant_get_uint32(variant));
                return true;
        case 'x':
                *ret = value_integer(g_variant_get_int64(variant));
                return true;
        case 't':
                *ret = value_unsigned(g_variant_get_uint64(variant));
                return true;
        default:
                return false;
        }
}

static int native_from_variant(GVariant *variant, ValueType type, Value *ret)
{
        if (g_variant_is_of_type(variant, G_VARIANT_TYPE_BOOLEAN))
                *ret = value_boolean(g_variant_get_boolean(variant));
        else if (g_variant_is_of_type(variant, G_VARIANT_TYPE_DOUBLE))
                *ret = value_float(g_variant_get_double(variant));
        else if (g_variant_is_of_type(variant, G_VARIANT_TYPE_BYTESTRING))
                *ret = value_opaque(g_variant_get_data(variant), g_variant_get_size(variant));
        else if (g_variant_is_of_type(variant, G_VARIANT_TYPE("(qq)"))) {
                guint16 object, instance;

                g_variant_get(variant, "(qq)", &object, &instance);
                *ret = value_objlnk(object, instance);
        } else if (!integer_from_variant(variant, ret))
                return -EINVAL;
        return ret->type == type ? 0 : value_convert(ret, type);
}

int variant_to_value(GVariant *variant, const ResourceDefinition *definition, Value *ret)
{
        Value value = {0};
        int r;

        if (g_variant_is_of_type(variant, G_VARIANT_TYPE_STRING)) {
                gsize len;
                const char *text = g_variant_get_string(variant, &len);

                r = value_from_text(definition->type, text, len, &value);
        } else
                r = native_from_variant(variant, definition->type, &value);
        if (r == 0)
                r = definition_accept(definition, &value);
        if (r < 0)
                value_clear(&value);
        else
                *ret = value;
        return r;
}

static void add_multiple(GVariantBuilder *builder, Path resource, const Records *records,
                         size_t from, size_t to)
{
        char text[PATH_TEXT_SIZE];
        GVariantBuilder instances;

        g_variant_builder_init(&instances, G_VARIANT_TYPE("a{qv}"));
        for (size_t i = from; i < to; i++) {
                const Record *record = records_get(records, i);
                GVariant *value = variant_from_value(&record->value);

                if (value)
                        g_variant_builder_add(&instances, "{qv}", record->path.id[3], value);
        }
        g_variant_builder_add(builder, "{sv}", path_to_text(resource, text),
                              g_variant_builder_end(&instances));
}

static void add_single(GVariantBuilder *builder, const Record *record)
{
        char text[PATH_TEXT_SIZE];
        GVariant *value = variant_from_value(&record->value);

        if (value)
                g_variant_builder_add(builder, "{sv}", path_to_text(record->path, text), value);
}

void variant_add_records(GVariantBuilder *builder, Path path, const Records *records)
{
        size_t n = records_len(records);

        for (size_t from = 0, to; from < n; from = to) {
                const Record *record = records_get(records, from);
                bool empty =
                        record->path.level == PATH_RESOURCE && record->value.type == VALUE_NONE;
                Path resource = record->path.level == PATH_RESOURCE_INSTANCE
                                        ? path_parent(record->path)
                                        : record->path;

                to = from + 1;
                if (path.level == PATH_RESOURCE_INSTANCE ||
                    (record->path.level == PATH_RESOURCE && !empty)) {
                        add_single(builder, record);
                        continue;
                }
                if (record->path.level < PATH_RESOURCE)
                        continue;
                while (to < n && path_within(records_get(records, to)->path, resource))
                        to++;
                add_multiple(builder, resource, records, from, to);
        }
}

static int add_instances(Path path, GVariant *variant, const ResourceDefinition *definition,
                         Records *records)
{
        GVariantIter iter;
        guint16 id;
        GVariant *child;
        int r = 0;

        g_variant_iter_init(&iter, variant);
        if (g_variant_n_children(variant) == 0)
                return records_add(records, path, (Value){0});
        while (r == 0 && g_variant_iter_next(&iter, "{qv}", &id, &child)) {
                Value value;

                r = id > PATH_ID_MAX ? -ERANGE : variant_to_value(child, definition, &value);
                if (r == 0)
                        r = records_add(records, path_child(path, id), value);
                g_variant_unref(child);
        }
        return r;
}

int variant_to_records(Path path, GVariant *variant, const ResourceDefinition *definition,
                       Records *records)
{
        Value value;
        int r;

        if (g_variant_is_of_type(variant, G_VARIANT_TYPE("a{qv}")))
                return definition->multiple && path.level == PATH_RESOURCE
                               ? add_instances(path, variant, definition, records)
                               : -EINVAL;
        if (definition->multiple && path.level == PATH_RESOURCE)
                return -EINVAL;
        r = variant_to_value(variant, definition, &value);
        return r < 0 ? r : records_add(records, path, value);
}
