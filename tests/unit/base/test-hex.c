/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/hex.h"

static void check(const char *text, const char *expected, size_t len)
{
        size_t size = strlen(text);
        g_autofree uint8_t *data = g_memdup2(text, size);
        ssize_t n = hex_decode(data, size);

        g_assert_cmpmem(data, n, expected, len);
}

static void check_invalid(const char *text)
{
        size_t size = strlen(text);
        g_autofree uint8_t *data = g_memdup2(text, size);

        g_assert_cmpint(hex_decode(data, size), ==, -EINVAL);
}

static void test_decode(void)
{
        check("00ff7A", "\x00\xff\x7a", 3);
        check(" 0 1\n23\t", "\x01\x23", 2);
        check("a5", "\xa5", 1);
}

static void test_invalid(void)
{
        check_invalid("");
        check_invalid(" \n");
        check_invalid("0");
        check_invalid("012");
        check_invalid("0g");
        check_invalid("0x01");
        check_invalid("01:02");
        check_invalid("\xff\xff");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/hex/decode", test_decode);
        g_test_add_func("/hex/invalid", test_invalid);
        return g_test_run();
}
