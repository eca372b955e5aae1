/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/vault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"

#define COUNTER_SIZE 12 /* identifier, value */
#define COUNTERS_PREFIX "counters-"

struct Vault {
        Seal *seal;
};

typedef struct VaultName {
        char text[SEAL_MAX_NAME];
} VaultName;

typedef struct Counter {
        uint32_t id;
        uint64_t value;
} Counter;

typedef struct Counters {
        Counter item[VAULT_MAX_COUNTERS];
        size_t len;
} Counters;

static VaultName vault_name(const char *what, uint16_t account)
{
        VaultName name;

        snprintf(name.text, sizeof(name.text), "%s-%u", what, account);
        return name;
}

static const char *kind_name(LwmSecuritySave kind)
{
        return kind == LWM_SECURITY_SAVE_CONTEXT ? "context" : "ticket";
}

Vault *vault_new(Seal *seal)
{
        Vault *vault = g_new0(Vault, 1);

        vault->seal = seal;
        return vault;
}

void vault_free(Vault *vault)
{
        g_free(vault);
}

int vault_put(Vault *vault, uint16_t account, LwmSecuritySave kind, const void *data, size_t len)
{
        VaultName name = vault_name(kind_name(kind), account);
        int r;

        if (len > VAULT_MAX_SIZE)
                return -EMSGSIZE;

        /* An earlier context must not come back as the generation before. */
        if (kind == LWM_SECURITY_SAVE_CONTEXT) {
                r = seal_remove(vault->seal, name.text);
                if (r < 0)
                        return r;
        }
        return seal_write(vault->seal, name.text, data, len);
}

int vault_take(Vault *vault, uint16_t account, LwmSecuritySave kind, GBytes **ret)
{
        VaultName name = vault_name(kind_name(kind), account);
        GBytes *bytes = NULL;
        bool previous;
        int r, r_remove;

        r = seal_read(vault->seal, name.text, &bytes, &previous);
        if (r == -ENOENT)
                return r;
        if (kind == LWM_SECURITY_SAVE_CONTEXT) {
                if (r == 0 && previous)
                        r = -EBADMSG;
                r_remove = seal_remove(vault->seal, name.text);
                if (r_remove < 0)
                        r = r_remove;
        }
        if (r < 0) {
                seal_bytes_free(bytes);
                return r;
        }
        *ret = bytes;
        return 0;
}

void vault_forget(Vault *vault, uint16_t account)
{
        static const LwmSecuritySave kinds[] = {LWM_SECURITY_SAVE_CONTEXT,
                                                LWM_SECURITY_SAVE_TICKET};

        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
                VaultName name = vault_name(kind_name(kinds[i]), account);
                int r = seal_remove(vault->seal, name.text);

                if (r < 0)
                        log_warning(NULL, "saved session %s: cannot be removed: %s", name.text,
                                    g_strerror(-r));
        }
}

static Counter *counters_find(Counters *counters, uint32_t id)
{
        for (size_t i = 0; i < counters->len; i++)
                if (counters->item[i].id == id)
                        return &counters->item[i];
        return NULL;
}

/* The array is in the order in which they were set last. */
static void counters_put(Counters *counters, uint32_t id, uint64_t value)
{
        Counter *gone = counters_find(counters, id);

        if (!gone && counters->len == VAULT_MAX_COUNTERS)
                gone = counters->item;
        if (gone) {
                Counter *end = counters->item + --counters->len;

                memmove(gone, gone + 1, (size_t) ((char *) end - (char *) gone));
        }
        counters->item[counters->len++] = (Counter){id, value};
}

static int counters_parse(GBytes *bytes, Counters *ret)
{
        ByteReader reader = byte_reader(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        Counters counters = {0};

        if (reader.len % COUNTER_SIZE != 0 || reader.len / COUNTER_SIZE > VAULT_MAX_COUNTERS)
                return -EBADMSG;

        while (byte_reader_left(&reader) > 0) {
                Counter *counter = &counters.item[counters.len++];
                int r = byte_reader_u32(&reader, &counter->id);

                if (r == 0)
                        r = byte_reader_u64(&reader, &counter->value);
                if (r < 0)
                        return r;
        }
        *ret = counters;
        return 0;
}

/* `*ret_new`: nothing was ever counted. The first content stays as the generation before, so that a
 * newest one that is lost is not taken for none. */
static int vault_read_counters(Vault *vault, const char *name, Counters *ret, bool *ret_new)
{
        g_autoptr(GBytes) bytes = NULL;
        bool previous;
        int r;

        r = seal_read(vault->seal, name, &bytes, &previous);
        if (r == -ENOENT) {
                *ret = (Counters){0};
                *ret_new = true;
                return 0;
        }
        if (r == 0)
                r = previous ? -EBADMSG : counters_parse(bytes, ret);
        if (r == 0)
                *ret_new = ret->len == 0;
        return r;
}

static int vault_write_counters(Vault *vault, const char *name, const Counters *counters,
                                bool first)
{
        uint8_t data[VAULT_MAX_COUNTERS * COUNTER_SIZE];
        ByteWriter writer = byte_writer(data, sizeof(data));
        int r;

        for (size_t i = 0; i < counters->len; i++) {
                byte_writer_u32(&writer, counters->item[i].id);
                byte_writer_u64(&writer, counters->item[i].value);
        }
        if (!first)
                return seal_write_only(vault->seal, name, data, writer.len);
        r = seal_write(vault->seal, name, data, 0);
        return r < 0 ? r : seal_write(vault->seal, name, data, writer.len);
}

/* What was counted is lost: what asks first is never used again, and what is new can begin. */
static int vault_burn_counter(Vault *vault, const char *name, uint32_t id)
{
        Counters counters = {.item = {{id, VAULT_COUNTER_LOST}}, .len = 1};
        int r = vault_write_counters(vault, name, &counters, false);

        if (r < 0)
                log_error(NULL, "%s: is damaged and cannot be replaced: %s", name, g_strerror(-r));
        return -EBADMSG;
}

/* Keys may come back in another account; 0 where they do not. */
static uint64_t vault_find_elsewhere(Vault *vault, uint32_t id)
{
        g_autoptr(GPtrArray) names = NULL;
        uint64_t highest = 0;

        if (seal_list(vault->seal, COUNTERS_PREFIX, &names) < 0)
                return 0;
        for (guint i = 0; i < names->len; i++) {
                Counters counters;
                Counter *counter = NULL;
                bool new;

                if (vault_read_counters(vault, names->pdata[i], &counters, &new) == 0)
                        counter = counters_find(&counters, id);
                highest = MAX(highest, counter ? counter->value : 0);
        }
        return highest;
}

int vault_counter_get(Vault *vault, uint16_t account, uint32_t id, uint64_t *ret)
{
        VaultName name = vault_name("counters", account);
        Counters counters;
        Counter *counter;
        bool new;
        int r;

        r = vault_read_counters(vault, name.text, &counters, &new);
        if (r == -EBADMSG)
                return vault_burn_counter(vault, name.text, id);
        if (r < 0)
                return r;
        counter = counters_find(&counters, id);
        *ret = counter ? counter->value : vault_find_elsewhere(vault, id);
        return 0;
}

int vault_counter_set(Vault *vault, uint16_t account, uint32_t id, uint64_t value)
{
        VaultName name = vault_name("counters", account);
        Counters counters;
        Counter *counter;
        bool new;
        int r;

        r = vault_read_counters(vault, name.text, &counters, &new);
        if (r < 0)
                return r;

        counter = counters_find(&counters, id);
        if (counter && value == counter->value)
                return 0;
        if (value < (counter ? counter->value : vault_find_elsewhere(vault, id)))
                return -ERANGE;

        if (!counter && counters.len == VAULT_MAX_COUNTERS)
                log_warning(NULL, "account %u: the counter set the longest ago is forgotten",
                            account);
        counters_put(&counters, id, value);
        return vault_write_counters(vault, name.text, &counters, new);
}
