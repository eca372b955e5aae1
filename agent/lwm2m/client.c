/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/client.h"

#include <errno.h>

#include "base/log.h"
#include "lwm2m/server-impl.h"

/* At the end a server that gives no sign of life is not waited for longer, others as long again. */
#define STOP_WAIT (5 * (gint64) G_USEC_PER_SEC)

/* Over SMS: seconds an answer takes at most, octets of a block that fits into one short message. */
#define SMS_TIMEOUT 180
#define SMS_BLOCK 64
#define SMS_SEGMENTS 4

struct Client {
        ServerContext context;
        Accounts *accounts;
        const ClientOps *ops;
        void *user;
        bool deregister_on_stop;
        GPtrArray *servers; /* of Server, by ssid */
        GPtrArray *leaving; /* of Server: their accounts are gone */
        Timer *work;        /* tells of changed servers, frees those that left */
        unsigned listener;
        bool started; /* and not stopped: accounts and keys have an effect */

        void (*stopped)(void *user); /* NULL unless stopping */
        void *stopped_user;
        Timer *stop_timer;
        bool stop_late;
};

static void client_on_server_changed(Server *server, void *user)
{
        Client *client = user;

        server->dirty = true;
        if (!timer_armed(client->work))
                timer_arm_in(client->work, 0);
}

static void client_on_triggered(Server *server, Trigger trigger, void *user)
{
        const Client *client = user;

        if (client->ops->on_triggered)
                client->ops->on_triggered(server->account.ssid, trigger_to_string(trigger),
                                          client->user);
}

static bool any_deregistering(const GPtrArray *servers)
{
        for (guint i = 0; i < servers->len; i++) {
                const Server *server = g_ptr_array_index(servers, i);

                if (server->state == SERVER_DEREGISTERING)
                        return true;
        }
        return false;
}

static void client_check_stopped(Client *client)
{
        void (*stopped)(void *user) = client->stopped;

        if (!stopped || any_deregistering(client->servers) || any_deregistering(client->leaving))
                return;
        client->stopped = NULL;
        timer_disarm(client->stop_timer);
        stopped(client->stopped_user);
}

static void client_on_work(void *user)
{
        Client *client = user;

        for (guint i = client->leaving->len; i-- > 0;) {
                const Server *server = g_ptr_array_index(client->leaving, i);

                if (server->state == SERVER_IDLE)
                        g_ptr_array_remove_index(client->leaving, i);
        }
        for (guint i = 0; i < client->servers->len; i++) {
                Server *server = g_ptr_array_index(client->servers, i);

                if (!server->dirty)
                        continue;
                server->dirty = false;
                if (client->ops->on_server_changed)
                        client->ops->on_server_changed(server, client->user);
        }
        client_check_stopped(client);
}

/* ---- Accounts ---- */

static bool client_find_index(const Client *client, uint16_t ssid, guint *ret)
{
        for (guint i = 0; i < client->servers->len; i++) {
                const Server *server = g_ptr_array_index(client->servers, i);

                *ret = i;
                if (server->account.ssid >= ssid)
                        return server->account.ssid == ssid;
        }
        *ret = client->servers->len;
        return false;
}

static void client_count_servers(Client *client)
{
        bool single = client->servers->len == 1;

        for (guint i = 0; i < client->servers->len; i++)
                server_set_single(g_ptr_array_index(client->servers, i), single);
}

static void client_add(Client *client, const Account *account)
{
        Server *server;
        guint index;

        if (client_find_index(client, account->ssid, &index))
                return;
        server = server_new(&client->context, account, false);
        g_ptr_array_insert(client->servers, (int) index, server);
        client_count_servers(client);
        if (client->ops->on_server_added)
                client->ops->on_server_added(server, client->user);
        server_sms_open(server);
        server_start(server);
}

static void client_remove(Client *client, uint16_t ssid)
{
        Server *server;
        guint index;

        if (!client_find_index(client, ssid, &index))
                return;
        server = g_ptr_array_steal_index(client->servers, index);
        g_ptr_array_add(client->leaving, server);
        client_count_servers(client);
        if (client->ops->on_server_removed)
                client->ops->on_server_removed(ssid, client->user);
        server_deregister(server, NULL, NULL);
        timer_arm_in(client->work, 0);
}

static void client_on_account(AccountEvent event, const Account *account, void *user)
{
        Client *client = user;
        Server *server = client_find(client, account->ssid);

        if (!client->started)
                return;
        switch (event) {
        case ACCOUNT_ADDED:
                client_add(client, account);
                return;
        case ACCOUNT_CHANGED:
                if (server)
                        server_on_account_changed(server, account);
                return;
        case ACCOUNT_REMOVED:
                client_remove(client, account->ssid);
                return;
        }
}

static void client_on_key(uint16_t ssid, KeySlot slot, void *user)
{
        Client *client = user;
        Server *server = client_find(client, ssid);

        if (server && client->started)
                server_on_key_changed(server, slot);
}

static bool node_exists(Path path, void *user)
{
        Client *client = user;
        Object *object = tree_find(client->context.tree, path.id[0]);

        return object && object_has(object, path) == 0;
}

static void client_on_change(Path path, ChangeKind kind, Origin origin, void *user)
{
        Client *client = user;

        for (guint i = 0; i < client->servers->len; i++) {
                Server *server = g_ptr_array_index(client->servers, i);

                /* A node that is gone takes what was attached to it along. */
                attributes_prune(server->requester.attributes, path, node_exists, client);
                if (kind == CHANGE_INSTANCES || path.level == PATH_ROOT)
                        server_trigger(server, false, false);
        }
}

/* ---- The client ---- */

static void abandon_servers(const GPtrArray *servers, bool all)
{
        for (guint i = 0; i < servers->len; i++) {
                Server *server = g_ptr_array_index(servers, i);

                if (server->state == SERVER_DEREGISTERING && (all || server_is_silent(server))) {
                        log_warning(server->name, "deregister: no answer");
                        server_abandon(server);
                }
        }
}

static void client_on_stop_timer(void *user)
{
        Client *client = user;

        timer_arm_in(client->stop_timer, STOP_WAIT);
        abandon_servers(client->servers, client->stop_late);
        abandon_servers(client->leaving, client->stop_late);
        client->stop_late = true;
        client_check_stopped(client);
}

/* RFC 7959, 2.2 */
static uint8_t sms_szx(uint16_t block_size)
{
        uint8_t szx = 0;

        while (szx < 6 && (16u << (szx + 1)) <= block_size)
                szx++;
        return szx;
}

Client *client_new(const ClientConfig *config, const ClientParts *parts, const ClientOps *ops,
                   void *user)
{
        Client *client = g_new0(Client, 1);
        ServerContext *context = &client->context;

        *context = (ServerContext){
                .clock = parts->clock,
                .tree = parts->tree,
                .changes = parts->changes,
                .keystore = parts->keystore,
                .vault = parts->vault,
                .loader = parts->loader,
                .links = parts->links ? *parts->links : link_factory_udp(),
                .endpoint = g_strdup(config->endpoint),
                .own_number = g_strdup(config->own_number),
                .sms_wait = (config->sms_timeout ? config->sms_timeout : SMS_TIMEOUT) *
                            (gint64) G_USEC_PER_SEC,
                .sms_szx = sms_szx(config->sms_block_size ? config->sms_block_size : SMS_BLOCK),
                .sms_segments = config->sms_max_segments ? config->sms_max_segments : SMS_SEGMENTS,
                .sms_reports = config->sms_reports,
                .local_port = config->local_port,
                .handshake_initial_ms = config->handshake_initial_ms,
                .handshake_limit_ms = config->handshake_limit_ms,
                .coap = endpoint_config_default(),
                .max_observations = config->max_observations,
                .on_changed = client_on_server_changed,
                .on_triggered = client_on_triggered,
                .user = client,
        };
        g_strlcpy(context->version, config->version, sizeof(context->version));
        context->coap.ack_timeout_ms = config->ack_timeout_ms;
        context->coap.max_body = config->max_body;
        client->accounts = parts->accounts;
        client->ops = ops;
        client->user = user;
        client->deregister_on_stop = config->deregister_on_stop;
        client->servers = g_ptr_array_new_with_free_func((GDestroyNotify) server_free);
        client->leaving = g_ptr_array_new_with_free_func((GDestroyNotify) server_free);
        client->work = timer_new(parts->clock, client_on_work, client);
        client->stop_timer = timer_new(parts->clock, client_on_stop_timer, client);
        client->listener = changes_listen(parts->changes, client_on_change, client);
        accounts_set_listener(parts->accounts, client_on_account, client);
        keystore_set_listener(parts->keystore, client_on_key, client);
        return client;
}

void client_free(Client *client)
{
        if (!client)
                return;
        accounts_set_listener(client->accounts, NULL, NULL);
        keystore_set_listener(client->context.keystore, NULL, NULL);
        changes_unlisten(client->context.changes, client->listener);
        g_ptr_array_unref(client->servers);
        g_ptr_array_unref(client->leaving);
        timer_free(client->work);
        timer_free(client->stop_timer);
        g_free(client->context.endpoint);
        g_free(client->context.own_number);
        g_free(client);
}

void client_start(Client *client)
{
        client->started = true;
        for (const Account *account = accounts_next(client->accounts, 0); account;
             account = accounts_next(client->accounts, account->ssid))
                client_add(client, account);
}

/* Registration and session stay as they are, for the next start. A server knows a session by
 * address and port (RFC 6347, 4.1): one from another port would not be answered, its ticket is. */
static void save_session(Server *server)
{
        bool same_port = server->context->local_port != 0;
        int r;

        if (!server->transport)
                return;
        r = same_port ? channel_save(transport_channel(server->transport)) : -EOPNOTSUPP;
        if (r < 0 && r != -EOPNOTSUPP)
                log_warning(server->name, "session not saved: %s", g_strerror(-r));
        server_disconnect(server, false);
}

void client_stop(Client *client, void (*done)(void *user), void *user)
{
        client->started = false;
        client->stopped = done;
        client->stopped_user = user;
        for (guint i = 0; i < client->servers->len; i++) {
                Server *server = g_ptr_array_index(client->servers, i);

                if (client->deregister_on_stop) {
                        server_deregister(server, NULL, NULL);
                        continue;
                }
                save_session(server);
                server->restart = false;
                server_abandon(server);
        }
        timer_arm_in(client->stop_timer, STOP_WAIT);
        timer_arm_in(client->work, 0);
}

void client_network_changed(Client *client)
{
        for (guint i = 0; i < client->servers->len; i++)
                server_on_network_changed(g_ptr_array_index(client->servers, i));
}

void client_set_bearer(Client *client, Bearer *bearer)
{
        client->context.bearer = bearer;
        for (guint i = 0; i < client->servers->len; i++)
                server_on_bearer_changed(g_ptr_array_index(client->servers, i));
        for (guint i = 0; !bearer && i < client->leaving->len; i++)
                server_on_bearer_changed(g_ptr_array_index(client->leaving, i));
}

void client_modem_changed(Client *client)
{
        for (guint i = 0; i < client->servers->len; i++)
                server_on_modem_changed(g_ptr_array_index(client->servers, i));
}

int client_hook_update(uint16_t ssid, void *user)
{
        Server *server = client_find(user, ssid);

        if (!server)
                return -ENOENT;
        server_trigger(server, true, false);
        return 0;
}

Server *client_find(const Client *client, uint16_t ssid)
{
        guint index;

        return client_find_index(client, ssid, &index) ? g_ptr_array_index(client->servers, index)
                                                       : NULL;
}

Server *client_next(const Client *client, uint16_t after)
{
        guint index;

        if (client_find_index(client, after, &index))
                index++;
        return index < client->servers->len ? g_ptr_array_index(client->servers, index) : NULL;
}

const char *client_endpoint(const Client *client)
{
        return client->context.endpoint;
}
