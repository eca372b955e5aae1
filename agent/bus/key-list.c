/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/key-list.h"

static char *fingerprint(const Keystore *keystore, uint16_t ssid, KeySlot slot)
{
        GBytes *content = keystore_public(keystore, ssid, slot);
        g_autofree char *digest = NULL;

        if (key_slot_is_secret(slot) || !content)
                return g_strdup("");
        digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, content);
        return g_strconcat("SHA256:", digest, NULL);
}

GVariant *key_list(const Keystore *keystore, uint16_t ssid)
{
        GVariantBuilder slots;

        g_variant_builder_init(&slots, G_VARIANT_TYPE("a(siuxs)"));
        for (KeySlot slot = 0; slot < KEY_SLOT_MAX; slot++) {
                g_autofree char *print = fingerprint(keystore, ssid, slot);
                KeyDescription key;

                if (keystore_describe(keystore, ssid, slot, &key) < 0)
                        continue;
                g_variant_builder_add(&slots, "(siuxs)", key_slot_to_string(slot),
                                      MAX(key.serial, 0), (guint32) key.len, key.set_at, print);
        }
        return g_variant_builder_end(&slots);
}
