/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whatever is written reads back. */

#include "format/format.h"
#include "memory-object.h"

#define ID 4242

static Value random_bytes(ValueType type)
{
        size_t len = (size_t) g_test_rand_int_range(0, 300);
        g_autofree char *data = g_malloc(len + 1);
        Value value;

        for (size_t i = 0; i < len; i++)
                data[i] = (char) g_test_rand_int_range(type == VALUE_OPAQUE ? 0 : 1,
                                                       type == VALUE_OPAQUE ? 256 : 128);
        value = value_opaque(data, len);
        value.type = type;
        return value;
}

static Value random_value(ValueType type)
{
        uint64_t bits =
                (uint64_t) (uint32_t) g_test_rand_int() << 32 | (uint32_t) g_test_rand_int();

        bits >>= g_test_rand_int_range(0, 64);
        switch (type) {
        case VALUE_INTEGER:
                return value_integer(g_test_rand_bit() ? (int64_t) bits : -(int64_t) (bits / 2));
        case VALUE_TIME:
                return value_time((int64_t) bits);
        case VALUE_UNSIGNED:
                return value_unsigned(bits);
        case VALUE_FLOAT:
                return value_float(g_test_rand_bit() ? g_test_rand_double_range(-1e300, 1e300)
                                                     : g_test_rand_int_range(-5000, 5000) / 8.0);
        case VALUE_BOOLEAN:
                return value_boolean(g_test_rand_bit());
        case VALUE_OBJLNK:
                return value_objlnk((uint16_t) bits, (uint16_t) (bits >> 16));
        case VALUE_STRING:
        case VALUE_OPAQUE:
        case VALUE_CORELNK:
                return random_bytes(type);
        case VALUE_NONE:
                break;
        }
        return (Value){.type = VALUE_NONE};
}

static void add_random_resource(Records *records, uint16_t instance,
                                const ResourceDefinition *resource)
{
        Path path = path_resource(ID, instance, resource->id);
        int id = -1;

        if (!resource->multiple) {
                records_add(records, path, random_value(resource->type));
                return;
        }
        for (int n = g_test_rand_int_range(0, 5); n > 0; n--) {
                id += g_test_rand_int_range(1, 400);
                records_add(records, path_child(path, (uint16_t) id), random_value(resource->type));
        }
        if (id == -1)
                records_add(records, path, (Value){.type = VALUE_NONE});
}

static Records *random_records(uint16_t instance)
{
        Records *records = records_new();

        for (size_t i = 0; i < memory_definition.n_resources; i++) {
                const ResourceDefinition *resource = &memory_definition.resources[i];

                if (resource->type != VALUE_NONE && g_test_rand_bit())
                        add_random_resource(records, instance, resource);
        }
        return records;
}

static void assert_same(const Records *a, const Records *b)
{
        g_assert_cmpuint(records_len(a), ==, records_len(b));
        for (size_t i = 0; i < records_len(a); i++) {
                g_assert_true(path_equal(records_get(a, i)->path, records_get(b, i)->path));
                g_assert_true(value_equal(&records_get(a, i)->value, &records_get(b, i)->value));
        }
}

/* Bare, and wrapped as an object-level read wraps it. */
static void test_tlv(void)
{
        for (int i = 0; i < 1000; i++) {
                uint16_t instance = (uint16_t) g_test_rand_int_range(0, PATH_ID_MAX + 1);
                Path levels[] = {path_instance(ID, instance), path_object(ID)};
                g_autoptr(Records) records = random_records(instance);

                for (size_t j = 0; j < G_N_ELEMENTS(levels); j++) {
                        ByteWriter writer = byte_writer_growing(1 << 20);
                        g_autoptr(Records) back = NULL;

                        g_assert_cmpint(format_encode(FORMAT_TLV, levels[j], &memory_definition,
                                                      records, &writer),
                                        ==, 0);
                        g_assert_cmpint(format_decode(FORMAT_TLV, levels[0], &memory_definition,
                                                      writer.data, writer.len, &back),
                                        ==, 0);
                        assert_same(records, back);
                        byte_writer_clear(&writer);
                }
        }
}

/* What the format can tell and jansson can read: no empty node but in LwM2M CBOR, and in JSON no
 * number above int64_t. */
static bool survives(int format, const Record *record)
{
        bool is_json = format == FORMAT_SENML_JSON || format == FORMAT_OLD_JSON;

        if (record->value.type == VALUE_NONE)
                return format == FORMAT_LWM2M_CBOR;
        return !is_json || record->value.type != VALUE_UNSIGNED ||
               record->value.number <= INT64_MAX;
}

static void add_surviving(int format, const Records *from, Records *to)
{
        for (size_t i = 0; i < records_len(from); i++) {
                const Record *record = records_get(from, i);

                if (survives(format, record))
                        records_add(to, record->path, value_copy(&record->value));
        }
}

/* Up to three instances. */
static Records *random_object(int format)
{
        Records *all = records_new();
        int instance = -1;

        for (int n = g_test_rand_int_range(0, 4); n > 0; n--) {
                g_autoptr(Records) one = NULL;

                instance += g_test_rand_int_range(1, 20000);
                one = random_records((uint16_t) instance);
                add_surviving(format, one, all);
        }
        return all;
}

static const ObjectDefinition *find(uint16_t object, void *user)
{
        g_assert_cmpuint(object, ==, ID);
        return user;
}

/* Of an object, and among others. */
static void test_structured(void)
{
        static const int formats[] = {FORMAT_SENML_JSON, FORMAT_SENML_CBOR, FORMAT_OLD_JSON,
                                      FORMAT_LWM2M_CBOR};

        for (size_t i = 0; i < 1000; i++) {
                int format = formats[i % G_N_ELEMENTS(formats)];
                g_autoptr(Records) records = random_object(format);
                g_autoptr(Records) back = NULL, composite = NULL;
                ByteWriter writer = byte_writer_growing(1 << 20);

                g_assert_cmpint(format_encode(format, path_object(ID), &memory_definition, records,
                                              &writer),
                                ==, 0);
                g_assert_cmpint(format_decode(format, path_object(ID), &memory_definition,
                                              writer.data, writer.len, &back),
                                ==, 0);
                assert_same(records, back);
                if (format_can_composite(format)) {
                        g_assert_cmpint(
                                format_decode_composite(format, find, (void *) &memory_definition,
                                                        writer.data, writer.len, &composite),
                                ==, 0);
                        assert_same(records, composite);
                }
                byte_writer_clear(&writer);
        }
}

/* Each value alone. */
static void test_cbor(void)
{
        for (int i = 0; i < 1000; i++) {
                g_autoptr(Records) records = random_records(0);

                for (size_t j = 0; j < records_len(records); j++) {
                        const Record *record = records_get(records, j);
                        g_autoptr(Records) one = records_new(), back = NULL;
                        ByteWriter writer = byte_writer_growing(1 << 20);

                        if (record->value.type == VALUE_NONE)
                                continue;
                        records_add(one, record->path, value_copy(&record->value));
                        g_assert_cmpint(format_encode(FORMAT_CBOR, record->path, &memory_definition,
                                                      one, &writer),
                                        ==, 0);
                        g_assert_cmpint(format_decode(FORMAT_CBOR, record->path, &memory_definition,
                                                      writer.data, writer.len, &back),
                                        ==, 0);
                        assert_same(one, back);
                        byte_writer_clear(&writer);
                }
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/format/random/tlv", test_tlv);
        g_test_add_func("/format/random/structured", test_structured);
        g_test_add_func("/format/random/cbor", test_cbor);
        return g_test_run();
}
