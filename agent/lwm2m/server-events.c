/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to a server from outside: its account, its keys, the network. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "link/address.h"
#include "lwm2m/server-impl.h"

/* Identity and key are set one after the other: one attempt for both. */
#define KEYS_SETTLE G_USEC_PER_SEC

void server_set_account(Server *server, const Account *account)
{
        server->account = *account;
        server_uri_clear(&server->uri);
        server_uri_parse(account->uri, &server->uri);
        /* Core 5.3.1.1: S without U, in 1.0's words and in 1.1's set of letters. */
        server->sms_only = server->uri.number || !account_has_udp(account);
        server->over_sms = server->sms_only || (server->over_sms && server_may_fall_back(server));
        if (!server_stands_in(server))
                server_reset_way(server);
        server->requester.ssid = account->ssid;
        server->requester.server_instance = account->server_instance;
        server->requester.defaults = (AttributeSet){
                .set = ATTRIBUTE_PMIN | (account->pmax > 0 ? ATTRIBUTE_PMAX : 0u),
                .pmin = account->pmin,
                .pmax = account->pmax,
        };
}

static bool points_elsewhere(const Account *before, const Account *after)
{
        return strcmp(before->uri, after->uri) != 0 || before->mode != after->mode;
}

static bool sms_changed(const Account *before, const Account *after)
{
        return before->sms_mode != after->sms_mode ||
               strcmp(before->sms_number, after->sms_number) != 0 ||
               strcmp(before->sms_options, after->sms_options) != 0 ||
               before->sms_coding != after->sms_coding || before->sms_strict != after->sms_strict;
}

void server_lose_way(Server *server, gint64 at)
{
        server_reset_way(server);
        server_disconnect(server, false);
        server_forget_registration(server);
        if (server->state == SERVER_DEREGISTERING) {
                waiters_finish(server->waiters, WAITER_DEREGISTER, -ECONNRESET);
                server_abandon(server);
        } else if (server->state != SERVER_IDLE) {
                server_wait_until(server, at);
        }
}

/* Another number, mode or key: what is heard from here on is another's. */
static void server_stop_sms(Server *server, gint64 at)
{
        if (server->over_sms)
                server_lose_way(server, at);
        server_sms_close(server);
        server->sms.refused = 0;
}

/* What was agreed with the earlier peer is void. */
static void server_on_moved(Server *server)
{
        if (server->context->vault)
                vault_forget(server->context->vault, server->account.ssid);
        g_clear_pointer(&server->resolver, resolver_free);
        attributes_forget(server->requester.attributes, path_root());
        server->version_refused = false;
        server->lost_at = 0;
        retry_reset(&server->retry);
        switch (server->state) {
        case SERVER_REGISTERED:
        case SERVER_UPDATING:
                server->restart = true;
                server_send_deregister(server);
                return;
        case SERVER_RESOLVING:
        case SERVER_CONNECTING:
        case SERVER_REGISTERING:
                server_disconnect(server, true);
                server_forget_registration(server);
                server_wait_until(server, clock_now(server->context->clock));
                return;
        case SERVER_WAITING:
        case SERVER_FAILED:
                server_forget_registration(server);
                server_start(server);
                return;
        case SERVER_DEREGISTERING:
        case SERVER_IDLE:
                return;
        }
}

static void server_take_account(Server *server, const Account *account)
{
        gint64 now = clock_now(server->context->clock);
        bool moved = points_elsewhere(&server->account, account);
        bool failed = server->state == SERVER_FAILED;
        bool over_sms = server->over_sms;

        if (sms_changed(&server->account, account))
                server_stop_sms(server, now);
        server_set_account(server, account);
        reporter_attributes_changed(server->reporter, path_root());
        if (server->sms.reporter)
                reporter_attributes_changed(server->sms.reporter, path_root());
        if (over_sms != server->over_sms) {
                server_lose_way(server, now);
                g_clear_pointer(&server->resolver, resolver_free);
        }
        server_sms_open(server);
        server_sms_settle(server);
        if (moved)
                server_on_moved(server);
        else if (failed)
                server_start(server);
        else
                server_trigger(server, false, false);
        server->context->on_changed(server, server->context->user);
}

void server_on_change_due(void *user)
{
        Server *server = user;
        g_autofree Account *account = g_steal_pointer(&server->wanted);

        server_take_account(server, account);
}

void server_on_account_changed(Server *server, const Account *account)
{
        g_free(server->wanted);
        server->wanted = g_memdup2(account, sizeof(*account));
        timer_arm_in(server->change, 0);
}

static void server_on_sms_key_changed(Server *server, gint64 at)
{
        server_stop_sms(server, at);
        if (server->over_sms)
                retry_reset(&server->retry);
        timer_arm(server->sms.opening, at);
}

void server_on_keys_settled(void *user)
{
        server_sms_open(user);
}

void server_on_key_changed(Server *server, KeySlot slot)
{
        gint64 soon = clock_now(server->context->clock) + KEYS_SETTLE;

        if (slot == KEY_SLOT_SMS_KEY || slot == KEY_SLOT_SMS_PARAMETERS) {
                server_on_sms_key_changed(server, soon);
                return;
        }
        if (server->sms_only)
                return;
        if (server_stands_in(server))
                server_lose_way(server, soon);
        if (server->context->vault)
                vault_forget(server->context->vault, server->account.ssid);
        switch (server->state) {
        case SERVER_WAITING:
        case SERVER_FAILED:
                retry_reset(&server->retry);
                server_wait_until(server, soon);
                return;
        case SERVER_CONNECTING: /* with the key that was */
                server_disconnect(server, true);
                server_wait_until(server, soon);
                return;
        case SERVER_IDLE:
        case SERVER_RESOLVING:
        case SERVER_REGISTERING:
        case SERVER_REGISTERED: /* the next handshake has it */
        case SERVER_UPDATING:
        case SERVER_DEREGISTERING:
                return;
        }
}

/* Whether what is sent now would come from another address than the session was made from. */
static bool source_changed(const Server *server)
{
        const LinkFactory *links = &server->context->links;
        const struct sockaddr *peer =
                server->resolver ? resolver_current(server->resolver, NULL) : NULL;
        struct sockaddr_storage source = {0};

        /* No way at all: what there is may still be good when there is one again. */
        if (!peer || links->source(peer, &source, links->user) < 0)
                return false;
        return !address_equal((const struct sockaddr *) &source,
                              (const struct sockaddr *) &server->source);
}

void server_on_network_changed(Server *server)
{
        gint64 now = clock_now(server->context->clock);

        if (server->sms_only)
                return;
        if (server_stands_in(server)) {
                server_want_udp(server);
                return;
        }
        switch (server->state) {
        case SERVER_WAITING:
                /* A server that refuses us is not asked more often because a cable was plugged in.
                 */
                if (server->waits_for_network)
                        server_wait_until(server, now);
                return;
        case SERVER_CONNECTING:
        case SERVER_REGISTERING:
        case SERVER_REGISTERED:
        case SERVER_UPDATING:
                if (!source_changed(server))
                        return;
                log_info(server->name, "our address has changed");
                waiters_finish(server->waiters, WAITER_UPDATE | WAITER_UPDATING, -ECONNRESET);
                server_disconnect(server, false);
                server_wait_until(server, now);
                return;
        case SERVER_IDLE:
        case SERVER_RESOLVING:
        case SERVER_DEREGISTERING:
        case SERVER_FAILED:
                return;
        }
}

void server_on_modem_changed(Server *server)
{
        bool by_sms = server->sms_only || server_may_fall_back(server);

        if (by_sms && server->state == SERVER_WAITING && server->waits_for_network &&
            server_sms_ready(server))
                server_wait_until(server, clock_now(server->context->clock));
        else
                server_set_state(server, server->state); /* what could not be sent can be */
        if (server_own_number(server))                   /* it may have become known */
                server_trigger(server, false, false);
}

void server_on_bearer_changed(Server *server)
{
        if (server->context->bearer) {
                server_sms_open(server);
                server_on_modem_changed(server);
                return;
        }
        if (server_stands_in(server) ||
            (server->transport && server->transport == server->sms.transport))
                server_lose_way(server, clock_now(server->context->clock));
        server_sms_close(server);
        server->sms.refused = 0;
        g_ptr_array_set_size(server->retired, 0);
}

void server_set_single(Server *server, bool single)
{
        server->requester.single = single;
}
