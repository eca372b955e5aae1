/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/kernel-key.h"
#include "base/log.h"
#include "fake-link.h"
#include "objects/server.h"
#include "test-util.h"

#define START (1000 * (gint64) G_USEC_PER_SEC)
#define REALTIME (1700000000 * (gint64) G_USEC_PER_SEC)

static const ResourceDefinition resources[] = {
        {0, "text", OP_R, false, true, VALUE_STRING},
        {1, "level", OP_RW, false, false, VALUE_INTEGER, 0, 100},
        {2, "set", OP_RW, true, false, VALUE_INTEGER},
        {3, "run", OP_E, false, false, VALUE_NONE},
        {4, "word", OP_W, false, false, VALUE_STRING},
        {5, "blob", OP_RW, false, false, VALUE_OPAQUE},
        {6, "must", OP_RW, false, true, VALUE_INTEGER},
};

static const ObjectDefinition definition = {
        .id = WORLD_OBJECT,
        .name = "test",
        .version = "1.0",
        .multiple = true,
        .resources = resources,
        .n_resources = G_N_ELEMENTS(resources),
};

static World *the_world; /* of the object's operations */

static void promise(ObjectDone done, void *user)
{
        WorldPromise promised = {done, user};

        g_array_append_val(the_world->promises, promised);
}

static int object_execute(Object *object, Origin origin, uint16_t instance, uint16_t resource,
                          const char *arguments, ObjectDone done, void *user)
{
        g_string_printf(the_world->executed, "%u/%s from %u", resource, arguments, origin);
        if (the_world->execute_result == -EINPROGRESS)
                promise(done, user);
        return the_world->execute_result;
}

static int object_refresh(Object *object, Path path, ObjectDone done, void *user)
{
        the_world->n_refreshes++;
        if (!the_world->refreshing)
                return 0;
        promise(done, user);
        return -EINPROGRESS;
}

static void world_make_object(World *world)
{
        world->memory = memory_object_new(&definition);
        world->memory_ops = *world->memory->object.ops;
        world->memory_ops.execute = object_execute;
        world->memory_ops.refresh = object_refresh;
        world->memory->object.ops = &world->memory_ops;
        memory_object_set(world->memory, path_resource(WORLD_OBJECT, 0, 0), value_string("hello"));
        memory_object_set(world->memory, path_resource(WORLD_OBJECT, 0, 1), value_integer(5));
        memory_object_set(world->memory, path_resource_instance(WORLD_OBJECT, 0, 2, 0),
                          value_integer(7));
        memory_object_set(world->memory, path_resource_instance(WORLD_OBJECT, 0, 2, 1),
                          value_integer(8));
        memory_object_set(world->memory, path_resource(WORLD_OBJECT, 0, 3), (Value){VALUE_NONE});
        memory_object_set(world->memory, path_resource(WORLD_OBJECT, 0, 5),
                          value_opaque("\1\2", 2));
        memory_object_set(world->memory, path_resource(WORLD_OBJECT, 0, 6), value_integer(1));
        g_assert_cmpint(tree_add(world->tree, &world->memory->object), ==, 0);
}

/* ---- The network ---- */

static Peer *find_peer(World *world, uint16_t port)
{
        for (guint i = 0; i < world->peers->len; i++) {
                Peer *peer = g_ptr_array_index(world->peers, i);

                if (peer->port == port)
                        return peer;
        }
        return NULL;
}

Peer *world_peer(World *world, uint16_t port)
{
        Peer *peer = find_peer(world, port);

        if (peer)
                return peer;
        peer = g_new0(Peer, 1);
        peer->port = port;
        peer->next_id = 100;
        g_ptr_array_add(world->peers, peer);
        return peer;
}

static void peer_free(void *data)
{
        Peer *peer = data;

        g_clear_pointer(&peer->taken, g_bytes_unref);
        g_free(peer);
}

static int make_link(const struct sockaddr *address, socklen_t len, uint16_t local_port, Link **ret,
                     void *user)
{
        const struct sockaddr_in *in = (const struct sockaddr_in *) address;
        Peer *peer = world_peer(user, ntohs(in->sin_port));

        if (peer->make_error < 0)
                return peer->make_error;
        if (peer->unreachable == ntohl(in->sin_addr.s_addr))
                return -EHOSTUNREACH;
        peer->address = ntohl(in->sin_addr.s_addr);
        peer->n_links++;
        *ret = fake_link_new();
        fake_link_put(*ret, &peer->link);
        return 0;
}

static int link_source(const struct sockaddr *address, struct sockaddr_storage *ret, void *user)
{
        World *world = user;
        struct sockaddr_in *source = (struct sockaddr_in *) ret;

        if (world->no_network)
                return -ENETUNREACH;
        *ret = (struct sockaddr_storage){0};
        source->sin_family = AF_INET;
        source->sin_addr.s_addr = htonl(0x0a000000u | world->host);
        return 0;
}

static bool any_up(void *user)
{
        return !((World *) user)->no_network;
}

/* ---- The world ---- */

static void on_line(LogLevel level, const char *line, void *user)
{
        g_string_append_printf(user, "%s\n", line);
        g_test_message("%s", line);
}

static int hook_update(uint16_t ssid, void *user)
{
        World *world = user;

        return world->client ? client_hook_update(ssid, world->client) : 0;
}

void world_open(World *world)
{
        const ObjectHooks hooks = {.update = hook_update, .user = world};

        *world = (World){.host = 1,
                         .log = g_string_new(NULL),
                         .executed = g_string_new(NULL),
                         .promises = g_array_new(FALSE, FALSE, sizeof(WorldPromise))};
        the_world = world;
        kernel_key_init(true);
        log_set_sink(on_line, world->log);
        log_set_level(LOG_LEVEL_DEBUG);
        world->clock = clock_new_manual(START, REALTIME);
        world->tree = tree_new();
        world->changes = changes_new(world->clock);
        world->directory = test_dir_new();
        g_assert_cmpint(seal_new(world->directory, NULL, &world->seal), ==, 0);
        g_assert_cmpint(keystore_new(world->seal, &world->keystore), ==, 0);
        g_assert_cmpint(accounts_new(world->seal, world->changes, &world->accounts), ==, 0);
        world->loader = loader_new();
        g_assert_true(loader_load_file(world->loader, g_getenv("NOSEC_PLUGIN"), false, NULL));
        g_assert_true(loader_load_file(world->loader, g_getenv("SCRIPTED_PLUGIN"), false, NULL));
        world->links = (LinkFactory){make_link, link_source, any_up, world};
        world->peers = g_ptr_array_new_with_free_func(peer_free);
        world->config = (ClientConfig){
                .endpoint = "urn:test",
                .version = "1.1",
                .handshake_initial_ms = 1000,
                .handshake_limit_ms = 30000,
                .ack_timeout_ms = 2000,
                .max_body = 65536,
                .max_observations = 1000,
                .deregister_on_stop = true,
        };
        world->server_object = server_object_new(world->accounts, &hooks);
        g_assert_cmpint(tree_add(world->tree, world->server_object), ==, 0);
        world_make_object(world);
}

void world_close(World *world)
{
        client_free(world->client);
        tree_remove(world->tree, world->server_object);
        server_object_free(world->server_object);
        accounts_free(world->accounts);
        loader_free(world->loader);
        vault_free(world->vault);
        keystore_free(world->keystore);
        seal_free(world->seal);
        changes_free(world->changes);
        tree_free(world->tree);
        memory_object_free(world->memory);
        clock_free(world->clock);
        g_ptr_array_unref(world->peers);
        log_set_sink(NULL, NULL);
        g_string_free(world->log, TRUE);
        g_string_free(world->executed, TRUE);
        g_array_unref(world->promises);
        kernel_key_shutdown();
        test_dir_free(world->directory);
}

Account world_account(uint16_t ssid, uint16_t port)
{
        Account account = account_default();

        account.ssid = ssid;
        account.mode = SECURITY_MODE_NOSEC;
        account.lifetime = 86400;
        account.pmin = account.pmax = 0;
        g_snprintf(account.uri, sizeof(account.uri), "coap://127.0.0.1:%u", port);
        return account;
}

void world_add(World *world, Account account)
{
        g_assert_cmpint(accounts_add(world->accounts, &account), ==, 0);
        if (world->client)
                world_advance(world, 0);
}

void world_change(World *world, Account account)
{
        g_assert_cmpint(accounts_change(world->accounts, &account, ORIGIN_LOCAL), ==, 0);
        world_advance(world, 0);
}

Account world_psk_account(World *world, uint16_t ssid, uint16_t port)
{
        Account account = world_account(ssid, port);

        account.mode = SECURITY_MODE_PSK;
        g_snprintf(account.uri, sizeof(account.uri), "coaps://127.0.0.1:%u", port);
        g_assert_cmpint(keystore_set(world->keystore, ssid, KEY_SLOT_PSK_IDENTITY, "me", 2), ==, 0);
        g_assert_cmpint(keystore_set(world->keystore, ssid, KEY_SLOT_PSK, "secret", 6), ==, 0);
        return account;
}

static void on_server_changed(Server *server, void *user)
{
        ((World *) user)->n_changed++;
}

static void on_server_added(Server *server, void *user)
{
        ((World *) user)->n_added++;
}

static void on_server_removed(uint16_t ssid, void *user)
{
        ((World *) user)->n_removed++;
}

static const ClientOps client_ops = {on_server_changed, on_server_added, on_server_removed};

void world_start(World *world)
{
        const ClientParts parts = {
                .clock = world->clock,
                .tree = world->tree,
                .changes = world->changes,
                .accounts = world->accounts,
                .keystore = world->keystore,
                .loader = world->loader,
                .vault = world->vault,
                .links = &world->links,
        };

        world->client = client_new(&world->config, &parts, &client_ops, world);
        client_start(world->client);
        world_advance(world, 0);
}

Server *world_server(World *world, uint16_t ssid)
{
        Server *server = client_find(world->client, ssid);

        g_assert_nonnull(server);
        return server;
}

ServerInfo world_info(World *world, uint16_t ssid)
{
        ServerInfo info;

        server_get_info(world_server(world, ssid), &info);
        return info;
}

ServerState world_state(World *world, uint16_t ssid)
{
        return world_info(world, ssid).state;
}

void world_assert_waits(World *world, uint16_t ssid, gint64 seconds)
{
        ServerInfo info = world_info(world, ssid);
        gint64 left = info.next_attempt_at - clock_realtime(world->clock) / WORLD_SECOND;

        g_assert_cmpint(info.state, ==, SERVER_WAITING);
        g_assert_cmpint(left, >=, seconds - 2);
        g_assert_cmpint(left, <=, seconds + seconds / 4 + 1);
}

void world_advance(World *world, gint64 by)
{
        clock_advance(world->clock, by);
        /* What was put off meanwhile. */
        for (int i = 0; i < 4; i++)
                clock_advance(world->clock, 0);
}

void world_done(Server *server, int result, void *user)
{
        World *world = user;

        world->result = result;
        world->n_done++;
}

void world_set(World *world, Path path, Value value)
{
        Value *place = (Value *) memory_object_get(world->memory, path);

        g_assert_nonnull(place);
        value_clear(place);
        *place = value;
        change_post(world->changes, path, CHANGE_VALUE, ORIGIN_LOCAL);
}

void world_finish(World *world, int result)
{
        g_autoptr(GArray) promises = g_steal_pointer(&world->promises);

        world->promises = g_array_new(FALSE, FALSE, sizeof(WorldPromise));
        for (guint i = 0; i < promises->len; i++) {
                WorldPromise promised = g_array_index(promises, WorldPromise, i);

                promised.done(result, promised.user);
        }
        world_advance(world, 0);
}

typedef struct Search {
        const char *name;
        uint64_t value;
        bool found;
} Search;

static void on_counter(const char *name, uint64_t value, void *user)
{
        Search *search = user;

        if (!g_str_equal(name, search->name))
                return;
        search->value = value;
        search->found = true;
}

uint64_t world_counter(World *world, uint16_t ssid, const char *name)
{
        Search search = {.name = name};

        server_foreach_counter(world_server(world, ssid), on_counter, &search);
        g_assert_true(search.found);
        return search.value;
}
