/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <sys/un.h>

#include "link/address.h"

static void check(const char *text, const char *expected)
{
        struct sockaddr_storage address;
        g_autofree char *written = NULL;

        g_assert_cmpint(address_parse(text, 5684, &address), ==, 0);
        written = address_to_string((struct sockaddr *) &address);
        g_assert_cmpstr(written, ==, expected);
}

static void test_literals(void)
{
        check("192.0.2.1", "192.0.2.1:5684");
        check("2001:db8::1", "[2001:db8::1]:5684");
        check("[2001:db8::1]", "[2001:db8::1]:5684");
        check("::ffff:192.0.2.1", "[::ffff:192.0.2.1]:5684");
        check("fe80::1%lo", "[fe80::1%lo]:5684");
}

static void test_not_literals(void)
{
        static const char *const names[] = {"",      "localhost", "1.2",         "192.0.2.256",
                                            "010.1", "[",         "[]",          "[::1",
                                            "::1]",  "12345",     "fe80::1%no!", "192.0.2.1:5684"};
        struct sockaddr_storage address;

        for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
                g_assert_cmpint(address_parse(names[i], 1, &address), ==, -EINVAL);
}

static bool equal(const char *a, uint16_t a_port, const char *b, uint16_t b_port)
{
        struct sockaddr_storage left, right;

        g_assert_cmpint(address_parse(a, a_port, &left), ==, 0);
        g_assert_cmpint(address_parse(b, b_port, &right), ==, 0);
        return address_equal((struct sockaddr *) &left, (struct sockaddr *) &right);
}

static void test_equal(void)
{
        g_assert_true(equal("::1", 1, "[0::0:1]", 1));
        g_assert_true(equal("192.0.2.1", 1, "192.0.2.1", 1));
        g_assert_false(equal("192.0.2.1", 1, "192.0.2.1", 2));
        g_assert_false(equal("192.0.2.1", 1, "192.0.2.2", 1));
        g_assert_false(equal("::1", 1, "::1", 2));
        g_assert_false(equal("::1", 1, "::2", 1));
        g_assert_false(equal("::ffff:192.0.2.1", 1, "192.0.2.1", 1));
        g_assert_false(equal("fe80::1%1", 1, "fe80::1%2", 1));
}

static void test_other_family(void)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        g_autofree char *written = address_to_string((struct sockaddr *) &address);

        g_assert_cmpstr(written, ==, "?");
        g_assert_cmpuint(address_size((struct sockaddr *) &address), ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/address/literals", test_literals);
        g_test_add_func("/address/not-literals", test_not_literals);
        g_test_add_func("/address/equal", test_equal);
        g_test_add_func("/address/other-family", test_other_family);
        return g_test_run();
}
