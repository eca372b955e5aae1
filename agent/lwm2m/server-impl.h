/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One server from inside, for the files that make up its state machine. Everybody else:
 * lwm2m/server.h. */

#include "base/clock.h"
#include "base/rate-limit.h"
#include "coap/endpoint.h"
#include "link/resolve.h"
#include "lwm2m/link-factory.h"
#include "lwm2m/notify.h"
#include "lwm2m/operation.h"
#include "lwm2m/registration.h"
#include "lwm2m/requester.h"
#include "lwm2m/retry.h"
#include "lwm2m/server-state.h"
#include "lwm2m/server-uri.h"
#include "lwm2m/transport.h"
#include "lwm2m/trigger.h"
#include "lwm2m/waiters.h"
#include "objects/accounts.h"
#include "security/loader.h"
#include "security/tally.h"
#include "sms/bearer.h"

/* Triggers of an Update within this time become one. */
#define SERVER_COALESCE G_USEC_PER_SEC
/* MAX_TRANSMIT_WAIT (RFC 7252, 4.8.2): so long before it expires a registration is refreshed. */
#define SERVER_REFRESH_BEFORE 93
/* MAX_TRANSMIT_SPAN (RFC 7252, 4.8.2): so long a De-register is waited for. */
#define SERVER_DEREGISTER_WAIT (45 * (gint64) G_USEC_PER_SEC)
/* … and this one for the answer to a Register that is to be undone. */
#define SERVER_LEAVE_WAIT (5 * (gint64) G_USEC_PER_SEC)
/* A trigger without security has its effect after a time of this range, and is the only one in this
 * interval. */
#define SERVER_TRIGGER_DELAY_MIN (1 * (gint64) G_USEC_PER_SEC)
#define SERVER_TRIGGER_DELAY_MAX (20 * (gint64) G_USEC_PER_SEC)
#define SERVER_TRIGGER_INTERVAL (60 * (gint64) G_USEC_PER_SEC)
/* Registered by SMS for want of UDP, a network that changes is tried no more often than this. */
#define SERVER_UDP_INTERVAL (600 * (gint64) G_USEC_PER_SEC)
/* Over SMS: what is added to the wait for an answer, in seconds. */
#define SERVER_SMS_REFRESH_MARGIN 60

/* What one server is told unasked and has not answered; those whose values an object still owes are
 * among them, also when nobody waits for them any more. Above: -EBUSY. */
#define SERVER_MAX_SENDS 16

typedef struct Sends Sends;

/* What the servers of one client share. */
typedef struct ServerContext {
        Clock *clock;
        Tree *tree;
        Changes *changes;
        Keystore *keystore;
        Vault *vault;
        Loader *loader;
        LinkFactory links;
        Bearer *bearer;   /* of short messages, NULL while there is none */
        char *own_number; /* our MSISDN; NULL: the modem is asked */
        gint64 sms_wait;  /* for an answer by SMS, microseconds */
        uint8_t sms_szx;
        unsigned sms_segments;
        bool sms_reports; /* the network is asked for them */
        char *endpoint;
        char version[4];
        uint16_t local_port;
        uint32_t handshake_initial_ms, handshake_limit_ms;
        EndpointConfig coap;
        uint32_t max_observations;

        /* State, error, times or registration changed. May come many times; must not call back. */
        void (*on_changed)(Server *server, void *user);
        void (*on_triggered)(Server *server, Trigger trigger, void *user);
        void *user;
} ServerContext;

typedef struct ServerTotals {
        uint64_t datagrams_in, datagrams_out, octets_in, octets_out, dropped;
        uint64_t retransmissions, duplicates, timeouts;
        uint64_t handshakes, handshakes_failed;
        uint64_t requests_in, requests_out, registrations, updates, sends;
} ServerTotals;

struct Server {
        const ServerContext *context;
        Account account; /* a copy: what it was when we were last told */
        char name[16];   /* "server 101" */
        ServerUri uri;   /* host NULL: not valid */
        ServerState state;
        gint64 since; /* of the state */
        Timer *timer; /* what the state waits for; armed by server_set_state() */

        /* The way there */
        Resolver *resolver;
        unsigned addresses_failed;      /* in this attempt */
        struct sockaddr_storage source; /* ours, when the transport was made */
        Transport *transport;           /* over SMS: sms.transport, borrowed */
        char plugin[128];               /* "psk 1.0 (Mbed TLS 2.28.3)" */
        GPtrArray *retired;             /* of Transport: to be freed outside their callbacks */
        Timer *reaper;                  /* frees them */
        CoapExchange *exchange;
        Account *wanted; /* what the account is to become, NULL: it is as it should be */
        Timer *change;   /* … when what changed it has been answered */
        gint64 lost_at;  /* the last session that ended of itself, 0: none */
        gint64 exchange_at;
        gint64 look_at;   /* what the network says of this address: CLOCK_NEVER, not asked */
        bool old_session; /* restored, or has carried a registration: it may be dead at the server's
                             end without our knowing */

        /* Short messages, besides or instead */
        bool sms_only; /* they carry the registration too */
        bool over_sms; /* … or do so at present: UDP found no way */
        bool probing;  /* UDP is tried, and the registration by SMS kept until it answers */
        gint64 fell_back_at;
        gint64 udp_at; /* then: when UDP is tried again, CLOCK_NEVER: with the next refresh */
        struct {
                Transport *transport; /* NULL: not heard */
                Reporter *reporter;   /* what is observed by SMS alone; NULL unless it was */
                RateLimit triggers;   /* of messages that anybody can send */
                Timer *delay;         /* until such a trigger has its effect */
                Trigger trigger;      /* which one waits for that */
                uint64_t ignored;     /* requests that were none for us */
                Timer *opening;       /* keys have changed, and more may come */
                int refused; /* by the plugin, which need not be asked again; 0: it was not */
                const char *refusal; /* why */
                Tally tally;         /* what the plugin counts, but for the transport above */
        } sms;

        /* The registration */
        Registration registration;
        gint64 registered_at, refreshed_at;
        bool unsure;          /* whether the server still knows us, or is there, is being asked */
        bool version_refused; /* the highest version, in this run: 1.0 is offered */
        bool restart;         /* once deregistered: the account points elsewhere */

        /* An Update to be sent */
        gint64 trigger_at; /* CLOCK_NEVER: none */
        gint64 not_before; /* the server is busy until then (5.03) */
        bool asked;        /* even if nothing differs */
        bool asked_objects;
        bool register_asked; /* a Register instead */

        /* The next attempt */
        Retry retry;
        gint64 attempt_at;
        bool waits_for_network;
        ServerError last_error;
        Waiters *waiters;

        bool dirty;        /* the client is to tell of it */
        uint64_t received; /* messages of the server when the De-register was sent */

        /* Its requests */
        Requester requester;
        Reporter *reporter;
        Pendings *pendings;
        Sends *sends;        /* what it is told unasked */
        ServerTotals totals; /* of transports that are gone, and what is counted here */
        Tally tally;         /* the same of the plugin over IP */
};

Server *server_new(const ServerContext *context, const Account *account, bool single);
void server_free(Server *server);

/* ---- server-machine.c: states ---- */

/* The only writer of the state. Arms the timer; the same state again arms it anew. */
void server_set_state(Server *server, ServerState state);

/* Tries at `at`, from any state but deregistering. */
void server_wait_until(Server *server, gint64 at);

/* The attempt failed: notes it, tells who waits, and waits or gives up. `minimum`: wait at least so
 * long (microseconds). */
void server_fail(Server *server, int error, gint64 minimum, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* As server_fail(), but no later attempt would end differently: a person must act. */
void server_give_up(Server *server, int error, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Notes an error without any further effect. */
void server_note_error(Server *server, int error, const char *text);

/* An Update is wanted within SERVER_COALESCE. Nothing where there is no registration. */
void server_trigger(Server *server, bool asked, bool objects);

/* The registration is over, and with it what the server observed. */
void server_forget_registration(Server *server);

/* A first attempt, now. Nothing where it is registered or on the way there. */
void server_start(Server *server);

/* Ends everything at once, without a word to the server. */
void server_abandon(Server *server);

/* ---- server-connect.c: resolving, the session ---- */

/* RESOLVING or CONNECTING: begins. */
void server_connect(Server *server);

/* The same attempt with the next address. False: there is none left. */
bool server_try_next_address(Server *server);

/* Still on the way to an address, and it is time to ask what the network says of it. A hint that
 * nobody is there, which anybody could forge, sends us on to another address, and only there. */
void server_look_elsewhere(Server *server);

/* Without effect on the state. */
void server_disconnect(Server *server, bool goodbye);

/* Adds what a transport has counted. */
void server_add_totals(ServerTotals *totals, const Transport *transport);

/* ---- server-requests.c: the server's requests ---- */

/* Serves it where there is a registration, else asks the server to come back. */
void server_serve(Server *server, Reporter *reporter, CoapIncoming *incoming,
                  const CoapMessage *request);

/* What comes from it by SMS is heard. */
typedef enum SmsHearing {
        SMS_HEARS_NOTHING,
        SMS_HEARS_TRIGGERS, /* and answers none of them */
        SMS_HEARS_ALL,
} SmsHearing;

SmsHearing server_sms_hearing(const Server *server);

/* Serves it as far as it is heard, else drops it without a word. */
void server_on_sms_request(Server *server, CoapIncoming *incoming, const CoapMessage *request);

/* ---- server-sms.c: short messages ---- */

/* Listens to what the account says, where that can be done. What the plugin has refused is not
 * given to it again before something changes: sms.refused. */
void server_sms_open(Server *server);

/* An account that is registered over SMS loses its way: server_lose_way() is the caller's, before.
 */
void server_sms_close(Server *server);

/* CONNECTING without a handshake: begins. */
void server_sms_connect(Server *server);

/* The state has changed: who may be heard, and what is told by SMS. */
void server_sms_settle(Server *server);

/* Our number without '+' where the account is reached by SMS and it is known, else NULL. */
const char *server_own_number(const Server *server);

/* ---- server-retry.c: when it is tried again ---- */

/* Whether a message was not sent because there is no modem, or no budget, at present. */
bool server_is_refused(int error);

/* When a short message can be sent: in the past, when the budget has room, or CLOCK_NEVER, when the
 * modem is ready, which it tells. */
gint64 server_sms_at(const Server *server);

/* Whether that is now. */
bool server_sms_ready(const Server *server);

/* REGISTERED: when the next Update is due. */
gint64 server_update_at(const Server *server);

/* When the registration is refreshed, and when it would be over. */
gint64 server_refresh_at(const Server *server);
gint64 server_expires_at(const Server *server);

/* When a short message can be sent that cannot be now; where it can, or nobody knows,
 * CLOCK_NEVER. */
gint64 server_sms_resumes_at(const Server *server);

/* Whether an attempt that failed with `error` was one: without a network, a modem or a budget it is
 * not counted. */
bool server_has_network(const Server *server, int error);

/* The wait after an attempt, counted or not: in microseconds, -1: none follows. */
gint64 server_next_attempt(Server *server, bool network);

/* UPDATING, and it failed with that: over SMS, and for want of a way only, so that the registration
 * is still good for a while. */
bool server_can_wait(const Server *server, int error);

/* Then: it is done when the modem and the budget allow. */
void server_wait_for_modem(Server *server, int error, const char *text);

/* UPDATING: what it was to say is said at `at`. */
void server_put_off(Server *server, int error, gint64 at, const char *text);

/* ---- server-fallback.c: a registration by SMS for want of UDP ---- */

/* Whether the account allows it. */
bool server_may_fall_back(const Server *server);

/* An attempt over UDP has failed with that. Where it may, it goes on by SMS and this returns true:
 * with the registration that is kept, or with a Register. */
bool server_fall_back(Server *server, int error, const char *text);

/* Whether that is so at present. */
bool server_stands_in(const Server *server);

/* The next attempt goes the way that the account prefers. */
void server_reset_way(Server *server);

/* The network has changed: UDP is tried again, now or when SERVER_UDP_INTERVAL has passed. */
void server_want_udp(Server *server);

/* An Update is due, or a `refresh`: where it is time to try UDP, this is done instead, and this
 * returns true. The registration by SMS goes on: no message is sent for the attempt. */
bool server_go_back(Server *server, bool refresh);

/* ---- server-judge.c: what can be the server's ---- */

/* ChannelConfig judge(), with the server as `judge_user`. */
int server_sms_judge(const void *data, size_t len, void *judge_user);

/* ---- server-trigger.c: an Update or a bootstrap is asked for ---- */

/* A request that is not answered, whatever it is. Without security what it asks for is done later.
 */
void server_on_trigger(Server *server, const CoapMessage *request);
void server_on_trigger_due(void *server);

/* A request that is served and answered as well; for what an answer cannot do. */
void server_on_answered_trigger(Server *server, const CoapMessage *request);

/* ---- server-send.c: what it is told unasked; server_send_values() begins it ---- */

Sends *sends_new(Server *server);

/* Tells who waits -ECANCELED. */
void sends_free(Sends *sends);

/* The session is gone: who waits will be told -ENOTCONN. And for a caller who goes away. */
void sends_abort(Sends *sends);
void sends_forget(Sends *sends, WaiterFunc done, void *user);

/* ---- server-answer.c: what the answer to a request of ours means ---- */

/* "server answered 4.03 Forbidden: unknown endpoint", or why there is no answer. The caller's. */
char *server_answer_text(const Server *server, int result, const CoapMessage *response);

/* A negative errno for an answer that is not the one that was asked for. */
int server_answer_error(int result, const CoapMessage *response);

/* ---- server-register.c: our requests ---- */

void server_send_register(Server *server);
void server_send_update(Server *server);
void server_send_deregister(Server *server);

/* While a Register is on its way: what it makes is undone as soon as its answer tells where it is.
 */
void server_leave(Server *server);

/* The Update failed: notes it and registers anew, over another session where this one may be dead.
 */
void server_repair(Server *server, int error, const char *text);

/* A server that was started anew has no session with us and cannot say so: where one from earlier
 * does not serve, another is made at once and registered over. That one is young, so it happens
 * once; false: this one is, or needs no handshake. */
bool server_renew_session(Server *server);

/* Whether there is no registration that an Update could go on with. */
bool server_must_register(const Server *server);

/* Whether nothing came from the server since the De-register was sent. */
bool server_is_silent(const Server *server);

/* REGISTERED, and the time has come: an Update, or nothing if nothing differs. */
void server_update_due(Server *server);

/* ---- server-events.c: what comes from outside ---- */

/* Takes over what the account says. Connects nothing anew. */
void server_set_account(Server *server, const Account *account);

/* Has its effect from a turn of the main loop of its own: what changed the account may be a request
 * of this server, which is to be answered the way it came. */
void server_on_account_changed(Server *server, const Account *account);
void server_on_change_due(void *server);

/* A second after the last key. */
void server_on_keys_settled(void *server);
void server_on_key_changed(Server *server, KeySlot slot);
void server_on_network_changed(Server *server);

/* The way is gone at once; what follows begins at `at`. */
void server_lose_way(Server *server, gint64 at);

/* The bearer came or went, or its modem did. */
void server_on_bearer_changed(Server *server);
void server_on_modem_changed(Server *server);
void server_set_single(Server *server, bool single);
