/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a channel is made of. */

#include <stdbool.h>
#include <stdint.h>

#include "link/link.h"
#include "plugins/lwm2m-security.h"
#include "security/keystore.h"
#include "security/vault.h"

typedef struct ChannelConfig {
        const LwmSecurityPlugin *plugin;
        LwmSecurityBearer bearer;
        uint8_t mode;
        uint16_t account;        /* whose keys: the Short Server ID, 0 for the Bootstrap-Server */
        const char *server_name; /* for SNI and checks, or NULL */
        const char *peer; /* the server's URI, or NULL: a saved session is good for it alone */
        uint32_t initial_timeout_ms; /* first handshake retransmission (RFC 7925, 11: 9000) */
        uint32_t handshake_limit_ms; /* give up after this long */
        Keystore *keystore;          /* borrowed while the channel is made */
        Vault *vault;                /* borrowed, may be NULL: nothing is saved, no counters */
        const char *name;            /* for log lines, "server 101", copied */
        const char *options;         /* local policy in the plugin's own words, or NULL */

        /* Sends a datagram of the link under another information element (LwmSecurityHost
         * emit_wire_as()), errors as link_send(). NULL: the link knows no such thing. */
        int (*send_as)(Link *link, uint8_t information_id, const void *data, size_t len);

        /* Whether the peer sends such a message at all (LwmSecurityHost judge_message()): 0 or
         * -EBADMSG. Asked in the middle of a call: it changes nothing here. NULL: nobody can tell.
         * `judge_user` is borrowed as long as the channel. */
        int (*judge)(const void *data, size_t len, void *judge_user);
        void *judge_user;
} ChannelConfig;

/* NoSec is the one mode without keys; /0/x/2 and /0/x/6 give it the same number (Core, E.1). */
static inline bool channel_config_uses_keys(const ChannelConfig *config)
{
        return config->keystore && config->mode != 3;
}

/* Which of the account's keys protect this way to its server. */
static inline KeySlot channel_config_secret(const ChannelConfig *config)
{
        return config->bearer == LWM_SECURITY_BEARER_SMS ? KEY_SLOT_SMS_KEY : KEY_SLOT_PSK;
}

static inline KeySlot channel_config_identity(const ChannelConfig *config)
{
        return config->bearer == LWM_SECURITY_BEARER_SMS ? KEY_SLOT_SMS_PARAMETERS
                                                         : KEY_SLOT_PSK_IDENTITY;
}
