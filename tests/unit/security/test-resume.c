/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/resume.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/kernel-key.h"
#include "channel-fixture.h"

static int send_text(Fixture *f, const char *text)
{
        return channel_send(f->channel, text, strlen(text));
}

static void restart(Fixture *f)
{
        g_clear_pointer(&f->channel, channel_free);
        g_string_truncate(f->told, 0);
        fixture_start(f, NULL, NULL);
}

static void test_ticket(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        g_assert_false(channel_status(f->channel)->resumed);
        for (int i = 0; i < 2; i++) {
                restart(f);
                g_assert_true(channel_status(f->channel)->resumed);
                g_assert_cmpint(channel_status(f->channel)->state, ==, LWM_SECURITY_READY);
                fixture_run(f, 0);
                fixture_assert_told(f, "ready ");
        }
}

static void test_context(Fixture *f, gconstpointer data)
{
        fixture_start(f, "wire=handshake ready", NULL);
        fixture_run(f, 0);
        fixture_assert_told(f, "ready ");
        g_assert_cmpint(channel_save(f->channel), ==, 0);
        fixture_assert_sent(f, "handshake ");
        g_assert_cmpint(send_text(f, "x"), ==, -ENOTCONN);
        fixture_receive(f, "message=1");
        channel_close(f->channel);
        fixture_assert_sent(f, "");
        fixture_assert_told(f, "");

        /* Without a handshake, once. */
        restart(f);
        fixture_assert_sent(f, "");
        fixture_run(f, 0);
        fixture_assert_told(f, "ready ");
        g_assert_cmpint(send_text(f, "x"), ==, 0);
        fixture_assert_sent(f, "x ");
        restart(f);
        fixture_assert_sent(f, "handshake ");
        g_assert_true(channel_status(f->channel)->resumed); /* the ticket */
}

static void test_not_saved(Fixture *f, gconstpointer data)
{
        f->config.vault = NULL;
        fixture_start_ready(f);
        g_assert_cmpint(channel_save(f->channel), ==, -EOPNOTSUPP);
        g_assert_cmpint(send_text(f, "goes on"), ==, 0);
        restart(f);
        g_assert_false(channel_status(f->channel)->resumed);
}

/* As the channel stores it, under the present keys. `text` begins with the plugin's name and its
 * length. */
static void put(Fixture *f, LwmSecuritySave kind, const char *text)
{
        uint8_t data[64];
        ByteWriter writer = byte_writer(data, sizeof(data));

        byte_writer_u64(&writer, keystore_stamp(f->keys, 101));
        byte_writer_text(&writer, text);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        g_assert_cmpint(vault_put(f->vault, 101, kind, data, writer.len), ==, 0);
}

/* Other keys are another relation: nothing agreed under the old ones is used. */
static void test_key_changed(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        g_assert_cmpint(channel_save(f->channel), ==, 0);
        g_assert_cmpint(keystore_set(f->keys, 101, KEY_SLOT_PSK, "another", 7), ==, 0);
        restart(f);
        g_assert_false(channel_status(f->channel)->resumed);
}

/* Another server under the same number and with the same keys knows nothing of it. */
static void test_peer_changed(Fixture *f, gconstpointer data)
{
        f->config.peer = "coaps://one.example";
        fixture_start_ready(f);
        g_assert_cmpint(channel_save(f->channel), ==, 0);
        f->config.peer = "coaps://two.example";
        restart(f);
        g_assert_false(channel_status(f->channel)->resumed);
        f->config.peer = "coaps://one.example";
        restart(f);
        g_assert_true(channel_status(f->channel)->resumed); /* the ticket */
}

/* What cannot be restored is done without, and said. */
static void test_stale(Fixture *f, gconstpointer data)
{
        put(f, LWM_SECURITY_SAVE_CONTEXT, "\4goodcontext of yesterday");
        put(f, LWM_SECURITY_SAVE_TICKET, "\5otherticket of test");
        fixture_start(f, NULL, NULL);
        fixture_receive(f, "ready");
        fixture_assert_told(f, "ready ");
        g_assert_false(channel_status(f->channel)->resumed);
        fixture_assert_logged(f, "server 101: the saved session is out of date, not used");
        fixture_assert_logged(f, "server 101: the saved ticket is out of date, not used");
        g_clear_pointer(&f->channel, channel_free);

        put(f, LWM_SECURITY_SAVE_CONTEXT, "\200short");
        fixture_start(f, NULL, NULL);
        g_assert_true(channel_status(f->channel)->resumed);
        fixture_assert_logged(f, "server 101: the saved session cannot be used: Bad message");
}

/* A ticket with which the server refuses us must not be tried for ever; no answer says nothing
 * about it. */
static void test_bad_ticket(Fixture *f, gconstpointer data)
{
        put(f, LWM_SECURITY_SAVE_TICKET, "\4goodticket of test");
        fixture_start(f, NULL, NULL);
        g_assert_true(channel_status(f->channel)->resumed);
        fixture_receive(f, "fail=110");
        restart(f);
        g_assert_true(channel_status(f->channel)->resumed);
        fixture_receive(f, "alert-received=40 fail=103");
        restart(f);
        g_assert_false(channel_status(f->channel)->resumed);
}

#define ADD(name, func)                                                                            \
        g_test_add("/security/resume/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int main(int argc, char **argv)
{
        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        ADD("ticket", test_ticket);
        ADD("context", test_context);
        ADD("key-changed", test_key_changed);
        ADD("peer-changed", test_peer_changed);
        ADD("not-saved", test_not_saved);
        ADD("stale", test_stale);
        ADD("bad-ticket", test_bad_ticket);
        return g_test_run();
}
