/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A plugin's session: made, or restored from the vault, and saved there. */

#include "security/channel-config.h"
#include "security/host.h"

/* What a session goes on from. */
typedef enum ResumeOrigin {
        RESUME_NOTHING,
        RESUME_TICKET,
        RESUME_CONTEXT,
} ResumeOrigin;

/* Where an account's sessions are kept, and which of them are good: those of this plugin, made with
 * the server and the keys that the account has now. */
typedef struct ResumePlace {
        Vault *vault; /* borrowed, or NULL */
        const LwmSecurityPlugin *plugin;
        uint16_t account;
        uint64_t stamp; /* of the keys and the server */
} ResumePlace;

ResumePlace resume_place(const ChannelConfig *config);

/*
 * From the vault's CONTEXT, else from its TICKET, else by create(), whose error is returned:
 * -ENOKEY, -EKEYREJECTED, -ENOTSUP … What cannot be restored is logged and gone without. End it
 * with config->plugin->destroy().
 */
int resume_open(const ChannelConfig *config, LwmSecurityLink *link, LwmSecuritySession **ret,
                ResumeOrigin *ret_origin);

/*
 * Puts it into the vault. After a CONTEXT, only destroy() is left, whatever is returned.
 * -EOPNOTSUPP: this plugin or this channel saves nothing of this kind, and nothing has happened;
 * -ENODATA: there is nothing to save; -EMSGSIZE above VAULT_MAX_SIZE; errno of the vault.
 */
int resume_save(const ResumePlace *place, LwmSecuritySession *session, LwmSecuritySave kind);
