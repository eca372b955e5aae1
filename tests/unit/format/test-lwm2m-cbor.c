/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "device-example.h"
#include "format-util.h"
#include "memory-object.h"

#define ID 4242

/* ---- Core 1.2, 7.4.7: the answer to GET /3/0 -------------------------------- */

#define DEVICE_MAP                                                                                 \
        "ad00744f70656e204d6f62696c6520416c6c69616e636501764c69676874776569676874"                 \
        "204d324d20436c69656e7402693334353030303132330363312e3006a20001010507a200190ed801"         \
        "19138808a200187d011903840918640a0f0ba100000d1a5182428f0e662b30323a3030106155"

static void test_device(void)
{
        g_autoptr(GByteArray) bytes = bytes_from_hex("a1820300" DEVICE_MAP);
        g_autoptr(Records) records = NULL;

        /* {[3, 0]: {…}}, {3: {0: {…}}}, {[3]: {[0]: {…}}} */
        assert_hex_decodes(FORMAT_LWM2M_CBOR, path_instance(3, 0), "a1820300" DEVICE_MAP,
                           DEVICE_TEXT);
        assert_hex_decodes(FORMAT_LWM2M_CBOR, path_instance(3, 0), "a103a100" DEVICE_MAP,
                           DEVICE_TEXT);
        assert_hex_decodes(FORMAT_LWM2M_CBOR, path_instance(3, 0), "bf8103bf8100" DEVICE_MAP "ffff",
                           DEVICE_TEXT);
        g_assert_cmpint(format_decode(FORMAT_LWM2M_CBOR, path_instance(3, 0),
                                      definition_find_core(3), bytes->data, bytes->len, &records),
                        ==, 0);
        assert_hex_encoded(FORMAT_LWM2M_CBOR, records, NULL, "a1820300" DEVICE_MAP);
}

/* ---- Writing ---------------------------------------------------------------- */

static void test_shapes(void)
{
        g_autoptr(Records) records = records_new();
        int r;

        assert_hex_encoded(FORMAT_LWM2M_CBOR, records, NULL, "a0");
        g_assert_null(encoded(FORMAT_LWM2M_CBOR, records, (int64_t[]){1}, &r));
        g_assert_cmpint(r, ==, -ENOTSUP);

        /* {[13, 26, 1]: 42} */
        records_add(records, path_resource(13, 26, 1), value_integer(42));
        assert_hex_encoded(FORMAT_LWM2M_CBOR, records, NULL, "a1 83 0d181a01 182a");

        /* {[13, 26]: {1: 42, 2: 21}} */
        records_add(records, path_resource(13, 26, 2), value_integer(21));
        assert_hex_encoded(FORMAT_LWM2M_CBOR, records, NULL, "a1 82 0d181a a2 01 182a 02 15");

        /* {[13, 26]: {1: 42, 2: 21, 3: {21: 69.68, 37: false}, 4: {}}} */
        records_add(records, path_resource_instance(13, 26, 3, 21), value_float(69.68));
        records_add(records, path_resource_instance(13, 26, 3, 37), value_boolean(false));
        records_add(records, path_resource(13, 26, 4), (Value){.type = VALUE_NONE});
        assert_hex_encoded(FORMAT_LWM2M_CBOR, records, NULL,
                           "a1 82 0d181a a4 01 182a 02 15"
                           "03 a2 15 fb40516b851eb851ec 1825 f4 04 a0");

        /* {13: {26: {…}, 27: {}}, 14: {0: {1: h'01'}}} */
        records_add(records, path_instance(13, 27), (Value){.type = VALUE_NONE});
        records_add(records, path_resource(14, 0, 1), value_opaque("\1", 1));
        assert_hex_encoded(FORMAT_LWM2M_CBOR, records, NULL,
                           "a2 0d a2 181a a4 01 182a 02 15"
                           "03 a2 15 fb40516b851eb851ec 1825 f4 04 a0 181b a0"
                           "0e a1 00 a1 01 4101");
}

/* ---- Reading: keys of any kind and order (Core 1.2, 7.4.7) ------------------- */

static const char *const tolerated[][2] = {
        {"a0", ""},
        {"bfff", ""},
        {"a1 83 191092 00 01 05", "/4242/0/1=5"},
        {"a1 9f 191092 00 01 ff 05", "/4242/0/1=5"},
        {"a1 191092 a1 82 00 01 05", "/4242/0/1=5"},
        {"a1 82 191092 00 a2 03 07 01 05", "/4242/0/1=5 /4242/0/3=7"},
        {"a2 83 191092 01 01 05 83 191092 00 01 06", "/4242/0/1=6 /4242/1/1=5"},
        {"a1 82 191092 00 a1 82 0c 03 05", "/4242/0/12/3=5"},
        {"a2 84 191092 00 0c 03 05 191092 a1 00 a1 0c a1 04 06", "/4242/0/12/3=5 /4242/0/12/4=6"},
        {"a1 82 191092 00 a2 0c a0 00 6161", "/4242/0/0=a /4242/0/12=none"},
        {"a1 191092 a1 00 a0", "/4242/0=none"},
        {"a1 82 191092 00 a3 06 c1 05 07 63333a30 1863 f5",
         "/4242/0/6=5 /4242/0/7=3:0 /4242/0/99=1"},
};

static const char *const bad[][2] = {
        {"", "-EBADMSG"},
        {"80", "-EBADMSG"},                                      /* an array */
        {"01", "-EBADMSG"},                                      /* a number */
        {"a1", "-EBADMSG"},                                      /* cut off */
        {"a0 00", "-EBADMSG"},                                   /* more after it */
        {"a1 83 191092 00 01", "-EBADMSG"},                      /* no value */
        {"bf 83 191092 00 01 05", "-EBADMSG"},                   /* no end */
        {"bf 83 191092 00 01 ff", "-EBADMSG"},                   /* an end for a value */
        {"bb ffffffffffffffff", "-EBADMSG"},                     /* 2^64 - 1 entries */
        {"a1 80 05", "-EBADMSG"},                                /* an empty key */
        {"a1 82 191092 00 a1 80 05", "-EBADMSG"},                /* likewise */
        {"a1 20 05", "-EBADMSG"},                                /* -1 */
        {"a1 6131 05", "-EBADMSG"},                              /* "1" */
        {"a1 82 8101 00 05", "-EBADMSG"},                        /* arrays in a key */
        {"a1 19ffff a1 00 a1 00 05", "-EBADMSG"},                /* 65535 */
        {"a1 1b0000000100000003 05", "-EBADMSG"},                /* 2^32 + 3 */
        {"a1 85 191092 00 0c 00 00 05", "-EBADMSG"},             /* five levels */
        {"a1 84 191092 00 0c 00 a1 00 05", "-EBADMSG"},          /* likewise */
        {"a1 83 191092 00 01 8105", "-EBADMSG"},                 /* an array as value */
        {"a1 83 191092 00 01 f7", "-EBADMSG"},                   /* undefined */
        {"a1 83 191092 00 01 f6", "-EINVAL"},                    /* null */
        {"a1 84 191092 00 0c 00 f6", "-EINVAL"},                 /* null */
        {"a1 82 191092 00 05", "-EINVAL"},                       /* a value of an instance */
        {"a1 191092 a0", "-EINVAL"},                             /* an empty object */
        {"a1 84 191092 00 0c 00 a0", "-EINVAL"},                 /* a map as value */
        {"a1 83 03 00 00 6161", "-EINVAL"},                      /* another object */
        {"a1 83 191092 00 03 f97e00", "-EINVAL"},                /* NaN */
        {"a1 83 191092 00 02 20", "-ERANGE"},                    /* below 0 */
        {"a2 83 191092 00 01 05 83 191092 00 01 05", "-EINVAL"}, /* twice */
        {"a2 83 191092 00 01 05 82 191092 00 a1 01 05", "-EINVAL"},
        {"a2 83 191092 00 0c 05 84 191092 00 0c 00 05", "-EINVAL"},
        {"a2 83 191092 00 0c a0 84 191092 00 0c 00 05", "-EINVAL"},
};

static void test_reading(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(tolerated); i++)
                assert_hex_decodes(FORMAT_LWM2M_CBOR, path_object(ID), tolerated[i][0],
                                   tolerated[i][1]);
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
                assert_hex_decodes(FORMAT_LWM2M_CBOR, path_object(ID), bad[i][0], bad[i][1]);
        assert_hex_decodes(FORMAT_LWM2M_CBOR, path_instance(ID, 1), "a1 83 191092 00 01 05",
                           "-EINVAL");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/format/lwm2m-cbor/device", test_device);
        g_test_add_func("/format/lwm2m-cbor/shapes", test_shapes);
        g_test_add_func("/format/lwm2m-cbor/reading", test_reading);
        return g_test_run();
}
