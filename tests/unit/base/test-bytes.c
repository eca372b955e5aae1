/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/bytes.h"

static void test_read_integers(void)
{
        static const uint8_t data[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,
                                       10, 11, 12, 13, 14, 15, 16, 17, 18};
        ByteReader reader = byte_reader(data, sizeof(data));
        uint8_t u8;
        uint16_t u16;
        uint32_t u32;
        uint64_t u24, u64;

        g_assert_cmpint(byte_reader_u8(&reader, &u8), ==, 0);
        g_assert_cmpint(byte_reader_u16(&reader, &u16), ==, 0);
        g_assert_cmpint(byte_reader_uint(&reader, 3, &u24), ==, 0);
        g_assert_cmpint(byte_reader_u32(&reader, &u32), ==, 0);
        g_assert_cmpint(byte_reader_u64(&reader, &u64), ==, 0);
        g_assert_cmphex(u8, ==, 0x01);
        g_assert_cmphex(u16, ==, 0x0203);
        g_assert_cmphex(u24, ==, 0x040506);
        g_assert_cmphex(u32, ==, 0x0708090a);
        g_assert_cmphex(u64, ==, 0x0b0c0d0e0f101112);
        g_assert_cmpuint(byte_reader_left(&reader), ==, 0);
}

static void test_read_uint_lengths(void)
{
        static const uint8_t data[] = {0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8, 0xf7};
        uint64_t expected = 0;

        for (size_t len = 0; len <= 8; len++) {
                ByteReader reader = byte_reader(data, sizeof(data));
                uint64_t value = 42;

                g_assert_cmpint(byte_reader_uint(&reader, len, &value), ==, 0);
                g_assert_cmphex(value, ==, expected);
                g_assert_cmpuint(reader.pos, ==, len);
                expected = expected << 8 | data[len];
        }
}

static void test_read_too_far(void)
{
        static const uint8_t data[] = {1, 2, 3};
        ByteReader reader = byte_reader(data, sizeof(data));
        const uint8_t *view = NULL;
        uint32_t u32 = 7;
        uint64_t u64 = 7;

        g_assert_cmpint(byte_reader_u32(&reader, &u32), ==, -EBADMSG);
        g_assert_cmpint(byte_reader_u64(&reader, &u64), ==, -EBADMSG);
        g_assert_cmpint(byte_reader_uint(&reader, 9, &u64), ==, -EBADMSG);
        g_assert_cmpint(byte_reader_view(&reader, 4, &view), ==, -EBADMSG);
        g_assert_cmpint(byte_reader_view(&reader, SIZE_MAX, &view), ==, -EBADMSG);
        g_assert_cmpuint(u32, ==, 7);
        g_assert_cmpuint(u64, ==, 7);
        g_assert_null(view);
        g_assert_cmpuint(reader.pos, ==, 0);

        g_assert_cmpint(byte_reader_view(&reader, 3, &view), ==, 0);
        g_assert_true(view == data);
        g_assert_cmpint(byte_reader_view(&reader, 0, &view), ==, 0);
        g_assert_cmpint(byte_reader_view(&reader, 1, &view), ==, -EBADMSG);
}

static void test_read_nothing(void)
{
        ByteReader reader = byte_reader(NULL, 0);
        const uint8_t *view = (const uint8_t *) "";
        uint8_t u8;

        g_assert_cmpint(byte_reader_u8(&reader, &u8), ==, -EBADMSG);
        g_assert_cmpint(byte_reader_view(&reader, 0, &view), ==, 0);
        g_assert_null(view);
}

static void test_write_fixed(void)
{
        static const uint8_t expected[] = {1,  2,    3,    4,    5,    6,    7,   8,   9,
                                           10, 0xaa, 0xbb, 0xcc, 0x12, 0x34, 'n', '=', '7'};
        uint8_t buffer[sizeof(expected)];
        ByteWriter writer = byte_writer(buffer, sizeof(buffer));

        byte_writer_u8(&writer, 1);
        byte_writer_u16(&writer, 0x0203);
        byte_writer_uint(&writer, 0x040506, 3);
        byte_writer_u32(&writer, 0x0708090a);
        byte_writer_bytes(&writer, "\xaa\xbb\xcc", 3);
        byte_writer_bytes(&writer, NULL, 0);
        byte_writer_uint(&writer, 0xffff1234, 2);
        byte_writer_format(&writer, "n=%d", 7);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        g_assert_cmpmem(buffer, writer.len, expected, sizeof(expected));

        byte_writer_u8(&writer, 1);
        g_assert_cmpint(byte_writer_result(&writer), ==, -EMSGSIZE);
        g_assert_cmpuint(writer.len, ==, sizeof(expected));
}

static void test_write_u64(void)
{
        uint8_t buffer[8];
        ByteWriter writer = byte_writer(buffer, sizeof(buffer));

        byte_writer_u64(&writer, 0x0102030405060708);
        g_assert_cmpmem(buffer, writer.len, "\1\2\3\4\5\6\7\10", 8);
}

/* Once something did not fit, what would fit is not written either: the result has no holes. */
static void test_write_error_sticks(void)
{
        uint8_t buffer[4] = {0};
        ByteWriter writer = byte_writer(buffer, sizeof(buffer));

        byte_writer_u16(&writer, 0x0102);
        byte_writer_u32(&writer, 0x03040506);
        byte_writer_u8(&writer, 9);
        byte_writer_text(&writer, "x");
        g_assert_null(byte_writer_reserve(&writer, 0));
        g_assert_cmpint(byte_writer_result(&writer), ==, -EMSGSIZE);
        g_assert_cmpmem(buffer, sizeof(buffer), "\1\2\0\0", 4);
}

static void test_write_growing(void)
{
        ByteWriter writer = byte_writer_growing(100000);
        g_autofree uint8_t *data = NULL;
        unsigned moves = 0;
        size_t len;

        for (unsigned i = 0; i < 50000; i++) {
                size_t size = writer.size;

                byte_writer_u16(&writer, (uint16_t) i);
                moves += writer.size != size;
        }
        g_assert_cmpuint(moves, <, 16); /* also close to the limit */
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        g_assert_cmpuint(writer.size, <=, 100000);

        data = byte_writer_steal(&writer, &len);
        g_assert_cmpuint(len, ==, 100000);
        g_assert_cmphex(data[2 * 0x1234], ==, 0x12);
        g_assert_cmphex(data[2 * 0x1234 + 1], ==, 0x34);
        g_assert_null(writer.data);
        byte_writer_clear(&writer);
}

static void test_write_growing_limit(void)
{
        ByteWriter writer = byte_writer_growing(10);
        size_t len;

        g_assert_nonnull(byte_writer_reserve(&writer, 10));
        byte_writer_u8(&writer, 0);
        g_assert_cmpint(byte_writer_result(&writer), ==, -EMSGSIZE);
        byte_writer_clear(&writer);

        writer = byte_writer_growing(10);
        g_assert_null(byte_writer_reserve(&writer, SIZE_MAX));
        byte_writer_clear(&writer);

        writer = byte_writer_growing(10);
        byte_writer_bytes(&writer, NULL, 0);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        g_assert_null(byte_writer_steal(&writer, &len));
        g_assert_cmpuint(len, ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/bytes/read-integers", test_read_integers);
        g_test_add_func("/bytes/read-uint-lengths", test_read_uint_lengths);
        g_test_add_func("/bytes/read-too-far", test_read_too_far);
        g_test_add_func("/bytes/read-nothing", test_read_nothing);
        g_test_add_func("/bytes/write-fixed", test_write_fixed);
        g_test_add_func("/bytes/write-u64", test_write_u64);
        g_test_add_func("/bytes/write-error-sticks", test_write_error_sticks);
        g_test_add_func("/bytes/write-growing", test_write_growing);
        g_test_add_func("/bytes/write-growing-limit", test_write_growing_limit);
        return g_test_run();
}
