/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The keys that a file of servers.d/ names, into the key store. */

#include "security/keystore.h"
#include "security/loader.h"
#include "settings.h"

/* A plain value, all of it borrowed. */
typedef struct ProvisionKeys {
        const char *credentials; /* the directory, or NULL */
        Keystore *keystore;      /* NULL: keys are only judged */
        const Loader *loader;
} ProvisionKeys;

/* What is stored already stays; an SMS key is judged by the parameters of the same file. 0, or
 * negative where one of them was not taken, which is logged with file and line. Where keys are only
 * judged and there is no directory of credentials, those are passed over, which is logged too. */
int provision_keys_apply(const ProvisionKeys *keys, const ServerSettings *settings);
