/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "device-example.h"
#include "format-util.h"
#include "memory-object.h"

#define ID 4242

/* ---- The specification's own examples (Core 7.4.3; 1.0 Core 6.4.3) ----------------- */

#define DEVICE_RESOURCES                                                                           \
        "C800144F70656E204D6F62696C6520416C6C69616E6365"                                           \
        "C801164C69676874776569676874204D324D20436C69656E74"                                       \
        "C80209333435303030313233 C303312E30 860641000141010588070842000ED842011388870841007D"     \
        "42010384 C10964 C10A0F 830B410000 C40D5182428F C60E2B30323A3030 C11055"

static Records *decode(Path base, const ObjectDefinition *object, const char *hex)
{
        g_autoptr(GByteArray) bytes = bytes_from_hex(hex);
        Records *records = NULL;

        g_assert_cmpint(format_decode(FORMAT_TLV, base, object, bytes->data, bytes->len, &records),
                        ==, 0);
        return records;
}

static void test_device(void)
{
        const ObjectDefinition *device = definition_find_core(3);
        g_autofree char *bare = tlv_to_text(path_instance(3, 0), device, DEVICE_RESOURCES);
        g_autofree char *wrapped =
                tlv_to_text(path_instance(3, 0), device, "080079" DEVICE_RESOURCES);
        g_autoptr(Records) records = decode(path_instance(3, 0), device, DEVICE_RESOURCES);

        g_assert_cmpstr(bare, ==, DEVICE_TEXT);
        g_assert_cmpstr(wrapped, ==, DEVICE_TEXT);
        assert_tlv(path_instance(3, 0), device, records, DEVICE_RESOURCES);
        assert_tlv(path_object(3), device, records, "080079" DEVICE_RESOURCES);
}

static void test_access_control(void)
{
        static const ResourceDefinition resources[] = {
                {0, "Object ID", OP_R, false, true, VALUE_INTEGER},
                {1, "Object Instance ID", OP_R, false, true, VALUE_INTEGER},
                {2, "ACL", OP_RW, true, false, VALUE_INTEGER},
                {3, "Access Control Owner", OP_RW, false, true, VALUE_INTEGER},
        };
        static const ObjectDefinition object = {
                .id = 2, .version = "1.0", .resources = resources, .n_resources = 4};
        g_autoptr(Records) records = records_new();
        g_autofree char *text = NULL;

        records_add(records, path_resource(2, 0, 0), value_integer(1));
        records_add(records, path_resource(2, 0, 1), value_integer(0));
        records_add(records, path_resource_instance(2, 0, 2, 127), value_integer(7));
        records_add(records, path_resource(2, 0, 3), value_integer(127));
        records_add(records, path_resource(2, 2, 0), value_integer(3));
        records_add(records, path_resource(2, 2, 1), value_integer(0));
        records_add(records, path_resource_instance(2, 2, 2, 127), value_integer(7));
        records_add(records, path_resource_instance(2, 2, 2, 310), value_integer(1));
        records_add(records, path_resource(2, 2, 3), value_integer(127));
        assert_tlv(path_object(2), &object, records,
                   "08000E C10001 C10100 8302417F07 C1037F"
                   "080212 C10003 C10100 8702417F0761013601 C1037F");

        text = tlv_to_text(path_instance(2, 2), &object,
                           "080212 C10003 C10100 8702417F0761013601 C1037F");
        g_assert_cmpstr(text, ==, "/2/2/0=3 /2/2/1=0 /2/2/2/127=7 /2/2/2/310=1 /2/2/3=127");
}

static void test_server(void)
{
        const ObjectDefinition *server = definition_find_core(1);
        g_autoptr(Records) records =
                decode(path_instance(1, 0), server, "08000F C10001 C40100015180 C10601 C10755");
        g_autofree char *text = records_to_text(records);

        g_assert_cmpstr(text, ==, "/1/0/0=1 /1/0/1=86400 /1/0/6=1 /1/0/7=U");
        assert_tlv(path_object(1), server, records, "08000F C10001 C40100015180 C10601 C10755");
}

static void test_object_links(void)
{
        static const ResourceDefinition resources65[] = {
                {0, "res0", OP_RW, true, false, VALUE_OBJLNK},
                {1, "res1", OP_RW, false, false, VALUE_STRING},
                {2, "res2", OP_RW, false, false, VALUE_INTEGER},
        };
        static const ResourceDefinition resources66[] = {
                {0, "res0", OP_RW, false, false, VALUE_STRING},
                {1, "res1", OP_RW, false, false, VALUE_STRING},
                {2, "res2", OP_RW, false, false, VALUE_OBJLNK},
        };
        static const ObjectDefinition object65 = {
                .id = 65, .version = "1.0", .resources = resources65, .n_resources = 3};
        static const ObjectDefinition object66 = {
                .id = 66, .version = "1.0", .resources = resources66, .n_resources = 3};
        static const char *const hex65 =
                "88000C 440000420000 440100420001 C8010D38363133383030373535353030 C40212345678";
        static const char *const hex66 =
                "C8000B6D79536572766963652032 C8010F496E7465726E65742E31352E323335 C402FFFFFFFF";
        g_autoptr(Records) records65 = decode(path_instance(65, 0), &object65, hex65);
        g_autoptr(Records) records66 = decode(path_instance(66, 1), &object66, hex66);
        g_autofree char *text65 = records_to_text(records65);
        g_autofree char *text66 = records_to_text(records66);

        g_assert_cmpstr(text65, ==,
                        "/65/0/0/0=66:0 /65/0/0/1=66:1 /65/0/1=8613800755500 /65/0/2=305419896");
        assert_tlv(path_instance(65, 0), &object65, records65, hex65);
        g_assert_cmpstr(text66, ==,
                        "/66/1/0=myService 2 /66/1/1=Internet.15.235 /66/1/2=65535:65535");
        assert_tlv(path_instance(66, 1), &object66, records66, hex66);
}

/* ---- Widths --------------------------------------------------------------------- */

typedef struct WidthCase {
        uint16_t resource;
        Value value;
        const char *hex;
} WidthCase;

static void test_widths(void)
{
        const WidthCase cases[] = {
                {300, value_integer(0), "E1012C 00"},
                {300, value_integer(-128), "E1012C 80"},
                {300, value_integer(127), "E1012C 7F"},
                {300, value_integer(128), "E2012C 0080"},
                {300, value_integer(-129), "E2012C FF7F"},
                {300, value_integer(32768), "E4012C 00008000"},
                {300, value_integer(-32769), "E4012C FFFF7FFF"},
                {300, value_integer(INT32_MIN), "E4012C 80000000"},
                {300, value_integer(INT64_C(2147483648)), "E8012C08 0000000080000000"},
                {300, value_integer(INT64_MIN), "E8012C08 8000000000000000"},
                {2, value_unsigned(127), "C102 7F"},
                {2, value_unsigned(200), "C202 00C8"}, /* readers of signed ones get it right */
                {2, value_unsigned(40000), "C402 00009C40"},
                {2, value_unsigned(UINT32_MAX), "C80208 00000000FFFFFFFF"},
                {2, value_unsigned(UINT64_MAX), "C80208 FFFFFFFFFFFFFFFF"},
                {3, value_float(1.5), "C403 3FC00000"},
                {3, value_float(0.1), "C80308 3FB999999999999A"},
                {3, value_float(-INFINITY), "C403 FF800000"},
                {4, value_boolean(false), "C104 00"},
                {6, value_time(-1), "C106 FF"},
                {7, value_objlnk(65535, 65535), "C407 FFFFFFFF"},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(Records) records = records_new();
                g_autoptr(Records) back = NULL;
                Path path = path_resource(ID, 0, cases[i].resource);

                records_add(records, path, cases[i].value);
                assert_tlv(path, &memory_definition, records, cases[i].hex);
                back = decode(path, &memory_definition, cases[i].hex);
                g_assert_true(value_equal(&records_get(back, 0)->value, &cases[i].value));
        }
}

/* Any of the four widths is read, whatever the number. */
static void test_wide_integers(void)
{
        static const char *const hex[] = {"C101 FB", "C201 FFFB", "C401 FFFFFFFB",
                                          "C80108 FFFFFFFFFFFFFFFB"};

        for (size_t i = 0; i < G_N_ELEMENTS(hex); i++) {
                g_autofree char *text =
                        tlv_to_text(path_resource(ID, 0, 1), &memory_definition, hex[i]);

                g_assert_cmpstr(text, ==, "/4242/0/1=-5");
        }
}

/* Lengths of which the head takes 0, 1, 2 and 3 octets. */
static void test_lengths(void)
{
        static const struct {
                size_t len;
                const char *head;
        } cases[] = {
                {0, "C005"},       {7, "C705"},         {8, "C80508"},         {255, "C805FF"},
                {256, "D0050100"}, {65535, "D005FFFF"}, {65536, "D805010000"},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *filled = g_strnfill(cases[i].len, 'x');
                g_autoptr(GByteArray) head = bytes_from_hex(cases[i].head);
                g_autoptr(Records) records = records_new(), back = NULL;
                Path path = path_resource(ID, 0, 5);
                ByteWriter writer = byte_writer_growing(1 << 20);

                records_add(records, path, value_opaque(filled, cases[i].len));
                g_assert_cmpint(
                        format_encode(FORMAT_TLV, path, &memory_definition, records, &writer), ==,
                        0);
                g_assert_cmpmem(writer.data, head->len, head->data, head->len);
                g_assert_cmpuint(writer.len, ==, head->len + cases[i].len);
                g_assert_cmpint(format_decode(FORMAT_TLV, path, &memory_definition, writer.data,
                                              writer.len, &back),
                                ==, 0);
                g_assert_true(
                        value_equal(&records_get(back, 0)->value, &records_get(records, 0)->value));
                byte_writer_clear(&writer);
        }
}

/* Bits 2 to 0 are ignored where the length is separate (table 7.4.3-1). */
static void test_ignored_bits(void)
{
        g_autofree char *text =
                tlv_to_text(path_resource(ID, 0, 0), &memory_definition, "CF0002 6869");

        g_assert_cmpstr(text, ==, "/4242/0/0=hi");
}

static void test_ids(void)
{
        g_autoptr(Records) records = records_new();

        records_add(records, path_resource_instance(ID, 0, 12, 255), value_integer(1));
        records_add(records, path_resource_instance(ID, 0, 12, 256), value_integer(2));
        records_add(records, path_resource_instance(ID, 0, 12, 65534), value_integer(3));
        assert_tlv(path_resource(ID, 0, 12), &memory_definition, records,
                   "880C0B 41FF01 61010002 61FFFE03");
}

/* ---- Shapes --------------------------------------------------------------------- */

static void test_multiple(void)
{
        g_autoptr(Records) records = records_new();
        g_autofree char *none = tlv_to_text(path_resource(ID, 0, 12), &memory_definition, "800C");
        g_autofree char *one =
                tlv_to_text(path_resource(ID, 0, 12), &memory_definition, "830C410005");

        g_assert_cmpstr(none, ==, "/4242/0/12=none");
        g_assert_cmpstr(one, ==, "/4242/0/12/0=5");

        records_add(records, path_resource(ID, 0, 12), (Value){.type = VALUE_NONE});
        assert_tlv(path_resource(ID, 0, 12), &memory_definition, records, "800C");
        assert_tlv(path_instance(ID, 0), &memory_definition, records, "800C");
        assert_tlv(path_object(ID), &memory_definition, records, "0200800C");
}

static void test_resource_instance(void)
{
        Path path = path_resource_instance(ID, 0, 12, 3);
        g_autofree char *lone = tlv_to_text(path, &memory_definition, "410307");
        g_autofree char *wrapped = tlv_to_text(path, &memory_definition, "830C410307");
        g_autoptr(Records) records = records_new();

        g_assert_cmpstr(lone, ==, "/4242/0/12/3=7");
        g_assert_cmpstr(wrapped, ==, "/4242/0/12/3=7");
        records_add(records, path, value_integer(7));
        assert_tlv(path, &memory_definition, records, "410307");
}

static void test_empty(void)
{
        g_autofree char *bare = tlv_to_text(path_instance(ID, 7), &memory_definition, "");
        g_autofree char *wrapped = tlv_to_text(path_instance(ID, 7), &memory_definition, "0007");
        g_autoptr(Records) records = records_new();

        g_assert_cmpstr(bare, ==, "");
        g_assert_cmpstr(wrapped, ==, "");

        assert_tlv(path_object(ID), &memory_definition, records, "");
        records_add(records, path_instance(ID, 7), (Value){.type = VALUE_NONE});
        assert_tlv(path_instance(ID, 7), &memory_definition, records, "");
        records_add(records, path_instance(ID, 300), (Value){.type = VALUE_NONE});
        assert_tlv(path_object(ID), &memory_definition, records, "0007 20012C");
}

/* What the definition does not know stays, as opaque: who writes decides what becomes of it. */
static void test_unknown(void)
{
        g_autofree char *text = tlv_to_text(path_instance(ID, 0), &memory_definition,
                                            "C1630A 8364410102 8065 C00A C10105");

        g_assert_cmpstr(text, ==,
                        "/4242/0/1=5 /4242/0/10= /4242/0/99=Cg== /4242/0/100/1=Ag== "
                        "/4242/0/101=none");
}

static void test_limit(void)
{
        g_autoptr(Records) records = records_new();
        uint8_t small[3];
        ByteWriter writer = byte_writer(small, sizeof(small));

        records_add(records, path_resource(ID, 0, 0), value_string("hi"));
        g_assert_cmpint(format_encode(FORMAT_TLV, path_instance(ID, 0), &memory_definition, records,
                                      &writer),
                        ==, -EMSGSIZE);
        g_assert_cmpint(
                format_encode(FORMAT_TLV, path_root(), &memory_definition, records, &writer), ==,
                -ENOTSUP);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/format/tlv/device", test_device);
        g_test_add_func("/format/tlv/access-control", test_access_control);
        g_test_add_func("/format/tlv/server", test_server);
        g_test_add_func("/format/tlv/object-links", test_object_links);
        g_test_add_func("/format/tlv/widths", test_widths);
        g_test_add_func("/format/tlv/wide-integers", test_wide_integers);
        g_test_add_func("/format/tlv/lengths", test_lengths);
        g_test_add_func("/format/tlv/ignored-bits", test_ignored_bits);
        g_test_add_func("/format/tlv/ids", test_ids);
        g_test_add_func("/format/tlv/multiple", test_multiple);
        g_test_add_func("/format/tlv/resource-instance", test_resource_instance);
        g_test_add_func("/format/tlv/empty", test_empty);
        g_test_add_func("/format/tlv/unknown", test_unknown);
        g_test_add_func("/format/tlv/limit", test_limit);
        return g_test_run();
}
