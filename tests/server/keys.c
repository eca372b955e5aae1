/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "keys.h"

struct Keys {
        GHashTable *table; /* GBytes → coap_bin_const_t, both owned */
};

static void key_free(gpointer data)
{
        coap_delete_bin_const(data);
}

Keys *keys_new(void)
{
        Keys *keys = g_new0(Keys, 1);

        keys->table = g_hash_table_new_full(g_bytes_hash, g_bytes_equal,
                                            (GDestroyNotify) g_bytes_unref, key_free);
        return keys;
}

void keys_free(Keys *keys)
{
        if (!keys)
                return;
        g_hash_table_unref(keys->table);
        g_free(keys);
}

int keys_add(Keys *keys, GBytes *identity, GBytes *key)
{
        size_t identity_len = 0, key_len = 0;
        const void *identity_data = g_bytes_get_data(identity, &identity_len);
        const void *key_data = g_bytes_get_data(key, &key_len);

        if (identity_len == 0 || memchr(identity_data, 0, identity_len))
                return -EINVAL;
        if (g_hash_table_size(keys->table) >= KEYS_MAX)
                return -E2BIG;

        g_hash_table_replace(keys->table, g_bytes_ref(identity),
                             coap_new_bin_const(key_data, key_len));
        return 0;
}

int keys_remove(Keys *keys, GBytes *identity)
{
        return g_hash_table_remove(keys->table, identity) ? 0 : -ENOENT;
}

/* RFC 4279, 2: libcoap answers an unknown identity with the alert unknown_psk_identity. */
static const coap_bin_const_t *keys_on_identity(coap_bin_const_t *identity, coap_session_t *coap,
                                                void *userdata)
{
        Keys *keys = userdata;
        g_autoptr(GBytes) wanted = g_bytes_new(identity->s, identity->length);

        return g_hash_table_lookup(keys->table, wanted);
}

int keys_attach(Keys *keys, coap_context_t *coap)
{
        coap_dtls_spsk_t setup = {
                .version = COAP_DTLS_SPSK_SETUP_VERSION,
                .validate_id_call_back = keys_on_identity,
                .id_call_back_arg = keys,
        };

        return coap_context_set_psk2(coap, &setup) ? 0 : -EIO;
}
