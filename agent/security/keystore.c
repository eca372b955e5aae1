/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/keystore.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/names.h"
#include "base/random.h"

/* A slot's file: version, time it was set, stamp, content. */
#define VERSION 1
#define HEADER_SIZE 17
#define PREFIX "key-"

static const char *const slot_names[] = {
        [KEY_SLOT_PSK_IDENTITY] = "psk-identity",
        [KEY_SLOT_PSK] = "psk",
        [KEY_SLOT_SMS_PARAMETERS] = "sms-parameters",
        [KEY_SLOT_SMS_KEY] = "sms-key",
};

static const bool slot_secret[] = {
        [KEY_SLOT_PSK_IDENTITY] = false,
        [KEY_SLOT_PSK] = true,
        [KEY_SLOT_SMS_PARAMETERS] = false,
        [KEY_SLOT_SMS_KEY] = true,
};

typedef struct Entry {
        int32_t serial; /* secret */
        GBytes *bytes;  /* public */
        size_t len;
        gint64 set_at;
        uint64_t stamp; /* random, for each content another */
} Entry;

struct Keystore {
        Seal *seal;
        GHashTable *entries; /* entry_key() → Entry */
        KeystoreFunc func;
        void *user;
};

typedef struct FileName {
        char text[SEAL_MAX_NAME];
} FileName;

NAMES(key_slot, KeySlot, slot_names)

bool key_slot_is_secret(KeySlot slot)
{
        return slot_secret[slot];
}

static void *entry_key(uint16_t account, KeySlot slot)
{
        return GUINT_TO_POINTER((unsigned) account * KEY_SLOT_MAX + slot);
}

static Entry *entry_find(const Keystore *keystore, uint16_t account, KeySlot slot)
{
        return g_hash_table_lookup(keystore->entries, entry_key(account, slot));
}

static void entry_free(void *data)
{
        Entry *entry = data;

        if (!entry)
                return;
        kernel_key_revoke(entry->serial);
        g_clear_pointer(&entry->bytes, g_bytes_unref);
        g_free(entry);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Entry, entry_free)

/* The description is new each time: the kernel has both the old and the new key until the disk has
 * agreed. */
static int entry_new(uint16_t account, KeySlot slot, const void *data, size_t len, Entry **ret)
{
        g_autofree char *description = NULL;
        Entry *entry = g_new0(Entry, 1);
        int r;

        entry->len = len;
        if (!key_slot_is_secret(slot)) {
                entry->bytes = g_bytes_new(data, len);
                *ret = entry;
                return 0;
        }

        description = g_strdup_printf("lwm2md:%u:%s:%08x", account, key_slot_to_string(slot),
                                      random_u32());
        r = kernel_key_add(description, data, len, &entry->serial);
        if (r < 0) {
                g_free(entry);
                return r;
        }
        *ret = entry;
        return 0;
}

static FileName file_name(uint16_t account, KeySlot slot)
{
        FileName name;

        snprintf(name.text, sizeof(name.text), PREFIX "%u-%s", account, key_slot_to_string(slot));
        return name;
}

static int file_name_parse(const char *name, uint16_t *ret_account, KeySlot *ret_slot)
{
        char *end;
        guint64 account;
        int slot;

        if (!g_str_has_prefix(name, PREFIX) || !g_ascii_isdigit(name[strlen(PREFIX)]))
                return -EINVAL;
        account = g_ascii_strtoull(name + strlen(PREFIX), &end, 10);
        if (account > UINT16_MAX || *end != '-')
                return -EINVAL;
        slot = key_slot_from_string(end + 1);
        if (slot < 0)
                return slot;

        *ret_account = (uint16_t) account;
        *ret_slot = (KeySlot) slot;

        /* One file, one name: "key-0101-psk" is not ours. */
        return strcmp(name, file_name(*ret_account, *ret_slot).text) == 0 ? 0 : -EINVAL;
}

static bool account_has_room(const Keystore *keystore, uint16_t account)
{
        g_autoptr(GHashTable) accounts = g_hash_table_new(NULL, NULL);
        GHashTableIter iter;
        void *key;

        g_hash_table_iter_init(&iter, keystore->entries);
        while (g_hash_table_iter_next(&iter, &key, NULL))
                g_hash_table_add(accounts, GUINT_TO_POINTER(GPOINTER_TO_UINT(key) / KEY_SLOT_MAX));
        return g_hash_table_size(accounts) < KEYSTORE_MAX_ACCOUNTS ||
               g_hash_table_contains(accounts, GUINT_TO_POINTER(account));
}

static int keystore_parse(uint16_t account, KeySlot slot, GBytes *content, Entry **ret)
{
        ByteReader reader = byte_reader(g_bytes_get_data(content, NULL), g_bytes_get_size(content));
        const uint8_t *data;
        size_t len;
        uint64_t set_at, stamp;
        uint8_t version;
        int r;

        r = byte_reader_u8(&reader, &version);
        if (r == 0)
                r = byte_reader_u64(&reader, &set_at);
        if (r == 0)
                r = byte_reader_u64(&reader, &stamp);
        if (r < 0)
                return r;
        len = byte_reader_left(&reader);
        if (version != VERSION || len == 0 || len > KEYSTORE_MAX_SIZE)
                return -EBADMSG;
        r = byte_reader_view(&reader, len, &data);
        if (r < 0)
                return r;
        r = entry_new(account, slot, data, len, ret);
        if (r < 0)
                return r;
        (*ret)->set_at = (gint64) set_at;
        (*ret)->stamp = stamp;
        return 0;
}

static int keystore_load_slot(Keystore *keystore, const char *name)
{
        g_autoptr(GBytes) content = NULL;
        uint16_t account;
        KeySlot slot;
        Entry *entry;
        bool previous;
        int r;

        r = file_name_parse(name, &account, &slot);
        if (r < 0)
                return r;
        if (!account_has_room(keystore, account))
                return -ENOSPC;
        r = seal_read(keystore->seal, name, &content, &previous);
        if (r < 0)
                return r;
        if (previous)
                log_warning(NULL, "%s: the content before the last change is used", name);
        r = keystore_parse(account, slot, content, &entry);
        if (r < 0)
                return r;
        g_hash_table_insert(keystore->entries, entry_key(account, slot), entry);
        return 0;
}

static int keystore_load(Keystore *keystore)
{
        g_autoptr(GPtrArray) names = NULL;
        int r;

        r = seal_list(keystore->seal, PREFIX, &names);
        if (r < 0)
                return r;
        for (unsigned i = 0; i < names->len; i++) {
                r = keystore_load_slot(keystore, names->pdata[i]);
                if (r < 0)
                        log_error(NULL, "%s: not available: %s", (char *) names->pdata[i],
                                  r == -EBADMSG ? "damaged" : g_strerror(-r));
        }
        return 0;
}

int keystore_new(Seal *seal, Keystore **ret)
{
        g_autoptr(Keystore) keystore = g_new0(Keystore, 1);
        int r;

        keystore->seal = seal;
        keystore->entries = g_hash_table_new_full(NULL, NULL, NULL, entry_free);
        r = keystore_load(keystore);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&keystore);
        return 0;
}

void keystore_free(Keystore *keystore)
{
        if (!keystore)
                return;
        g_hash_table_unref(keystore->entries);
        g_free(keystore);
}

static void keystore_tell(Keystore *keystore, uint16_t account, KeySlot slot)
{
        if (keystore->func)
                keystore->func(account, slot, keystore->user);
}

static int keystore_write(Keystore *keystore, uint16_t account, KeySlot slot, const void *data,
                          const Entry *entry)
{
        size_t len = entry->len;
        ByteWriter writer = byte_writer(g_malloc(HEADER_SIZE + len), HEADER_SIZE + len);
        int r;

        byte_writer_u8(&writer, VERSION);
        byte_writer_u64(&writer, (uint64_t) entry->set_at);
        byte_writer_u64(&writer, entry->stamp);
        byte_writer_bytes(&writer, data, len);
        r = seal_write(keystore->seal, file_name(account, slot).text, writer.data, writer.len);
        explicit_bzero(writer.data, writer.size);
        g_free(writer.data);
        return r;
}

int keystore_set(Keystore *keystore, uint16_t account, KeySlot slot, const void *data, size_t len)
{
        g_autoptr(Entry) entry = NULL;
        int r;

        if (len == 0)
                return -EINVAL;
        if (len > (key_slot_is_secret(slot) ? KERNEL_KEY_MAX_SIZE : KEYSTORE_MAX_SIZE))
                return -EMSGSIZE;
        if (!account_has_room(keystore, account))
                return -ENOSPC;

        /*
         * The kernel first, beside the old key: where it has no room, nothing has happened yet.
         * Then the disk; only when that is durable does the new key take the old one's place. A
         * crash before that leaves the old content on disk, and the kernel's keys go with the
         * process.
         */
        r = entry_new(account, slot, data, len, &entry);
        if (r < 0)
                return r;
        entry->set_at = g_get_real_time() / G_USEC_PER_SEC;
        random_bytes(&entry->stamp, sizeof(entry->stamp));
        r = keystore_write(keystore, account, slot, data, entry);
        if (r < 0)
                return r;

        g_hash_table_insert(keystore->entries, entry_key(account, slot), g_steal_pointer(&entry));
        keystore_tell(keystore, account, slot);
        return 0;
}

int keystore_clear(Keystore *keystore, uint16_t account, KeySlot slot)
{
        int r;

        /* The disk first, and even where nothing is loaded: a damaged file goes too. */
        r = seal_remove(keystore->seal, file_name(account, slot).text);
        if (r < 0)
                return r;
        if (g_hash_table_remove(keystore->entries, entry_key(account, slot)))
                keystore_tell(keystore, account, slot);
        return 0;
}

int keystore_clear_account(Keystore *keystore, uint16_t account)
{
        int result = 0;

        for (int slot = 0; slot < KEY_SLOT_MAX; slot++) {
                int r = keystore_clear(keystore, account, (KeySlot) slot);

                if (result == 0)
                        result = r;
        }
        return result;
}

int32_t keystore_serial(const Keystore *keystore, uint16_t account, KeySlot slot)
{
        const Entry *entry = entry_find(keystore, account, slot);

        return entry ? entry->serial : 0;
}

GBytes *keystore_public(const Keystore *keystore, uint16_t account, KeySlot slot)
{
        const Entry *entry = entry_find(keystore, account, slot);

        return entry ? entry->bytes : NULL;
}

int keystore_describe(const Keystore *keystore, uint16_t account, KeySlot slot, KeyDescription *ret)
{
        const Entry *entry = entry_find(keystore, account, slot);

        if (!entry)
                return -ENOENT;
        *ret = (KeyDescription){
                .slot = slot,
                .serial = entry->serial,
                .len = entry->len,
                .set_at = entry->set_at,
        };
        return 0;
}

uint64_t keystore_stamp(const Keystore *keystore, uint16_t account)
{
        uint64_t stamp = 0;

        for (int slot = 0; slot < KEY_SLOT_MAX; slot++) {
                const Entry *entry = entry_find(keystore, account, (KeySlot) slot);

                if (entry)
                        stamp ^= entry->stamp;
        }
        return stamp;
}

void keystore_set_listener(Keystore *keystore, KeystoreFunc func, void *user)
{
        keystore->func = func;
        keystore->user = user;
}
