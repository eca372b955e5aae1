/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A link made safe: one plugin session on one Link. Messages in, messages out. It runs the
 * session's deadline, keeps the plugin's rules (no re-entry, CONTEXT saved once) and gives the
 * plugin what it may call (host.c).
 *
 * After each call of the plugin its datagrams are sent at once. What goes up is told from the main
 * loop only, never from within channel_start(), _send(), _close() or _save(), in this order: ready,
 * messages, closed.
 */

#include "base/clock.h"
#include "link/link.h"
#include "security/channel-config.h"
#include "security/loader.h"

/* Datagrams and messages, each, queued by one plugin call; what is more is dropped and logged. */
#define CHANNEL_MAX_QUEUE 64

/* How often a second a plugin's deadline may come; more is put off and logged. */
#define CHANNEL_MAX_EXPIRE 32

typedef struct Channel Channel;

typedef struct ChannelOps {
        /* The session is ready: send works. */
        void (*on_ready)(void *user);

        /* `data` is valid during the call, also where it frees the channel. */
        void (*on_message)(const void *data, size_t len, void *user);

        /* The session is over: channel_error() says why, 0 where the peer closed it in good order.
         */
        void (*on_closed)(void *user);
} ChannelOps;

/* Takes over `link` (freed too on failure). -ENOKEY, -EKEYREJECTED, -ENOTSUP, … of the plugin's
 * create(). A saved CONTEXT, else a saved TICKET, is used where there is one. channel_free() is
 * allowed inside every callback. `ops` is a constant of the caller, `user` borrowed. */
int channel_new(Clock *clock, Link *link, const ChannelConfig *config, const ChannelOps *ops,
                void *user, Channel **ret);

/* Without goodbye. A session that is ready and can give a TICKET has given it to the vault when it
 * became ready. */
void channel_free(Channel *channel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Channel, channel_free)

/* Begins the handshake. Callbacks come from the main loop, never before it returns. -EALREADY; the
 * plugin's error, after which no callback comes and only channel_free() is left. */
int channel_start(Channel *channel);

/* -ENOTCONN before on_ready and after on_closed, -EMSGSIZE, the plugin's errors and those of
 * link_send(). 0 says that it was protected and that the link has taken it, which may lose it:
 * channel_link_error(). */
int channel_send(Channel *channel, const void *data, size_t len);

/* Says goodbye. No callback follows; only channel_free() is left. */
void channel_close(Channel *channel);

/* Puts the live session into the vault, where the plugin can, and freezes it: only channel_free()
 * is left, also where storing it failed. -EOPNOTSUPP and -ENOTCONN (not ready): nothing has
 * happened and it goes on. */
int channel_save(Channel *channel);

/* The longest message channel_send() takes now, 0 while it takes none. */
size_t channel_max_message(const Channel *channel);

/* The plugin's record: cipher suite, resumed, alerts, how its short messages look. Never NULL,
 * valid until the next call. */
const LwmSecurityStatus *channel_status(const Channel *channel);

/* Why it ended, for a person: "the server refused the handshake: unknown_psk_identity (alert 115)".
 * "" while it lives. */
const char *channel_error_text(const Channel *channel);
int channel_error(const Channel *channel);

/* What the network last said against the way to the peer (-ECONNREFUSED from an ICMP message,
 * -ENETUNREACH …), 0 since the last datagram that the plugin accepted. A hint: anybody can forge
 * it. */
int channel_link_error(const Channel *channel);

const LinkCounters *channel_link_counters(const Channel *channel);
const char *channel_describe(const Channel *channel);

/* What the plugin counts in this session, borrowed until the next call; *ret_len may be 0. */
const LwmSecurityCounter *channel_counters(const Channel *channel, size_t *ret_len);

/* Datagrams the plugin did not accept. */
uint64_t channel_rejected(const Channel *channel);
