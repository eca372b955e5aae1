/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Short messages of a server: a second way to us, or the only one. It has no handshake and no
 * address of ours, so it is there as long as the account and the bearer are, whatever the state.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "lwm2m/server-impl.h"
#include "lwm2m/status.h"
#include "sms/peer.h"

/* How long a message may be under way, which is what we let it (TP-VP). */
#define VALIDITY 3600
/* RFC 7252, 4.8.2, with nothing repeated: there and back, and some for the server. */
#define EXCHANGE_LIFETIME_MS ((2 * VALIDITY + 60) * 1000)
#define NON_LIFETIME_MS ((VALIDITY + 60) * 1000)
/* One that overtakes another makes it an old one, which is not taken any more (TS 102 225, 5.1.4).
 */
#define NSTART 1
/* TS 31.115, 4.2: the element of a response packet. */
#define RESPONSE_PACKET 0x71

static bool wants_sms(const Server *server)
{
        return server->account.sms_mode != SMS_MODE_NONE;
}

/* /0/x/9, else what the URI says. */
static const char *server_number(const Server *server)
{
        if (server->account.sms_number[0] != '\0')
                return server->account.sms_number;
        return server->uri.number;
}

/* Without security everything but a trigger could be anybody's. */
static bool is_open(const Server *server)
{
        return server->account.sms_mode == SMS_MODE_NOSEC;
}

const char *server_own_number(const Server *server)
{
        const ServerContext *context = server->context;
        const char *number = context->own_number;

        if (!wants_sms(server) || !context->bearer ||
            server_sms_hearing(server) == SMS_HEARS_NOTHING)
                return NULL;
        if (!number)
                number = bearer_status(context->bearer)->own_number;
        if (number && *number == '+')
                number++;
        return number && *number ? number : NULL;
}

/* ---- What comes ---- */

static void sms_on_request(CoapIncoming *incoming, const CoapMessage *request, void *user)
{
        server_on_sms_request(user, incoming, request);
}

static void sms_on_notification(const CoapToken *token, int result, void *user)
{
        Server *server = user;

        reporter_on_result(server->over_sms ? server->reporter : server->sms.reporter, token,
                           result);
        if (server_is_refused(result)) /* nor are the next ones taken */
                server_set_state(server, server->state);
}

static void sms_on_incoming_gone(CoapIncoming *incoming, void *user)
{
        pending_on_incoming_gone(incoming);
}

/* ---- The session ---- */

static void sms_on_ready(void *user)
{
        Server *server = user;

        if (server->state == SERVER_CONNECTING && server->transport == server->sms.transport)
                server_send_register(server);
        else
                server_sms_settle(server);
}

static void complain(Server *server, int error, const char *text)
{
        log_error(server->name, "%s", text);
        server_note_error(server, error, text);
}

/* The registration went this way, or was to. Where it did so for want of UDP, that is tried. */
static void lose_registration(Server *server, int error, const char *text)
{
        switch (server->state) {
        case SERVER_IDLE:
        case SERVER_FAILED:
                complain(server, error, text);
                return;
        case SERVER_DEREGISTERING:
                complain(server, error, text);
                waiters_finish(server->waiters, WAITER_DEREGISTER, error);
                server_abandon(server);
                return;
        case SERVER_RESOLVING:
        case SERVER_CONNECTING:
        case SERVER_REGISTERING:
        case SERVER_REGISTERED:
        case SERVER_UPDATING:
        case SERVER_WAITING:
                if (server->sms_only) {
                        server_give_up(server, error, "%s", text);
                        return;
                }
                complain(server, error, text);
                server_lose_way(server, clock_now(server->context->clock));
                return;
        }
}

/* Its key or its counter is used up: only a person can do something. */
static void sms_on_closed(void *user)
{
        Server *server = user;
        Channel *channel = transport_channel(server->sms.transport);
        int error = channel_error(channel) < 0 ? channel_error(channel) : -ECONNABORTED;
        g_autofree char *text = g_strdup_printf("sms: %s", channel_error_text(channel));

        if (server->over_sms)
                lose_registration(server, error, text);
        else
                complain(server, error, text);
        server_sms_close(server);
}

static const TransportOps sms_ops = {
        .on_ready = sms_on_ready,
        .on_closed = sms_on_closed,
        .on_request = sms_on_request,
        .on_notification = sms_on_notification,
        .on_incoming_gone = sms_on_incoming_gone,
};

static int send_as(Link *link, uint8_t information_id, const void *data, size_t len)
{
        if (information_id != RESPONSE_PACKET)
                return -EOPNOTSUPP;
        return peer_send_response(link, data, len);
}

static const LwmSecurityPlugin *find_plugin(const Server *server)
{
        const LoadedPlugin *loaded = loader_find(server->context->loader, LWM_SECURITY_BEARER_SMS,
                                                 server->account.sms_mode);

        return loaded ? loaded->plugin : NULL;
}

/* What is missing, for a person; NULL where nothing is. Which keys are needed the plugin says. */
static const char *what_is_missing(const Server *server, int *ret_error)
{
        *ret_error = -EINVAL;
        if (!server_number(server))
                return "the server's telephone number is not known";
        if (server->sms_only && (!wants_sms(server) || is_open(server)))
                return "a registration by SMS needs an SMS security mode";
        *ret_error = -ENOTSUP;
        return find_plugin(server) ? NULL
                                   : "there is no security plugin for this SMS security mode";
}

static int make_link(Server *server, const LwmSecurityPlugin *plugin, Link **ret)
{
        PeerConfig config = peer_config_default(server_number(server));

        config.kind = plugin->sms.information_id != 0 ? PACKET_COMMAND : PACKET_PLAIN;
        config.pid = plugin->sms.protocol_id;
        config.dcs = plugin->sms.data_coding;
        config.strict = server->account.sms_strict;
        config.validity = VALIDITY;
        config.report = server->context->sms_reports;
        config.max_segments = server->context->sms_segments;
        return peer_link_new(server->context->bearer, &config, ret);
}

/* What the operator has found to get through, else what the plugin wants under its options. */
static void set_coding(const Server *server, Link *link)
{
        LwmSecuritySms sms = channel_status(transport_channel(server->sms.transport))->sms;
        uint16_t coding = server->account.sms_coding;

        if (coding != 0)
                peer_set_coding(link, (uint8_t) (coding >> 8), (uint8_t) (coding & 0xFF));
        else
                peer_set_coding(link, sms.protocol_id, sms.data_coding);
}

static int make_transport(Server *server, const LwmSecurityPlugin *plugin, Link *link)
{
        const ServerContext *context = server->context;
        const char *options = server->account.sms_options;
        const ChannelConfig config = {
                .plugin = plugin,
                .bearer = LWM_SECURITY_BEARER_SMS,
                .mode = server->account.sms_mode,
                .account = server->account.ssid,
                .keystore = context->keystore,
                .vault = context->vault,
                .name = server->name,
                .options = *options ? options : NULL,
                .send_as = send_as,
                .judge = server_sms_judge,
                .judge_user = server,
        };
        EndpointConfig coap = context->coap;
        int r;

        coap.reliable = false;
        coap.ack_timeout_ms = (uint32_t) (context->sms_wait / 1000);
        coap.exchange_lifetime_ms = EXCHANGE_LIFETIME_MS;
        coap.non_lifetime_ms = NON_LIFETIME_MS;
        coap.nstart = NSTART;
        coap.block_szx = context->sms_szx;
        r = transport_new(context->clock, link, &config, &coap, &sms_ops, server,
                          &server->sms.transport);
        if (r < 0)
                return r;
        set_coding(server, link);
        return transport_start(server->sms.transport);
}

static int open_transport(Server *server)
{
        const LwmSecurityPlugin *plugin = find_plugin(server);
        Link *link;
        int r;

        r = make_link(server, plugin, &link);
        if (r < 0)
                return r;
        return make_transport(server, plugin, link);
}

/* It is told again; that the server is there is asked over the other way. */
static void sms_on_unanswered(void *user)
{
        const Server *server = user;

        log_info(server->name, "notification by SMS not acknowledged");
}

static Reporter *make_reporter(Server *server)
{
        const ServerContext *context = server->context;
        const ReporterParts parts = {
                .clock = context->clock,
                .changes = context->changes,
                .requester = &server->requester,
                .name = server->name,
                .limit = context->max_observations,
        };

        return reporter_new(&parts, sms_on_unanswered, server);
}

static bool has_keys(const Server *server)
{
        const Keystore *keystore = server->context->keystore;
        uint16_t ssid = server->account.ssid;

        return keystore_serial(keystore, ssid, KEY_SLOT_SMS_KEY) != 0 &&
               keystore_public(keystore, ssid, KEY_SLOT_SMS_PARAMETERS);
}

/* Why it is refused is in the plugin's own words, which are logged; this is what is seen later. */
static void sms_on_refused(Server *server, int error)
{
        if (has_keys(server)) {
                server->sms.refused = error;
                server->sms.refusal = "sms: the security plugin refuses what it was given";
        } else {
                server->sms.refused = -ENOKEY;
                server->sms.refusal = "sms: the key or its parameters are missing";
        }
        if (!server->sms_only)
                log_info(server->name, "%s", server->sms.refusal);
        server_note_error(server, server->sms.refused, server->sms.refusal);
        server_sms_close(server);
}

void server_sms_open(Server *server)
{
        const char *missing;
        int r;

        if (!server->context->bearer || !wants_sms(server) || server->sms.refused < 0)
                return;
        missing = what_is_missing(server, &r);
        if (missing) {
                log_info(server->name, "no short messages: %s", missing);
                return;
        }
        r = server->sms.transport ? 0 : open_transport(server);
        if (r < 0) {
                sms_on_refused(server, r);
                return;
        }
        if (!server->sms_only && !server->sms.reporter)
                server->sms.reporter = make_reporter(server);
        server_sms_settle(server);
}

void server_sms_close(Server *server)
{
        timer_disarm(server->sms.delay);
        if (!server->sms.transport)
                return;
        if (server->transport == server->sms.transport)
                server_disconnect(server, false);
        if (server->sms.reporter)
                reporter_on_disconnected(server->sms.reporter);
        server_add_totals(&server->totals, server->sms.transport);
        tally_add(&server->sms.tally, transport_channel(server->sms.transport));
        transport_retire(server->sms.transport, false);
        g_ptr_array_add(server->retired, g_steal_pointer(&server->sms.transport));
        timer_arm_in(server->reaper, 0);
}

void server_sms_settle(Server *server)
{
        bool serves = server->state == SERVER_REGISTERED || server->state == SERVER_UPDATING;
        bool silent = server_sms_hearing(server) != SMS_HEARS_ALL;

        if (!server->sms.transport)
                return;
        transport_set_mute(server->sms.transport, silent);
        if (server->sms.reporter)
                reporter_set_endpoint(server->sms.reporter,
                                      serves && !silent && !server->over_sms &&
                                                      server_sms_ready(server)
                                              ? transport_endpoint(server->sms.transport)
                                              : NULL);
}

/* ---- The registration by SMS ---- */

void server_sms_connect(Server *server)
{
        const char *missing;
        int r;

        if (!server->context->bearer) { /* not yet; its coming is told */
                server_wait_until(server, CLOCK_NEVER);
                server->waits_for_network = true;
                return;
        }
        missing = what_is_missing(server, &r);
        if (missing) {
                server_give_up(server, r, "sms: %s", missing);
                return;
        }
        server_set_state(server, SERVER_RESOLVING);
        if (!server_sms_ready(server)) {
                r = server_sms_at(server) == CLOCK_NEVER ? -ENETDOWN : -EDQUOT;
                server_fail(server, r, 0, "sms: %s",
                            r == -EDQUOT ? status_to_text(r) : "no modem that is ready");
                return;
        }
        server_sms_open(server);
        r = server->sms.refused;
        server->sms.refused = 0; /* the next attempt asks the plugin again */
        if (r < 0) {
                server_give_up(server, r, "%s", server->sms.refusal);
                return;
        }
        snprintf(server->plugin, sizeof(server->plugin), "%s %s", find_plugin(server)->name,
                 find_plugin(server)->version);
        server->transport = server->sms.transport;
        server->look_at = CLOCK_NEVER;
        server_set_state(server, SERVER_CONNECTING);
        if (channel_max_message(transport_channel(server->transport)) > 0)
                server_send_register(server);
}
