/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/host.h"

#include <errno.h>
#include <string.h>

#include "base/kernel-key.h"
#include "channel-fixture.h"

/* ---- Misbehaviour ------------------------------------------------------------------------------
 */

static void test_flood(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        fixture_receive(f, "flood=100");
        g_assert_cmpuint(fake_link_pending(f->link), ==, CHANNEL_MAX_QUEUE);
        fixture_assert_told(f, "message:refused 36 ");
        fixture_assert_logged(f, "server 101: plugin good emits more than it may: 36 dropped");

        /* The next call has its room again, and the log is spared. */
        fake_link_drop(f->link);
        g_string_truncate(f->log, 0);
        fixture_receive(f, "flood=65");
        g_assert_cmpuint(fake_link_pending(f->link), ==, CHANNEL_MAX_QUEUE);
        g_assert_cmpstr(f->log->str, ==, "");
}

static void test_early(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(fixture_new(f, NULL, "early"), ==, 0);
        fixture_assert_logged(f, "emits more than it may: 1 dropped");
        fixture_run(f, G_USEC_PER_SEC);
        fixture_assert_told(f, "");
}

static void test_large(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        fixture_receive(f, "large=1233 large=1232");
        g_assert_cmpuint(fake_link_pending(f->link), ==, 1);
        fixture_assert_told(f, "message:large -90 message:large 0 ");
}

static void test_no_status(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        fixture_receive(f, "silent");
        fixture_assert_told(f, "closed:-71:the server or the security plugin broke the protocol ");
}

static void test_failed_without_error(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        fixture_receive(f, "fail=0");
        fixture_assert_told(f, "closed:-71:the server or the security plugin broke the protocol ");
}

/* ---- What the plugin may call ------------------------------------------------------------------
 */

static void test_keys(Fixture *f, gconstpointer data)
{
        g_autofree char *script = NULL;

        g_assert_cmpint(keystore_set(f->keys, 102, KEY_SLOT_PSK, "not yours", 9), ==, 0);
        script = g_strdup_printf("key key=%d key=0 sign=%d",
                                 keystore_serial(f->keys, 102, KEY_SLOT_PSK),
                                 keystore_serial(f->keys, 102, KEY_SLOT_PSK));
        fixture_start_ready(f);
        fixture_receive(f, script);
        fixture_assert_told(f, "message:the key message:key -13 message:key -13 message:sign -13 ");

        /* A key that was replaced is gone for the session that was made with it. */
        g_assert_cmpint(keystore_set(f->keys, 101, KEY_SLOT_PSK, "another", 7), ==, 0);
        fixture_receive(f, "key");
        g_assert_null(strstr(f->told->str, "another"));
        g_assert_null(strstr(f->told->str, "the key"));
        g_assert_nonnull(strstr(f->told->str, "message:key -12"));
}

static void test_counters(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        fixture_receive(f, "count=5 count=9 count=8 count=10");
        fixture_assert_told(f,
                            "message:count 0 message:count 5 message:count -34 message:count 9 ");
        g_clear_pointer(&f->channel, channel_free);

        f->config.vault = NULL;
        fixture_start_ready(f);
        fixture_receive(f, "count=11");
        fixture_assert_told(f, "message:count -95 ");
}

static void test_time(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        fixture_receive(f, "time");
        fixture_assert_told(f, "message:time 1750000000 ");
        clock_set_realtime(f->clock, 1000 * G_USEC_PER_SEC);
        fixture_receive(f, "time");
        fixture_assert_told(f, "message:time -1 ");
}

static void test_random(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        fixture_receive(f, "random");
        g_autofree char *first = g_strdup(f->told->str);
        g_string_truncate(f->told, 0);
        fixture_receive(f, "random");
        g_assert_cmpstr(f->told->str, !=, first);
}

static void test_log(Fixture *f, gconstpointer data)
{
        unsigned lines = 0;

        fixture_start_ready(f);
        fixture_receive(f, "log=two\nlines\x1b[0m\xff");
        g_assert_cmpstr(f->log->str, ==, "server 101: good: two lines [0m\xef\xbf\xbd\n");

        g_string_truncate(f->log, 0);
        for (int i = 0; i < 1000; i++)
                fixture_receive(f, "log=again");
        for (const char *c = f->log->str; *c; c++)
                lines += *c == '\n';
        g_assert_cmpuint(lines, ==, 19);
        fixture_run(f, 60 * G_USEC_PER_SEC);
        fixture_receive(f, "log=again");
        fixture_assert_logged(f, "good: 981 lines of the plugin are left out");
}

#define ADD(name, func)                                                                            \
        g_test_add("/security/host/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int main(int argc, char **argv)
{
        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        ADD("flood", test_flood);
        ADD("early", test_early);
        ADD("large", test_large);
        ADD("no-status", test_no_status);
        ADD("failed-without-error", test_failed_without_error);
        ADD("keys", test_keys);
        ADD("counters", test_counters);
        ADD("time", test_time);
        ADD("random", test_random);
        ADD("log", test_log);
        return g_test_run();
}
