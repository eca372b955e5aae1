/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Update: what triggers it, what it says, and what its answers mean. */
#include <errno.h>
#include <string.h>

#include "lwm2m/server-impl.h"
#include "world.h"

typedef struct Fixture {
        World world;
        Peer *peer;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
        world_open(&f->world);
        world_add(&f->world, world_account(101, 5683));
        f->peer = world_peer(&f->world, 5683);
        world_start(&f->world);
        peer_register(&f->world, f->peer, "rd/5a3f");
}

static void tear_down(Fixture *f, gconstpointer data)
{
        world_close(&f->world);
}

/* An Update that says that and nothing more, accepted. */
static void expect_update(Fixture *f, const char *query, bool objects)
{
        const CoapMessage *message = peer_expect(f->peer, COAP_POST);

        message_assert_query(message, "rd/5a3f", query);
        g_assert_cmpint(message->payload_len > 0, ==, objects);
        peer_answer(&f->world, f->peer, message, COAP_CHANGED, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

static Account account_of(Fixture *f)
{
        return *accounts_find(f->world.accounts, 101);
}

/* ---- Update and its triggers ---- */

static void test_refresh(Fixture *f, gconstpointer data)
{
        gint64 before = (86400 - 93) * WORLD_SECOND;

        for (int i = 0; i < 3; i++) {
                world_advance(&f->world, before - WORLD_SECOND);
                g_assert_null(peer_take(f->peer));
                /* The time of day may jump, schedules do not. */
                clock_set_realtime(f->world.clock, i * 2000000000 * WORLD_SECOND);
                world_advance(&f->world, WORLD_SECOND);
                expect_update(f, "", false);
        }
        g_assert_cmpuint(world_counter(&f->world, 101, "updates"), ==, 3);
        g_assert_cmpuint(world_counter(&f->world, 101, "registrations"), ==, 1);
}

/* ETS 107, 109 */
static void test_lifetime(Fixture *f, gconstpointer data)
{
        peer_request(
                &f->world, f->peer,
                REQUEST(.code = COAP_PUT, .path = "1/0/1", .format = OPTION(0), .payload = "60"));
        g_assert_cmphex(f->peer->message.code, ==, COAP_CHANGED);
        g_assert_null(peer_take(f->peer));
        world_advance(&f->world, WORLD_SECOND);
        expect_update(f, "lt=60", false);
        g_assert_cmpuint(world_info(&f->world, 101).lifetime, ==, 60);
        /* Short ones are renewed at the half. */
        world_advance(&f->world, 29 * WORLD_SECOND);
        g_assert_null(peer_take(f->peer));
        world_advance(&f->world, WORLD_SECOND);
        expect_update(f, "", false);
}

static void test_binding(Fixture *f, gconstpointer data)
{
        Server *server = world_server(&f->world, 101);
        Account account = account_of(f);

        g_strlcpy(account.binding, "UT", sizeof(account.binding));
        server_on_account_changed(server, &account);
        world_advance(&f->world, WORLD_SECOND);
        expect_update(f, "b=UT", false);
        /* Queue mode is no matter for an Update (Core 6.2.2). */
        g_strlcpy(account.binding, "UQ", sizeof(account.binding));
        server_on_account_changed(server, &account);
        world_advance(&f->world, WORLD_SECOND);
        message_assert_query(peer_expect(f->peer, COAP_POST), "rd",
                             "lwm2m=1.1&ep=urn:test&lt=86400&b=U&Q");
}

/* ETS 104: /1/x/8, an Update that says nothing. */
static void test_trigger(Fixture *f, gconstpointer data)
{
        peer_request(&f->world, f->peer, REQUEST(.code = COAP_POST, .path = "1/0/8"));
        g_assert_cmphex(f->peer->message.code, ==, COAP_CHANGED);
        world_advance(&f->world, WORLD_SECOND);
        expect_update(f, "", false);
}

static void test_objects(Fixture *f, gconstpointer data)
{
        g_autofree char *links = NULL;
        const CoapMessage *message;

        memory_object_add_instance(f->world.memory, 4);
        change_post(f->world.changes, path_object(WORLD_OBJECT), CHANGE_INSTANCES, ORIGIN_LOCAL);
        world_advance(&f->world, WORLD_SECOND);
        message = peer_expect(f->peer, COAP_POST);
        links = message_payload(message);
        message_assert_query(message, "rd/5a3f", "");
        g_assert_nonnull(strstr(links, "</1000/0>,</1000/4>"));
        peer_answer(&f->world, f->peer, message, COAP_CHANGED, NULL);

        /* Told twice and nothing new: nothing to say. */
        change_post(f->world.changes, path_object(WORLD_OBJECT), CHANGE_INSTANCES, ORIGIN_LOCAL);
        world_advance(&f->world, 10 * WORLD_SECOND);
        g_assert_null(peer_take(f->peer));
}

/* A thousand changes are one Update. */
static void test_coalesced(Fixture *f, gconstpointer data)
{
        Account account = account_of(f);

        for (int i = 0; i < 10; i++) {
                memory_object_add_instance(f->world.memory, (uint16_t) (10 + i));
                change_post(f->world.changes, path_object(WORLD_OBJECT), CHANGE_INSTANCES,
                            ORIGIN_LOCAL);
                account.lifetime = (uint32_t) (1000 + i);
                world_change(&f->world, account);
                client_hook_update(101, f->world.client);
                world_advance(&f->world, 90 * 1000);
        }
        g_assert_null(peer_take(f->peer));
        world_advance(&f->world, WORLD_SECOND);
        expect_update(f, "lt=1009", true);
        world_advance(&f->world, 10 * WORLD_SECOND);
        g_assert_null(peer_take(f->peer));
}

/* What changes while an Update is under way is in the next. */
static void test_change_during_update(Fixture *f, gconstpointer data)
{
        Account account = account_of(f);
        CoapMessage first;

        account.lifetime = 1000;
        world_change(&f->world, account);
        world_advance(&f->world, WORLD_SECOND);
        first = *peer_expect(f->peer, COAP_POST);
        account.lifetime = 2000;
        world_change(&f->world, account);
        peer_answer(&f->world, f->peer, &first, COAP_CHANGED, NULL);
        world_advance(&f->world, WORLD_SECOND);
        expect_update(f, "lt=2000", false);
}

static void test_update_on_request(Fixture *f, gconstpointer data)
{
        Server *server = world_server(&f->world, 101);

        g_assert_cmpint(server_update(server, true, world_done, &f->world), ==, 1);
        world_advance(&f->world, WORLD_SECOND);
        g_assert_cmpuint(f->world.n_done, ==, 0);
        expect_update(f, "", true);
        g_assert_cmpuint(f->world.n_done, ==, 1);
        g_assert_cmpint(f->world.result, ==, 0);
}

/* ETS 105 */
static void test_forgotten(Fixture *f, gconstpointer data)
{
        Server *server = world_server(&f->world, 101);

        peer_request(&f->world, f->peer,
                     REQUEST(.code = COAP_GET, .path = "1000/0/1", .observe = OPTION(0)));
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 1);
        server_update(server, false, world_done, &f->world);
        world_advance(&f->world, WORLD_SECOND);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_NOT_FOUND, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERING);
        peer_register(&f->world, f->peer, "rd/77");
        g_assert_cmpstr(world_info(&f->world, 101).location, ==, "/rd/77");
        /* What was observed of the earlier registration is over; who asked is told of the outcome.
         */
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 0);
        g_assert_cmpint(f->world.result, ==, 0);
        g_assert_cmpuint(f->world.n_done, ==, 1);
        g_assert_nonnull(strstr(world_info(&f->world, 101).last_error->text,
                                "update: server answered 4.04"));
        g_assert_cmpint(f->peer->n_links, ==, 1);
}

static void test_update_keeps_observations(Fixture *f, gconstpointer data)
{
        peer_request(&f->world, f->peer,
                     REQUEST(.code = COAP_GET, .path = "1000/0/1", .observe = OPTION(0)));
        client_hook_update(101, f->world.client);
        world_advance(&f->world, WORLD_SECOND);
        expect_update(f, "", false);
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 1);
}

static void test_update_unanswered(Fixture *f, gconstpointer data)
{
        const CoapMessage *message;
        unsigned n = 0;

        client_hook_update(101, f->world.client);
        world_advance(&f->world, 100 * WORLD_SECOND);
        while ((message = peer_take(f->peer)) &&
               message_has(message, COAP_OPTION_CONTENT_FORMAT) == false)
                n++;
        g_assert_cmpuint(n, ==, 5); /* MAX_RETRANSMIT and the first */
        message_assert_query(message, "rd", "lwm2m=1.1&ep=urn:test&lt=86400&b=U");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERING);
}

/* 5.03 with Max-Age: the registration is kept and the Update repeated then. */
static void test_update_busy(Fixture *f, gconstpointer data)
{
        const CoapMessage *request;
        CoapMessage answer = {.type = COAP_ACK, .code = COAP_SERVICE_UNAVAILABLE};

        client_hook_update(101, f->world.client);
        world_advance(&f->world, WORLD_SECOND);
        request = peer_expect(f->peer, COAP_POST);
        answer.id = request->id;
        answer.token = request->token;
        coap_message_add_uint(&answer, COAP_OPTION_MAX_AGE, 30);
        peer_send(&f->world, f->peer, &answer);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
        world_advance(&f->world, 29 * WORLD_SECOND);
        g_assert_null(peer_take(f->peer));
        world_advance(&f->world, WORLD_SECOND);
        expect_update(f, "", false);
}

static void answer_busy(Fixture *f)
{
        const CoapMessage *request = peer_expect(f->peer, COAP_POST);
        const CoapMessage answer = {.type = COAP_ACK,
                                    .code = COAP_SERVICE_UNAVAILABLE,
                                    .id = request->id,
                                    .token = request->token};

        peer_send(&f->world, f->peer, &answer);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

/* The same when the registration is to be refreshed; what the answer does not say is 60 s (RFC
 * 7252, 5.10.5). */
static void test_refresh_busy(Fixture *f, gconstpointer data)
{
        gint64 next;

        world_advance(&f->world, (86400 - 93) * WORLD_SECOND);
        answer_busy(f);
        next = world_info(&f->world, 101).next_update_at;
        g_assert_cmpint(next, ==, clock_realtime(f->world.clock) / WORLD_SECOND + 60);
        server_update(world_server(&f->world, 101), false, NULL, NULL);
        world_advance(&f->world, 59 * WORLD_SECOND);
        g_assert_null(peer_take(f->peer));
        world_advance(&f->world, WORLD_SECOND);
        expect_update(f, "", false);
        /* It is asked to wait no longer. */
        server_update(world_server(&f->world, 101), false, NULL, NULL);
        world_advance(&f->world, WORLD_SECOND);
        expect_update(f, "", false);
}

/* Who is asked to register does not wait. */
static void test_busy_and_register(Fixture *f, gconstpointer data)
{
        client_hook_update(101, f->world.client);
        world_advance(&f->world, WORLD_SECOND);
        answer_busy(f);
        server_register(world_server(&f->world, 101), NULL, NULL);
        world_advance(&f->world, 0);
        peer_register(&f->world, f->peer, "rd/2");
}

/* ---- Who waits ---- */

static void count_done(Server *server, int result, void *user)
{
        ++*(unsigned *) user;
}

static void test_waiters(Fixture *f, gconstpointer data)
{
        Server *server = world_server(&f->world, 101);
        unsigned n = 0, forgotten = 0;

        for (int i = 0; i < 15; i++)
                g_assert_cmpint(server_update(server, false, count_done, &n), ==, 1);
        g_assert_cmpint(server_update(server, false, count_done, &forgotten), ==, 1);
        g_assert_cmpint(server_update(server, false, count_done, &n), ==, -EBUSY);
        server_forget_waiter(server, count_done, &forgotten);
        world_advance(&f->world, WORLD_SECOND);
        expect_update(f, "", false);
        g_assert_cmpuint(n, ==, 15);
        g_assert_cmpuint(forgotten, ==, 0);

        server_update(server, false, world_done, &f->world);
        g_clear_pointer(&f->world.client, client_free);
        g_assert_cmpint(f->world.result, ==, -ECANCELED);
}

#define ADD(name, func) g_test_add("/lwm2m/update/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("refresh", test_refresh);
        ADD("lifetime", test_lifetime);
        ADD("binding", test_binding);
        ADD("trigger", test_trigger);
        ADD("objects", test_objects);
        ADD("coalesced", test_coalesced);
        ADD("change-during-update", test_change_during_update);
        ADD("update-on-request", test_update_on_request);
        ADD("forgotten", test_forgotten);
        ADD("update-keeps-observations", test_update_keeps_observations);
        ADD("update-unanswered", test_update_unanswered);
        ADD("update-busy", test_update_busy);
        ADD("refresh-busy", test_refresh_busy);
        ADD("busy-and-register", test_busy_and_register);
        ADD("waiters", test_waiters);
        return g_test_run();
}
