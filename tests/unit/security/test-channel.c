/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/channel.h"

#include <errno.h>
#include <string.h>

#include "base/kernel-key.h"
#include "base/log.h"
#include "channel-fixture.h"

static int send_text(Fixture *f, const char *text)
{
        return channel_send(f->channel, text, strlen(text));
}

/* ---- From start to end ------------------------------------------------------------ */

static void test_life(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(fixture_new(f, "wire=hello deadline=9000000", NULL), ==, 0);
        g_assert_cmpint(channel_status(f->channel)->state, ==, LWM_SECURITY_IDLE);
        fixture_receive(f, "ready");
        g_assert_cmpint(channel_start(f->channel), ==, 0);
        g_assert_cmpint(channel_start(f->channel), ==, -EALREADY);
        fixture_assert_sent(f, "hello ");
        g_assert_cmpint(send_text(f, "early"), ==, -ENOTCONN);
        g_assert_cmpuint(channel_max_message(f->channel), ==, 0);
        fixture_run(f, 0);
        fixture_assert_told(f, "");

        fixture_receive(f, "ready wire=finished");
        fixture_assert_sent(f, "finished ");
        fixture_assert_told(f, "ready ");
        g_assert_cmpuint(channel_max_message(f->channel), ==, 100);
        g_assert_cmpint(send_text(f, "request"), ==, 0);
        fixture_assert_sent(f, "request ");
        fixture_receive(f, "message=answer");
        fixture_assert_told(f, "message:answer ");
        g_assert_cmpstr(channel_error_text(f->channel), ==, "");
        g_assert_cmpstr(channel_describe(f->channel), ==, "fake");
        g_assert_cmpuint(channel_link_counters(f->channel)->datagrams_out, ==, 3);

        channel_close(f->channel);
        fixture_assert_sent(f, "goodbye ");
        g_assert_cmpint(send_text(f, "late"), ==, -ENOTCONN);
        fixture_receive(f, "message=late");
        fixture_run(f, G_USEC_PER_SEC);
        fixture_assert_told(f, "");
        channel_close(f->channel);
        fixture_assert_sent(f, "");
}

/* READY when start() returns, as without security: told from the loop, and not before. */
static void test_ready_at_once(Fixture *f, gconstpointer data)
{
        fixture_start(f, "ready message=hello", NULL);
        g_assert_cmpint(send_text(f, "early"), ==, -ENOTCONN);
        fixture_run(f, 0);
        fixture_assert_told(f, "ready message:hello ");
        g_assert_cmpint(clock_next_deadline(f->clock), ==, CLOCK_NEVER);
}

static void test_too_long(Fixture *f, gconstpointer data)
{
        char text[101] = {0};

        fixture_start_ready(f);
        g_assert_cmpint(channel_send(f->channel, text, 101), ==, -EMSGSIZE);
        g_assert_cmpint(channel_send(f->channel, text, 100), ==, 0);
}

static void test_no_key(Fixture *f, gconstpointer data)
{
        f->config.account = 102;
        g_assert_cmpint(fixture_new(f, NULL, NULL), ==, -ENOKEY);
        g_assert_null(f->channel);

        /* NoSec: the plugin is shown none, though there is one. */
        f->config.account = 101;
        f->config.mode = 3;
        g_assert_cmpint(keystore_set(f->keys, 101, KEY_SLOT_PSK_IDENTITY, "me", 2), ==, 0);
        g_assert_cmpint(fixture_new(f, NULL, NULL), ==, 0);
}

static void test_start_fails(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(fixture_new(f, "message=lost fail=5 error=129", NULL), ==, 0);
        g_assert_cmpint(channel_start(f->channel), ==, -EKEYREJECTED);
        fixture_run(f, G_USEC_PER_SEC);
        fixture_assert_told(f, "");
        g_assert_cmpint(channel_error(f->channel), ==, -EKEYREJECTED);
        g_assert_cmpstr(channel_error_text(f->channel), ==,
                        "the key of this server cannot be used with this security mode");
        g_assert_cmpint(channel_start(f->channel), ==, -EALREADY);
}

/* ---- Order, and calls within calls -------------------------------------------------- */

static void test_order(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        fixture_receive(f, "message=1 wire=a message=2 closed wire=b message=3");
        fixture_assert_sent(f, "a b ");
        fixture_assert_told(
                f, "message:1 message:2 message:3 closed:0:the server closed the session ");
        fixture_run(f, G_USEC_PER_SEC);
        fixture_assert_told(f, "");
}

/* What the plugin says to a sending from within a callback comes after what was there before. */
static void test_reply(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        f->reply = "reply!message=3 wire=x";
        fixture_receive(f, "message=1 message=2");
        fixture_assert_sent(f, "reply!message=3 wire=x x ");
        fixture_assert_told(f, "message:1 message:2 ");
        fixture_run(f, 0);
        fixture_assert_told(f, "message:3 ");
}

/* A message that waits is told before the end. */
static void test_closed_in_reply(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        f->reply = "reply!message=3 closed";
        fixture_receive(f, "message=1 message=2");
        fixture_assert_told(f, "message:1 message:2 ");
        fixture_run(f, 0);
        fixture_assert_told(f, "message:3 closed:0:the server closed the session ");
}

/* Nothing is handed up before the session is ready. */
static void test_message_before_ready(Fixture *f, gconstpointer data)
{
        fixture_start(f, "message=1", NULL);
        fixture_run(f, 0);
        fixture_receive(f, "message=2");
        fixture_assert_told(f, "");
        fixture_receive(f, "ready message=3");
        fixture_assert_told(f, "ready message:3 ");
}

static void test_closed_before_ready(Fixture *f, gconstpointer data)
{
        fixture_start(f, NULL, NULL);
        fixture_receive(f, "ready message=1 closed");
        fixture_receive(f, "message=2");
        fixture_assert_told(f, "closed:0:the server closed the session ");
}

static void test_free_in(Fixture *f, gconstpointer data)
{
        f->free_in = data;
        fixture_start(f, NULL, NULL);
        fixture_receive(f, "ready message=1 message=2");
        if (f->channel)
                fixture_receive(f, "closed");
        g_assert_null(f->channel);
        g_assert_true(g_str_has_prefix(f->told->str, "ready "));
        g_assert_true((strstr(f->told->str, "message:2") != NULL) == (strcmp(data, "closed") == 0));
        fixture_run(f, G_USEC_PER_SEC);
}

static void test_free_from_timer(Fixture *f, gconstpointer data)
{
        f->free_in = data;
        fixture_start(f, "deadline=1000", "ready message=1 message=2");
        fixture_run(f, G_USEC_PER_SEC);
        g_assert_null(f->channel);
        fixture_assert_told(f, strcmp(data, "ready") == 0 ? "ready " : "ready message:1 ");
}

static void test_close_in_message(Fixture *f, gconstpointer data)
{
        f->close_in = "message";
        fixture_start_ready(f);
        fixture_receive(f, "message=1 message=2");
        fixture_run(f, G_USEC_PER_SEC);
        fixture_assert_told(f, "message:1 ");
        fixture_assert_sent(f, "goodbye ");
}

/* ---- Ends --------------------------------------------------------------------------- */

static void test_refused(Fixture *f, gconstpointer data)
{
        fixture_start(f, "wire=hello", NULL);
        fixture_receive(f, "alert-received=115 fail=103");
        fixture_assert_told(f, "closed:-103:the server refused the handshake: "
                               "unknown_psk_identity (alert 115) ");
        g_assert_cmpint(send_text(f, "x"), ==, -ENOTCONN);
        g_assert_cmpint(channel_save(f->channel), ==, -ENOTCONN);
}

static void test_ended_by_alert(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        fixture_receive(f, "alert-received=80 fail=103");
        fixture_assert_told(f,
                            "closed:-103:the server ended the session: internal_error (alert 80) ");
}

static void test_timeout(Fixture *f, gconstpointer data)
{
        fixture_start(f, "wire=hello deadline=9000000", "fail=110");
        fixture_run(f, 8999999);
        fixture_assert_told(f, "");
        fixture_run(f, 1);
        fixture_assert_told(f, "closed:-110:no answer from the server ");
        g_assert_cmpint(clock_next_deadline(f->clock), ==, CLOCK_NEVER);
}

/* What the plugin says with the end is in the text; what it said before is not. */
static void test_words(Fixture *f, gconstpointer data)
{
        fixture_start(f, "warn=earlier deadline=9000000",
                      "log=not-a-warning warn=wrong-key? fail=110");
        fixture_run(f, 9 * G_USEC_PER_SEC);
        fixture_assert_told(f, "closed:-110:no answer from the server: wrong-key? ");
        g_clear_pointer(&f->channel, channel_free);

        fixture_start(f, "warn=earlier deadline=9000000", "log=not-a-warning fail=110");
        fixture_run(f, 9 * G_USEC_PER_SEC);
        fixture_assert_told(f, "closed:-110:no answer from the server ");
}

static void test_connection_refused(Fixture *f, gconstpointer data)
{
        fixture_start(f, "wire=hello deadline=9000000", "fail=110");
        fake_link_inject_error(f->link, -ECONNREFUSED);
        fixture_assert_told(f, "");
        g_assert_cmpint(channel_link_error(f->channel), ==, -ECONNREFUSED);
        fixture_run(f, 9 * G_USEC_PER_SEC);
        fixture_assert_told(f, "closed:-110:no answer from the server: nobody listens at its port "
                               "(connection refused) ");
}

/* The hint is forgotten when the peer is heard, but not because a stranger is. */
static void test_link_error_forgotten(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        fake_link_fail(f->link, -ENETUNREACH);
        g_assert_cmpint(send_text(f, "lost"), ==, -ENETUNREACH);
        fake_link_fail(f->link, 0);
        g_assert_cmpint(channel_link_error(f->channel), ==, -ENETUNREACH);
        fixture_receive(f, "bad");
        g_assert_cmpint(channel_link_error(f->channel), ==, -ENETUNREACH);
        fixture_receive(f, "message=1");
        g_assert_cmpint(channel_link_error(f->channel), ==, 0);
}

static void test_strangers(Fixture *f, gconstpointer data)
{
        fixture_start_ready(f);
        for (int i = 0; i < 10000; i++)
                fixture_receive(f, i % 2 ? "bad" : "nonsense");
        g_assert_cmpuint(channel_rejected(f->channel), ==, 10000);
        fixture_assert_told(f, "");
        fixture_assert_sent(f, "");
        g_assert_cmpstr(f->log->str, ==, "");
        g_assert_cmpint(send_text(f, "still"), ==, 0);
}

/* ---- Deadlines ------------------------------------------------------------------------ */

static void test_deadline(Fixture *f, gconstpointer data)
{
        fixture_start(f, "deadline=1000000", "wire=again deadline=2000000");
        fixture_run(f, 1000000);
        fixture_assert_sent(f, "again ");
        g_assert_cmpint(clock_next_deadline(f->clock), ==, FIXTURE_START + 3000000);

        /* What arrives moves it. */
        fixture_receive(f, "deadline=500000");
        fixture_run(f, 500000);
        fixture_assert_sent(f, "again ");
        fixture_receive(f, "ready");
        g_assert_cmpint(clock_next_deadline(f->clock), ==, CLOCK_NEVER);
}

/* A deadline that is always over keeps nobody busy. */
static void test_deadline_past(Fixture *f, gconstpointer data)
{
        unsigned calls;

        fixture_start(f, "past", "wire=again past");
        fixture_run(f, 10 * G_USEC_PER_SEC);
        calls = fake_link_pending(f->link);
        g_assert_cmpuint(calls, >=, CHANNEL_MAX_EXPIRE);
        g_assert_cmpuint(calls, <=, 11 * CHANNEL_MAX_EXPIRE);
        fixture_assert_logged(
                f, "server 101: plugin good asks to be called more than 32 times a second");

        /* Said once. */
        g_assert_null(strstr(strstr(f->log->str, "asks to be") + 1, "asks to be"));
        fake_link_drop(f->link);
        fixture_receive(f, "ready");
        fixture_run(f, 10 * G_USEC_PER_SEC);
        fixture_assert_sent(f, "");
}

static void test_deadline_soon(Fixture *f, gconstpointer data)
{
        fixture_start(f, "deadline=1", "wire=again deadline=1");
        fixture_run(f, 10 * G_USEC_PER_SEC);
        g_assert_cmpuint(fake_link_pending(f->link), <=, 11 * CHANNEL_MAX_EXPIRE);
}

#define ADD_WITH(name, data, func)                                                                 \
        g_test_add("/security/channel/" name, Fixture, data, fixture_set_up, func,                 \
                   fixture_tear_down)
#define ADD(name, func) ADD_WITH(name, NULL, func)

int main(int argc, char **argv)
{
        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        ADD("life", test_life);
        ADD("ready-at-once", test_ready_at_once);
        ADD("too-long", test_too_long);
        ADD("no-key", test_no_key);
        ADD("start-fails", test_start_fails);
        ADD("order", test_order);
        ADD("reply", test_reply);
        ADD("closed-in-reply", test_closed_in_reply);
        ADD("message-before-ready", test_message_before_ready);
        ADD("closed-before-ready", test_closed_before_ready);
        ADD_WITH("free-in-ready", "ready", test_free_in);
        ADD_WITH("free-in-message", "message", test_free_in);
        ADD_WITH("free-in-closed", "closed", test_free_in);
        ADD_WITH("free-in-ready-from-timer", "ready", test_free_from_timer);
        ADD_WITH("free-in-message-from-timer", "message", test_free_from_timer);
        ADD("close-in-message", test_close_in_message);
        ADD("refused", test_refused);
        ADD("ended-by-alert", test_ended_by_alert);
        ADD("timeout", test_timeout);
        ADD("words", test_words);
        ADD("connection-refused", test_connection_refused);
        ADD("link-error-forgotten", test_link_error_forgotten);
        ADD("strangers", test_strangers);
        ADD("deadline", test_deadline);
        ADD("deadline-past", test_deadline_past);
        ADD("deadline-soon", test_deadline_soon);
        return g_test_run();
}
