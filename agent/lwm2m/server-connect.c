/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way to a server: its address, the security session, what comes over it. */
#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "base/random.h"
#include "lwm2m/server-impl.h"
#include "lwm2m/status.h"

/* A session that ends is followed by the next at once, but not more often than this. */
#define LOSS_INTERVAL (60 * (gint64) G_USEC_PER_SEC)
/* ACK_TIMEOUT times ACK_RANDOM_FACTOR (RFC 7252, 4.8): what is answered at all is mostly answered
 * by then, and the first repetition has been sent. */
#define LOOK_INTERVAL (3 * (gint64) G_USEC_PER_SEC)

/* ---- Before anything is sent ---- */

static bool check_keys(Server *server)
{
        uint16_t ssid = server->account.ssid;

        if (server->account.mode != SECURITY_MODE_PSK)
                return true;
        if (keystore_serial(server->context->keystore, ssid, KEY_SLOT_PSK) == 0) {
                server_give_up(server, -ENOKEY, "no key: lwm2mctl key-set %u psk", ssid);
                return false;
        }
        if (!keystore_public(server->context->keystore, ssid, KEY_SLOT_PSK_IDENTITY)) {
                server_give_up(server, -ENOKEY, "no identity: lwm2mctl key-set %u psk-identity",
                               ssid);
                return false;
        }
        return true;
}

static const LoadedPlugin *find_plugin(const Server *server)
{
        return loader_find(server->context->loader, LWM_SECURITY_BEARER_UDP, server->account.mode);
}

static bool check_account(Server *server)
{
        const char *mode = security_mode_to_string(server->account.mode);

        if (!server->uri.host) {
                server_give_up(server, -EINVAL, "not a server's URI: %s", server->account.uri);
                return false;
        }
        if (!find_plugin(server)) {
                server_give_up(server, -ENOTSUP, "no security plugin for mode %s: install %s.so",
                               mode, mode);
                return false;
        }
        return check_keys(server);
}

/* ---- Going away ---- */

void server_add_totals(ServerTotals *totals, const Transport *transport)
{
        const EndpointCounters *coap = endpoint_counters(transport_endpoint(transport));
        const LinkCounters *link = channel_link_counters(transport_channel(transport));

        totals->datagrams_in += link->datagrams_in;
        totals->datagrams_out += link->datagrams_out;
        totals->octets_in += link->octets_in;
        totals->octets_out += link->octets_out;
        totals->dropped +=
                link->dropped + channel_rejected(transport_channel(transport)) + coap->malformed;
        totals->retransmissions += coap->retransmissions;
        totals->duplicates += coap->duplicates;
        totals->timeouts += coap->timeouts;
}

/* Nobody is there to acknowledge them, and each would keep others waiting. */
static void forget_notifications(const Observation *observation, void *user)
{
        const Server *server = user;

        endpoint_forget_notifications(transport_endpoint(server->transport), &observation->token);
}

void server_disconnect(Server *server, bool goodbye)
{
        if (server->resolver)
                resolver_cancel(server->resolver);
        g_clear_pointer(&server->exchange, exchange_cancel);
        sends_abort(server->sends);
        if (!server->transport)
                return;
        reporter_on_disconnected(server->reporter);
        if (server->transport == server->sms.transport) { /* which goes on listening */
                reporter_foreach(server->reporter, forget_notifications, server);
                server->transport = NULL;
                return;
        }
        server_add_totals(&server->totals, server->transport);
        tally_add(&server->tally, transport_channel(server->transport));
        transport_retire(server->transport, goodbye);
        g_ptr_array_add(server->retired, g_steal_pointer(&server->transport));
        timer_arm_in(server->reaper, 0);
}

/* ---- What comes from the session ---- */

static void server_on_ready(void *user)
{
        Server *server = user;
        bool resumed = channel_status(transport_channel(server->transport))->resumed;

        switch (server->state) {
        case SERVER_CONNECTING:
                server->totals.handshakes++;
                /* A session of its own is a client of its own to the server; a resumed one goes on
                 * (LwM2M Transport, 6.4.1). */
                server->unsure = resumed && !server_must_register(server);
                if (server->unsure)
                        server_send_update(server);
                else
                        server_send_register(server);
                return;
        case SERVER_IDLE:
        case SERVER_RESOLVING:
        case SERVER_REGISTERING:
        case SERVER_REGISTERED:
        case SERVER_UPDATING:
        case SERVER_DEREGISTERING:
        case SERVER_WAITING:
        case SERVER_FAILED:
                return;
        }
}

/* Whether another address may do better. A server that refuses us does so everywhere. */
static bool is_of_the_way(int error)
{
        return error == -ETIMEDOUT || error == -ECONNREFUSED || error == -EHOSTUNREACH ||
               error == -ENETUNREACH || error == -EADDRNOTAVAIL;
}

/* What the kernel says of a key that is gone: no server is to blame. */
static bool is_of_the_key(int error)
{
        return error == -ENOKEY || error == -EKEYREVOKED || error == -EKEYEXPIRED ||
               error == -EKEYREJECTED;
}

/* With an alert a server is there and does not want us, whatever errno the plugin makes of it. */
static void server_on_handshake_failed(Server *server, int error, const char *text)
{
        bool refused = channel_status(transport_channel(server->transport))->alert_received >= 0;

        server->totals.handshakes_failed++;
        if (is_of_the_key(error))
                server_give_up(server, error, "handshake: %s", text);
        else if (refused)
                server_fail(server, -ECONNREFUSED, 0, "handshake: %s", text);
        else if (!is_of_the_way(error) || !server_try_next_address(server))
                server_fail(server, error, 0, "handshake: %s", text);
}

static void server_on_session_lost(Server *server, int error, const char *text)
{
        gint64 now = clock_now(server->context->clock);
        g_autofree char *what = g_strdup_printf("session ended: %s", text);

        if (server->lost_at > 0 && now - server->lost_at < LOSS_INTERVAL) {
                server_fail(server, error, 0, "%s", what);
                return;
        }
        server->lost_at = now;
        log_info(server->name, "%s", what);
        server_note_error(server, error, what);
        waiters_finish(server->waiters, WAITER_UPDATE | WAITER_UPDATING, error);
        server_disconnect(server, false);
        server_wait_until(server, now + random_between(G_USEC_PER_SEC, 3 * G_USEC_PER_SEC));
}

static void server_on_closed(void *user)
{
        Server *server = user;
        Channel *channel = transport_channel(server->transport);
        int closed = channel_error(channel);
        int error = closed < 0 ? closed : -ECONNABORTED;
        g_autofree char *text = g_strdup(*channel_error_text(channel) ? channel_error_text(channel)
                                                                      : "closed by the server");

        switch (server->state) {
        case SERVER_CONNECTING:
                server_on_handshake_failed(server, error, text);
                return;
        case SERVER_REGISTERING:
                if (!server_renew_session(server))
                        server_fail(server, error, 0, "register: session ended: %s", text);
                return;
        case SERVER_REGISTERED:
        case SERVER_UPDATING:
                server_on_session_lost(server, error, text);
                return;
        case SERVER_DEREGISTERING:
                waiters_finish(server->waiters, WAITER_DEREGISTER, closed);
                server_abandon(server);
                return;
        case SERVER_IDLE:
        case SERVER_RESOLVING:
        case SERVER_WAITING:
        case SERVER_FAILED:
                return;
        }
}

static void server_on_request(CoapIncoming *incoming, const CoapMessage *request, void *user)
{
        Server *server = user;

        server_serve(server, server->reporter, incoming, request);
}

static void server_on_notification(const CoapToken *token, int result, void *user)
{
        Server *server = user;

        reporter_on_result(server->reporter, token, result);
}

static void server_on_incoming_gone(CoapIncoming *incoming, void *user)
{
        pending_on_incoming_gone(incoming);
}

static const TransportOps transport_ops = {
        .on_ready = server_on_ready,
        .on_closed = server_on_closed,
        .on_request = server_on_request,
        .on_notification = server_on_notification,
        .on_incoming_gone = server_on_incoming_gone,
};

/* ---- Getting there ---- */

static int open_transport(Server *server, Link *link)
{
        const ServerContext *context = server->context;
        const LwmSecurityPlugin *plugin = find_plugin(server)->plugin;
        const ChannelConfig config = {
                .plugin = plugin,
                .bearer = LWM_SECURITY_BEARER_UDP,
                .mode = server->account.mode,
                .account = server->account.ssid,
                /* RFC 6066, 3: no literal addresses. */
                .server_name = g_hostname_is_ip_address(server->uri.host) ? NULL : server->uri.host,
                .initial_timeout_ms = context->handshake_initial_ms,
                .handshake_limit_ms = context->handshake_limit_ms,
                .keystore = context->keystore,
                .vault = context->vault,
                .peer = server->account.uri,
                .name = server->name,
        };
        int r;

        snprintf(server->plugin, sizeof(server->plugin), plugin->library ? "%s %s (%s)" : "%s %s",
                 plugin->name, plugin->version, plugin->library);
        r = transport_new(context->clock, link, &config, &context->coap, &transport_ops, server,
                          &server->transport);
        if (r < 0)
                return r;
        /* One that need not be made is one from before we were started. */
        server->old_session =
                channel_status(transport_channel(server->transport))->state == LWM_SECURITY_READY;
        log_debug(server->name, "to %s, %s", channel_describe(transport_channel(server->transport)),
                  server->plugin);
        return transport_start(server->transport);
}

/* The plugin makes no session of what it was given. */
static void server_on_session_refused(Server *server, int error)
{
        uint16_t ssid = server->account.ssid;

        if (is_of_the_key(error))
                server_give_up(server, error, "%s: %s: lwm2mctl key-set %u psk", server->plugin,
                               status_to_text(error), ssid);
        else if (error == -ENOTSUP)
                server_give_up(server, error, "%s: not supported", server->plugin);
        else
                server_fail(server, error, 0, "%s: %s", server->plugin, status_to_text(error));
}

static bool has_other_address(const Server *server)
{
        return server->addresses_failed + 1 < resolver_count(server->resolver);
}

static bool next_address(Server *server)
{
        if (!server->resolver || ++server->addresses_failed >= resolver_count(server->resolver))
                return false;
        resolver_rotate(server->resolver);
        return true;
}

/* With the current address, or the first after it to which there is a way. */
static void connect_address(Server *server)
{
        const LinkFactory *links = &server->context->links;
        Link *link = NULL;
        int r;

        do {
                socklen_t len = 0;
                const struct sockaddr *address = resolver_current(server->resolver, &len);

                server->source = (struct sockaddr_storage){0};
                links->source(address, &server->source, links->user);
                r = links->make(address, len, server->context->local_port, &link, links->user);
        } while (r < 0 && next_address(server));
        if (r < 0) {
                server_fail(server, r, 0, "connect to %s: %s", server->uri.host, status_to_text(r));
                return;
        }
        r = open_transport(server, link);
        if (r < 0) {
                server_on_session_refused(server, r);
                return;
        }
        server->look_at = has_other_address(server)
                                  ? clock_now(server->context->clock) + LOOK_INTERVAL
                                  : CLOCK_NEVER;
        server_set_state(server, SERVER_CONNECTING);
}

static void server_on_resolved(int r, void *user)
{
        Server *server = user;

        if (server->state != SERVER_RESOLVING)
                return;
        /* Where names are not to be had at present, the addresses known may still be right. */
        if (r < 0 && (r == -ENOENT || !resolver_current(server->resolver, NULL)))
                server_fail(server, r == -ETIMEDOUT ? r : -EHOSTUNREACH, 0, "resolve %s: %s",
                            server->uri.host,
                            r == -EAGAIN ? "the name server cannot be reached" : status_to_text(r));
        else
                connect_address(server);
}

void server_connect(Server *server)
{
        if (clock_now(server->context->clock) >= server_expires_at(server))
                server_forget_registration(server);
        if (server->over_sms) {
                server_sms_connect(server);
                return;
        }
        if (!check_account(server))
                return;
        server->addresses_failed = 0;
        if (!server->resolver)
                server->resolver =
                        resolver_new(server->context->clock, server->uri.host, server->uri.port,
                                     AF_UNSPEC, server_on_resolved, server);
        server_set_state(server, SERVER_RESOLVING);
        resolver_start(server->resolver);
}

bool server_try_next_address(Server *server)
{
        if (!next_address(server))
                return false;
        server_disconnect(server, true);
        server_set_state(server, SERVER_RESOLVING);
        connect_address(server);
        return true;
}

void server_look_elsewhere(Server *server)
{
        int hint = channel_link_error(transport_channel(server->transport));

        if (hint < 0 && server_try_next_address(server))
                return;
        server->look_at = clock_now(server->context->clock) + LOOK_INTERVAL;
        server_set_state(server, server->state);
}
