/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever happens to a server in whatever state, in any order: it never stands still, nobody waits
 * for ever, and when it is calm again it is registered. */
#include <errno.h>
#include <string.h>

#include "fake-link.h"
#include "lwm2m/server-impl.h"
#include "world.h"

#define ROUNDS 6
#define STEPS 150

typedef struct Storm {
        World world;
        Peer *peer;
        unsigned n_asked, n_done;
        bool calm; /* the server does what it should */
} Storm;

static unsigned any(unsigned n)
{
        return (unsigned) g_test_rand_int_range(0, (gint32) n);
}

static Server *the_server(Storm *storm)
{
        return client_find(storm->world.client, 101);
}

/* NULL: nobody is connected. */
static Link *the_link(Storm *storm)
{
        Server *server = the_server(storm);

        return server && server->transport ? storm->peer->link : NULL;
}

/* ---- The server ---- */

static void order(Storm *storm, const char *text)
{
        if (the_link(storm))
                fake_link_inject(the_link(storm), text, strlen(text));
        world_advance(&storm->world, 0);
}

static void send_message(Storm *storm, const CoapMessage *message)
{
        if (the_link(storm))
                peer_send(&storm->world, storm->peer, message);
}

static void answer(Storm *storm, const CoapMessage *request)
{
        static const uint8_t codes[] = {COAP_CREATED,
                                        COAP_CHANGED,
                                        COAP_DELETED,
                                        COAP_NOT_FOUND,
                                        COAP_FORBIDDEN,
                                        COAP_SERVICE_UNAVAILABLE,
                                        COAP_PRECONDITION_FAILED};
        CoapMessage message = {.type = COAP_ACK, .id = request->id, .token = request->token};

        if (request->code == COAP_POST)
                message.code = message_has(request, COAP_OPTION_URI_QUERY) &&
                                               message_has(request, COAP_OPTION_CONTENT_FORMAT)
                                       ? COAP_CREATED
                                       : COAP_CHANGED;
        else
                message.code = COAP_DELETED;
        if (!storm->calm && any(2) == 0)
                message.code = codes[any(G_N_ELEMENTS(codes))];
        if (message.code == COAP_CREATED)
                coap_message_add_text(&message, COAP_OPTION_LOCATION_PATH, "rd");
        send_message(storm, &message);
}

static void hear(Storm *storm, GBytes *bytes)
{
        static const char *const orders[] = {"!ready", "!resumed", "!alert 51", "!closed"};
        CoapMessage message;
        gsize len;
        const void *data = g_bytes_get_data(bytes, &len);

        if (!storm->calm && any(4) == 0)
                return;
        if (len == 5 && memcmp(data, "hello", 5) == 0)
                order(storm, orders[any(storm->calm ? 2 : 4)]);
        else if (coap_message_parse(data, len, &message, NULL) < 0)
                g_assert_not_reached();
        else if (coap_code_is_request(message.code))
                answer(storm, &message);
        else if (message.type == COAP_CON)
                send_message(storm, &(CoapMessage){.type = any(8) ? COAP_ACK : COAP_RST,
                                                   .id = message.id});
}

static void hear_all(Storm *storm)
{
        for (int i = 0; i < 50 && the_link(storm); i++) {
                g_autoptr(GBytes) bytes = fake_link_take(the_link(storm));

                if (!bytes)
                        return;
                hear(storm, bytes);
        }
}

static void ask(Storm *storm)
{
        static const char *const paths[] = {"1000/0", "1000/0/1", "1000/0/3", "1/0/8", "7"};
        Request request = {.code = any(2) ? COAP_GET : COAP_POST,
                           .path = paths[any(G_N_ELEMENTS(paths))],
                           .observe = (int) any(3),
                           .token = (uint8_t) any(4)};

        if (request.code == COAP_POST)
                request.observe = 0;
        if (the_link(storm))
                peer_ask(&storm->world, storm->peer, request);
}

/* ---- Events ---- */

static void on_done(Server *server, int result, void *user)
{
        ((Storm *) user)->n_done++;
}

static void asked(Storm *storm, int result)
{
        g_assert_true(result >= 0 || result == -EBUSY || result == -ENOTCONN);
        storm->n_asked += result > 0;
}

static void operate(Storm *storm)
{
        Server *server = the_server(storm);

        if (!server)
                return;
        switch (any(3)) {
        case 0:
                asked(storm, server_register(server, on_done, storm));
                return;
        case 1:
                asked(storm, server_update(server, any(2), on_done, storm));
                return;
        default:
                asked(storm, server_deregister(server, on_done, storm));
        }
}

static Account some_account(void)
{
        static const char *const uris[] = {"coap://127.0.0.1:5683", "coap://127.0.0.1:5683/x"};
        Account account = world_account(101, 5683);

        g_strlcpy(account.uri, uris[any(2)], sizeof(account.uri));
        account.mode = any(2) ? SECURITY_MODE_NOSEC : SECURITY_MODE_PSK;
        if (account.mode == SECURITY_MODE_PSK)
                g_snprintf(account.uri, sizeof(account.uri), "coaps://127.0.0.1:5683/%u", any(2));
        account.lifetime = any(2) ? 60 : 86400;
        return account;
}

static void change_account(Storm *storm)
{
        Account account = some_account();

        if (!the_server(storm))
                accounts_add(storm->world.accounts, &account);
        else if (any(4) == 0)
                accounts_remove(storm->world.accounts, 101);
        else
                accounts_change(storm->world.accounts, &account, ORIGIN_LOCAL);
}

static void change_network(Storm *storm)
{
        storm->world.no_network = any(3) == 0;
        storm->peer->make_error = storm->world.no_network && any(2) ? -ENETUNREACH : 0;
        storm->world.host = (uint8_t) any(2);
        client_network_changed(storm->world.client);
}

static void change_data(Storm *storm)
{
        storm->world.refreshing = any(2);
        storm->world.execute_result = any(2) ? -EINPROGRESS : 0;
        world_set(&storm->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(any(100)));
        if (any(2))
                world_finish(&storm->world, any(2) ? 0 : -EIO);
        if (any(4) == 0)
                change_post(storm->world.changes, path_object(WORLD_OBJECT), CHANGE_INSTANCES,
                            ORIGIN_LOCAL);
}

static void happen(Storm *storm)
{
        static const gint64 times[] = {0, 1, 3, 30, 100, 400, 90000};

        switch (any(10)) {
        case 0:
                change_account(storm);
                break;
        case 1:
                keystore_set(storm->world.keystore, 101, KEY_SLOT_PSK, "secret", 6);
                break;
        case 2:
                change_network(storm);
                break;
        case 3:
                change_data(storm);
                break;
        case 4:
                operate(storm);
                break;
        case 5:
                ask(storm);
                break;
        case 6:
                order(storm, "!closed");
                break;
        case 7:
                if (the_link(storm))
                        fake_link_inject_error(the_link(storm), -ECONNREFUSED);
                break;
        default:
                world_advance(&storm->world, times[any(G_N_ELEMENTS(times))] * WORLD_SECOND);
        }
        world_advance(&storm->world, 0);
}

static void assert_awake(Storm *storm)
{
        const Server *server = the_server(storm);

        g_assert_null(strstr(storm->world.log->str, "no move from"));
        if (server && server->state != SERVER_IDLE && server->state != SERVER_FAILED &&
            server->state != SERVER_RESOLVING)
                g_assert_true(timer_armed(server->timer));
}

static void become_calm(Storm *storm)
{
        Server *server;

        storm->calm = true;
        storm->world.no_network = false;
        storm->peer->make_error = 0;
        if (!the_server(storm))
                change_account(storm);
        world_finish(&storm->world, 0);
        storm->world.refreshing = false;
        for (int i = 0; i < 200; i++) {
                gint64 next = clock_next_deadline(storm->world.clock);

                hear_all(storm);
                server = the_server(storm);
                if (server->state == SERVER_REGISTERED && storm->n_done == storm->n_asked)
                        break;
                if (server->state == SERVER_IDLE || server->state == SERVER_FAILED)
                        server_register(server, NULL, NULL);
                if (next != CLOCK_NEVER)
                        world_advance(&storm->world, next - clock_now(storm->world.clock));
        }
        g_assert_cmpint(world_state(&storm->world, 101), ==, SERVER_REGISTERED);
        g_assert_cmpuint(storm->n_done, ==, storm->n_asked);
}

static void test_storm(void)
{
        for (int round = 0; round < ROUNDS; round++) {
                Storm storm = {0};

                world_open(&storm.world);
                storm.world.vault = vault_new(storm.world.seal);
                storm.peer = world_peer(&storm.world, 5683);
                world_psk_account(&storm.world, 101, 5683);
                world_add(&storm.world, some_account());
                world_start(&storm.world);
                for (int step = 0; step < STEPS; step++) {
                        happen(&storm);
                        hear_all(&storm);
                        assert_awake(&storm);
                }
                become_calm(&storm);
                world_close(&storm.world);
        }
}

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/lwm2m/storm", test_storm);
        return g_test_run();
}
