/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Send (Core 6.4.6): what is told unasked, to whom, and what becomes of it. */
#include <errno.h>

#include "format/format.h"
#include "lwm2m/server-impl.h"
#include "world.h"

typedef struct Fixture {
        World world;
        Peer *peer;
        unsigned n_done;
        int result;
        Path bad;
} Fixture;

static void start(Fixture *f, uint8_t mute, const char *version)
{
        Account account = world_account(101, 5683);

        world_open(&f->world);
        f->world.config.version = version;
        account.mute_send = mute;
        world_add(&f->world, account);
        world_start(&f->world);
        f->peer = world_peer(&f->world, 5683);
        peer_register(&f->world, f->peer, "rd/1");
}

static void set_up(Fixture *f, gconstpointer data)
{
        start(f, MUTE_SEND_OFF, "1.1");
}

static void tear_down(Fixture *f, gconstpointer data)
{
        world_close(&f->world);
}

static void on_done(Server *server, int result, void *user)
{
        Fixture *f = user;

        f->n_done++;
        f->result = result;
}

static int send_paths(Fixture *f, int format, const char *texts)
{
        g_autoptr(PathList) paths = path_list_new();
        g_auto(GStrv) words = g_strsplit(texts, " ", -1);
        Path path;

        for (char **word = words; *word; word++) {
                g_assert_cmpint(path_parse(*word, &path), ==, 0);
                path_list_add(paths, path);
        }
        return server_send_values(world_server(&f->world, 101), paths, format, on_done, f, &f->bad);
}

static const CoapMessage *expect_send(Fixture *f, const char *content)
{
        const CoapMessage *message = peer_expect(f->peer, COAP_POST);
        g_autofree char *path = message_join(message, COAP_OPTION_URI_PATH, "/");
        g_autofree char *payload = message_payload(message);

        g_assert_cmpstr(path, ==, "dp");
        if (content)
                g_assert_cmpstr(payload, ==, content);
        return message;
}

static void assert_done(Fixture *f, unsigned n, int result)
{
        world_advance(&f->world, 0);
        g_assert_cmpuint(f->n_done, ==, n);
        g_assert_cmpint(f->result, ==, result);
}

/* INT-306, 311: exactly what was named, in one message. */
static void test_sent(Fixture *f, gconstpointer data)
{
        const CoapMessage *message;
        uint32_t format;

        g_assert_cmpint(send_paths(f, FORMAT_SENML_JSON, "/1000/0/1 /1/0/1"), ==, 1);
        message = expect_send(f, "[{\"n\":\"/1/0/1\",\"v\":86400},{\"n\":\"/1000/0/1\",\"v\":5}]");
        g_assert_cmpint(message->type, ==, COAP_CON);
        g_assert_cmpint(coap_message_get_uint(message, COAP_OPTION_CONTENT_FORMAT, 2, &format), ==,
                        0);
        g_assert_cmpuint(format, ==, FORMAT_SENML_JSON);
        g_assert_cmpuint(f->n_done, ==, 0);
        peer_answer(&f->world, f->peer, message, COAP_CHANGED, NULL);
        assert_done(f, 1, 0);
        g_assert_cmpuint(world_counter(&f->world, 101, "sends"), ==, 1);
}

static void test_formats(Fixture *f, gconstpointer data)
{
        static const int good[] = {FORMAT_SENML_JSON, FORMAT_SENML_CBOR, FORMAT_LWM2M_CBOR};
        static const int bad[] = {FORMAT_TLV, FORMAT_TEXT, FORMAT_OLD_JSON, FORMAT_SENML_ETCH_JSON,
                                  FORMAT_NONE};

        for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
                g_assert_cmpint(send_paths(f, good[i], "/1000/0/1"), ==, 1);
                peer_answer(&f->world, f->peer, expect_send(f, NULL), COAP_CHANGED, NULL);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
                g_assert_cmpint(send_paths(f, bad[i], "/1000/0/1"), ==, -ENOTSUP);
        assert_done(f, G_N_ELEMENTS(good), 0);
}

/* INT-307: /1/x/23 is obeyed, absent or true, from the moment it is written. */
static void test_muted(Fixture *f, gconstpointer data)
{
        static const char *const values[] = {"1", "0"};

        for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
                peer_request(&f->world, f->peer,
                             REQUEST(.code = COAP_PUT, .path = "1/0/23", .format = OPTION(0),
                                     .payload = values[i]));
                g_assert_cmphex(f->peer->message.code, ==, COAP_CHANGED);
                g_assert_cmpint(send_paths(f, FORMAT_SENML_CBOR, "/1000/0/1"), ==,
                                i == 0 ? -ESHUTDOWN : 1);
        }
        expect_send(f, NULL);
}

static void test_mute_absent(Fixture *f, gconstpointer data)
{
        start(f, MUTE_SEND_ABSENT, "1.1");
        g_assert_cmpint(send_paths(f, FORMAT_SENML_CBOR, "/1000/0/1"), ==, -ESHUTDOWN);
        g_assert_null(peer_take(f->peer));
}

static void test_version_1_0(Fixture *f, gconstpointer data)
{
        start(f, MUTE_SEND_OFF, "1.0");
        g_assert_cmpint(send_paths(f, FORMAT_SENML_CBOR, "/1000/0/1"), ==, -EPROTONOSUPPORT);
}

static void test_refused_paths(Fixture *f, gconstpointer data)
{
        static const struct {
                const char *path;
                int error;
        } cases[] = {
                {"/0/0/0", -EACCES},      {"/", -EINVAL},         {"/77", -ENOENT},
                {"/1000/9", -ENOENT},     {"/1000/0/9", -ENOENT}, {"/1000/0/3", -EPERM},
                {"/1000/0/2/9", -ENOENT},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *both = g_strconcat("/1000/0/1 ", cases[i].path, NULL);
                char text[PATH_TEXT_SIZE];

                g_assert_cmpint(send_paths(f, FORMAT_SENML_CBOR, both), ==, cases[i].error);
                g_assert_cmpstr(path_to_text(f->bad, text), ==, cases[i].path);
        }
        g_assert_null(peer_take(f->peer));
        g_assert_cmpuint(f->n_done, ==, 0);
}

/* Only of what is registered: an object that came is told of first. */
static void test_not_registered_yet(Fixture *f, gconstpointer data)
{
        static const ObjectDefinition definition = {.id = 100, .name = "Short", .version = "1.0"};
        g_autoptr(MemoryObject) object = memory_object_new(&definition);

        memory_object_add_instance(object, 0);
        g_assert_cmpint(tree_add(f->world.tree, &object->object), ==, 0);
        g_assert_cmpint(send_paths(f, FORMAT_SENML_CBOR, "/100/0"), ==, -EAGAIN);
        tree_remove(f->world.tree, &object->object);
}

static void test_refused(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(send_paths(f, FORMAT_SENML_CBOR, "/1000/0/1"), ==, 1);
        peer_answer(&f->world, f->peer, expect_send(f, NULL), COAP_FORBIDDEN, NULL);
        assert_done(f, 1, -ECONNREFUSED);
        g_assert_cmpstr(world_info(&f->world, 101).last_error->text, ==,
                        "send: server answered 4.03 Forbidden");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
        /* A success of another kind is none. */
        g_assert_cmpint(send_paths(f, FORMAT_SENML_CBOR, "/1000/0/1"), ==, 1);
        peer_answer(&f->world, f->peer, expect_send(f, NULL), COAP_CONTENT, NULL);
        assert_done(f, 2, -EPROTO);
        g_assert_cmpint(send_paths(f, FORMAT_SENML_CBOR, "/1000/0/1"), ==, 1);
        peer_answer(&f->world, f->peer, expect_send(f, NULL), COAP_SERVICE_UNAVAILABLE, NULL);
        assert_done(f, 3, -EBUSY);
        g_assert_cmpuint(world_counter(&f->world, 101, "sends"), ==, 0);
}

/* Core 6.4.6: a server that does not know us is registered with. */
static void test_forgotten(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(send_paths(f, FORMAT_SENML_CBOR, "/1000/0/1"), ==, 1);
        peer_answer(&f->world, f->peer, expect_send(f, NULL), COAP_NOT_FOUND, NULL);
        assert_done(f, 1, -ECONNREFUSED);
        peer_register(&f->world, f->peer, "rd/2");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

/* No answer: the caller is told, and the server asked whether it is there. */
static void test_unanswered(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(send_paths(f, FORMAT_SENML_CBOR, "/1000/0/1"), ==, 1);
        /* MAX_TRANSMIT_WAIT, but no longer than the Update that follows waits for its answer. */
        world_advance(&f->world, 100 * WORLD_SECOND);
        for (int i = 0; i < 5; i++) /* MAX_RETRANSMIT */
                expect_send(f, NULL);
        assert_done(f, 1, -ETIMEDOUT);
        world_advance(&f->world, WORLD_SECOND);
        message_assert_query(peer_expect(f->peer, COAP_POST), "rd/1", "");
}

static void test_session_ends(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(send_paths(f, FORMAT_SENML_CBOR, "/1000/0/1"), ==, 1);
        expect_send(f, NULL);
        f->world.host++;
        client_network_changed(f->world.client);
        assert_done(f, 1, -ENOTCONN);
        g_assert_cmpint(send_paths(f, FORMAT_SENML_CBOR, "/1000/0/1"), ==, -ENOTCONN);
}

static void test_slow_values(Fixture *f, gconstpointer data)
{
        f->world.refreshing = true;
        g_assert_cmpint(send_paths(f, FORMAT_SENML_JSON, "/1000/0/1"), ==, 1);
        g_assert_null(peer_take(f->peer));
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(66));
        world_finish(&f->world, 0);
        peer_answer(&f->world, f->peer, expect_send(f, "[{\"n\":\"/1000/0/1\",\"v\":66}]"),
                    COAP_CHANGED, NULL);
        assert_done(f, 1, 0);
        g_assert_cmpint(send_paths(f, FORMAT_SENML_JSON, "/1000/0/1"), ==, 1);
        world_finish(&f->world, -EIO);
        assert_done(f, 2, -EIO);
}

/* The object answers after the session, and after the server has gone. */
static void test_slow_gone(Fixture *f, gconstpointer data)
{
        f->world.refreshing = true;
        g_assert_cmpint(send_paths(f, FORMAT_SENML_JSON, "/1000/0/1"), ==, 1);
        accounts_remove(f->world.accounts, 101);
        world_advance(&f->world, 100 * WORLD_SECOND);
        g_assert_cmpuint(f->world.n_removed, ==, 1);
        g_assert_cmpuint(f->n_done, ==, 1);
        world_finish(&f->world, 0);
        g_assert_cmpuint(f->n_done, ==, 1);
}

static void test_many(Fixture *f, gconstpointer data)
{
        for (unsigned i = 0; i < SERVER_MAX_SENDS; i++)
                g_assert_cmpint(send_paths(f, FORMAT_SENML_JSON, "/1000/0/1"), ==, 1);
        g_assert_cmpint(send_paths(f, FORMAT_SENML_JSON, "/1000/0/1"), ==, -EBUSY);
        for (unsigned i = 0; i < SERVER_MAX_SENDS; i++)
                peer_answer(&f->world, f->peer, expect_send(f, NULL), COAP_CHANGED, NULL);
        assert_done(f, SERVER_MAX_SENDS, 0);
        g_assert_cmpint(send_paths(f, FORMAT_SENML_JSON, "/1000/0/1"), ==, 1);
        server_forget_waiter(world_server(&f->world, 101), on_done, f);
        peer_answer(&f->world, f->peer, expect_send(f, NULL), COAP_CHANGED, NULL);
        assert_done(f, SERVER_MAX_SENDS, 0);
}

#define ADD(name, func) g_test_add("/lwm2m/send/" name, Fixture, NULL, set_up, func, tear_down)
#define ADD_BARE(name, func) g_test_add("/lwm2m/send/" name, Fixture, NULL, NULL, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("INT-306-sent", test_sent);
        ADD("formats", test_formats);
        ADD("INT-307-muted", test_muted);
        ADD_BARE("mute-absent", test_mute_absent);
        ADD_BARE("version-1.0", test_version_1_0);
        ADD("refused-paths", test_refused_paths);
        ADD("not-registered-yet", test_not_registered_yet);
        ADD("refused", test_refused);
        ADD("forgotten", test_forgotten);
        ADD("unanswered", test_unanswered);
        ADD("session-ends", test_session_ends);
        ADD("slow-values", test_slow_values);
        ADD("slow-gone", test_slow_gone);
        ADD("many", test_many);
        return g_test_run();
}
