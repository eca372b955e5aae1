/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "format-util.h"
#include "memory-object.h"

#define ID 4242

typedef struct BadCase {
        const char *what;
        const char *path;
        const char *hex;
        int result;
} BadCase;

static const BadCase cases[] = {
        {"root", "/", "C00A", -ENOTSUP},
        {"object", "/4242", "0007", -ENOTSUP},

        {"a head alone", "/4242/0", "C1", -EBADMSG},
        {"half an ID", "/4242/0", "E101", -EBADMSG},
        {"no length", "/4242/0", "C800", -EBADMSG},
        {"half a length", "/4242/0", "D00001", -EBADMSG},
        {"value too short", "/4242/0", "C30001", -EBADMSG},
        {"24 bit overrun", "/4242/0", "D800FFFFFF00", -EBADMSG},
        {"octets behind", "/4242/0", "C10105 FF", -EBADMSG},
        {"reserved ID", "/4242/0", "E1FFFF00", -EBADMSG},
        {"child overruns its parent", "/4242/0", "830C420007 00", -EBADMSG},
        {"resource overruns its instance", "/4242/0", "0300 C2010005", -EBADMSG},

        {"another instance", "/4242/0", "0301C10105", -EBADMSG},
        {"two instances", "/4242/0", "0300C10105 0301C10105", -EBADMSG},
        {"the instance twice", "/4242/0", "0300C10105 0300C10205", -EBADMSG},
        {"resource behind an instance", "/4242/0", "0300C10105 C10205", -EBADMSG},
        {"instance behind a resource", "/4242/0", "C10105 0000", -EBADMSG},
        {"instance in an instance", "/4242/0", "0500 0300C10105", -EBADMSG},
        {"resource instance in an instance", "/4242/0", "410005", -EBADMSG},
        {"resource in a multiple one", "/4242/0", "830CC10005", -EBADMSG},
        {"multiple in a multiple one", "/4242/0", "820C8000", -EBADMSG},
        {"instance in a multiple one", "/4242/0", "820C0000", -EBADMSG},
        {"multiple of a single resource", "/4242/0", "8301410005", -EBADMSG},
        {"single of a multiple resource", "/4242/0", "C10C05", -EBADMSG},

        {"a resource twice", "/4242/0", "C10105 C10105", -EBADMSG},
        {"a resource twice, apart", "/4242/0", "C10105 C10205 C10105", -EBADMSG},
        {"a resource instance twice", "/4242/0", "860C410005410005", -EBADMSG},
        {"a multiple resource twice", "/4242/0", "830C410005 830C410105", -EBADMSG},
        {"once with, once without", "/4242/0", "830C410005 800C", -EBADMSG},
        {"an unknown resource twice", "/4242/0", "C16305 C16305", -EBADMSG},

        {"nothing for a resource", "/4242/0/1", "", -EBADMSG},
        {"another resource", "/4242/0/1", "C10205", -EBADMSG},
        {"two for one resource", "/4242/0/1", "C10105 C10205", -EBADMSG},
        {"an instance for a resource", "/4242/0/1", "0300C10105", -EBADMSG},
        {"a resource instance for a resource", "/4242/0/12", "410005", -EBADMSG},
        {"another resource instance", "/4242/0/12/1", "410005", -EBADMSG},
        {"a resource for its instance", "/4242/0/12/1", "C10105", -EBADMSG},
        {"two resource instances for one", "/4242/0/12/1", "860C410105410205", -EBADMSG},
        {"none for a resource instance", "/4242/0/12/1", "800C", -EBADMSG},
        {"of another resource", "/4242/0/12/1", "830D410105", -EBADMSG},

        {"integer of 0", "/4242/0/1", "C001", -EINVAL},
        {"integer of 3", "/4242/0/1", "C301000005", -EINVAL},
        {"integer of 9", "/4242/0/1", "C80109000000000000000005", -EINVAL},
        {"unsigned of 3", "/4242/0/2", "C302000005", -EINVAL},
        {"time of 5", "/4242/0/6", "C5060000000001", -EINVAL},
        {"float of 2", "/4242/0/3", "C2030000", -EINVAL},
        {"boolean of 2", "/4242/0/4", "C2040001", -EINVAL},
        {"boolean that is 2", "/4242/0/4", "C10402", -EINVAL},
        {"boolean of 0", "/4242/0/4", "C004", -EINVAL},
        {"link of 3", "/4242/0/7", "C307000000", -EINVAL},
        {"not UTF-8", "/4242/0/0", "C100FF", -EINVAL},
        {"NUL in a text", "/4242/0/0", "C3006100 62", -EINVAL},
};

static void test_bad(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Path path;

                g_test_message("%s", cases[i].what);
                g_assert_cmpint(path_parse(cases[i].path, &path), ==, 0);
                assert_tlv_fails(path, &memory_definition, cases[i].hex, cases[i].result);
        }
}

/* More than a list may hold, in fewer octets than a message may have. */
static void test_too_many(void)
{
        ByteWriter writer = byte_writer_growing(1 << 20);
        Records *records = NULL;
        const unsigned n = RECORDS_MAX + 1;

        byte_writer_u8(&writer, 0x98); /* multiple, 24 bits of length */
        byte_writer_u8(&writer, 12);
        byte_writer_uint(&writer, 4 * n, 3);
        for (unsigned i = 0; i < n; i++) {
                byte_writer_u8(&writer, 0x61);
                byte_writer_u16(&writer, (uint16_t) i);
                byte_writer_u8(&writer, 1);
        }
        g_assert_cmpint(format_decode(FORMAT_TLV, path_resource(ID, 0, 12), &memory_definition,
                                      writer.data, writer.len, &records),
                        ==, -E2BIG);
        g_assert_null(records);
        byte_writer_clear(&writer);
}

static void test_too_long(void)
{
        const size_t len = VALUE_MAX_SIZE + 1;
        ByteWriter writer = byte_writer_growing(len + 16);
        Records *records = NULL;

        byte_writer_u8(&writer, 0xd8);
        byte_writer_u8(&writer, 5);
        byte_writer_uint(&writer, len, 3);
        memset(byte_writer_reserve(&writer, len), 0, len);
        g_assert_cmpint(format_decode(FORMAT_TLV, path_resource(ID, 0, 5), &memory_definition,
                                      writer.data, writer.len, &records),
                        ==, -E2BIG);
        byte_writer_clear(&writer);
}

/* Every beginning of a good message, and every octet of it changed, ends well or with an error. */
static void test_damaged(void)
{
        g_autoptr(GByteArray) good =
                bytes_from_hex("080015 C40061626364 C10105 C20200C8 860C410005410106");

        for (guint len = 0; len < good->len; len++) {
                g_autofree uint8_t *part = g_memdup2(good->data, len);
                g_autoptr(Records) records = NULL;
                int r = format_decode(FORMAT_TLV, path_instance(ID, 0), &memory_definition, part,
                                      len, &records);

                g_assert_cmpint(r, ==, len == 0 ? 0 : -EBADMSG);
        }
        for (guint i = 0; i < good->len * 256; i++) {
                g_autofree uint8_t *changed = g_memdup2(good->data, good->len);
                g_autoptr(Records) records = NULL;
                int r;

                changed[i / 256] = (uint8_t) i;
                r = format_decode(FORMAT_TLV, path_instance(ID, 0), &memory_definition, changed,
                                  good->len, &records);
                g_assert_true(r == 0 || r == -EBADMSG || r == -EINVAL || r == -ERANGE);
                g_assert_cmpint(r == 0, ==, records != NULL);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/format/tlv-bad/bad", test_bad);
        g_test_add_func("/format/tlv-bad/too-many", test_too_many);
        g_test_add_func("/format/tlv-bad/too-long", test_too_long);
        g_test_add_func("/format/tlv-bad/damaged", test_damaged);
        return g_test_run();
}
