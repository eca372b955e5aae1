/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/push.h"

#include <errno.h>

#include "test-util.h"

/* Core 1.0, appendix L: POST /1/0/8. */
#define COAP "4402B60B2161FB63B13101300138"

static int parse(const char *hex, char **ret)
{
        g_autoptr(GBytes) octets = test_hex(hex);
        g_autofree uint8_t *exact =
                g_memdup2(g_bytes_get_data(octets, NULL), g_bytes_get_size(octets));
        const uint8_t *data;
        size_t len;
        int r = push_parse(exact, g_bytes_get_size(octets), &data, &len);

        if (r == 0) {
                g_autoptr(GString) text = g_string_new(NULL);

                for (size_t i = 0; i < len; i++)
                        g_string_append_printf(text, "%02X", data[i]);
                *ret = g_strdup(text->str);
        }
        return r;
}

static void assert_content(const char *hex, const char *expect)
{
        g_autofree char *content = NULL;

        g_assert_cmpint(parse(hex, &content), ==, 0);
        g_assert_cmpstr(content, ==, expect);
}

static void test_example(void)
{
        assert_content("010603C4AF9A" COAP, COAP);
        assert_content("FF0603C4AF9A", "");
}

/* WAP-230-WSP, 8.4.1.2: values of each form, before and behind what is looked for. */
static void test_other_headers(void)
{
        static const char *const same[] = {
                "01060502AABBAF9A",       /* a content type of two octets */
                "0106061F02AABBAF9A",     /* the same, its length a uintvar */
                "010606612F6200AF9A",     /* in words */
                "010605C4B481AF9A",       /* another header of one octet */
                "010607C4AF9A8D020123",   /* one of two octets */
                "010607C4AF9A8D313200",   /* one in words */
                "010608C45800616200AF9A", /* a name in words too */
                "01068003C4AF9A",         /* a long form of the length */
        };

        for (size_t i = 0; i < G_N_ELEMENTS(same); i++) {
                g_autofree char *hex = g_strconcat(same[i], COAP, NULL);

                assert_content(hex, COAP);
        }
}

static void test_other_application(void)
{
        g_autofree char *content = NULL;

        g_assert_cmpint(parse("010603C4AF84" COAP, &content), ==, -ENOMSG);
        g_assert_cmpint(parse("010601C4" COAP, &content), ==, -ENOMSG);
        g_assert_cmpint(parse("010605C4AF9AAF84" COAP, &content), ==, -ENOMSG);
        g_assert_cmpint(parse("010605C4AF029A9A" COAP, &content), ==, -ENOMSG);
        g_assert_null(content);
}

static void test_malformed(void)
{
        static const char *const bad[] = {
                "",
                "01",
                "0106",
                "010703C4AF9A",   /* another PDU */
                "010600",         /* no content type */
                "010603C4AF",     /* headers run past the end */
                "010602C4AF",     /* a name without value */
                "010603C4AF05",   /* a value runs past the headers */
                "010603C46162",   /* words without end */
                "010604C4610062", /* the value's */
                "010603C47F01",   /* another page */
                "010603C40201",
                "0106021F81", /* half a length */
                "0106808003C4AF9A",
                "010641",
        };
        g_autofree char *content = NULL;
        g_autofree char *digits = g_strnfill(65 * 2, '8');
        g_autofree char *long_one = g_strconcat("010641", digits, NULL);

        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
                g_assert_cmpint(parse(bad[i], &content), ==, -EBADMSG);
        g_assert_cmpint(parse(long_one, &content), ==, -EBADMSG);
        g_assert_null(content);
}

#define ADD(name) g_test_add_func("/sms/push/" #name, test_##name)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD(example);
        ADD(other_headers);
        ADD(other_application);
        ADD(malformed);
        return g_test_run();
}
