/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "objects/accounts.h"

#include <errno.h>
#include <string.h>

#include "objects/accounts-store.h"

#define OBJECT_SECURITY 0
#define OBJECT_SERVER 1

struct Accounts {
        Seal *seal;
        Changes *changes;
        GArray *items; /* of Account, in order of ssid */
        AccountFunc func;
        void *user;
};

static int account_compare(const void *a, const void *b)
{
        return (int) ((const Account *) a)->ssid - (int) ((const Account *) b)->ssid;
}

int accounts_new(Seal *seal, Changes *changes, Accounts **ret)
{
        g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(Account));
        Accounts *accounts;
        int r;

        r = accounts_store_read(seal, items, ACCOUNTS_MAX);
        if (r < 0)
                return r;
        g_array_sort(items, account_compare);

        accounts = g_new0(Accounts, 1);
        accounts->seal = seal;
        accounts->changes = changes;
        accounts->items = g_steal_pointer(&items);
        *ret = accounts;
        return 0;
}

void accounts_free(Accounts *accounts)
{
        if (!accounts)
                return;

        g_array_unref(accounts->items);
        g_free(accounts);
}

/* ---- Looking ------------------------------------------------------------------- */

static Account *account_at(const Accounts *accounts, guint index)
{
        return &g_array_index(accounts->items, Account, index);
}

const Account *accounts_find(const Accounts *accounts, uint16_t ssid)
{
        for (guint i = 0; i < accounts->items->len; i++) {
                if (account_at(accounts, i)->ssid == ssid)
                        return account_at(accounts, i);
        }
        return NULL;
}

const Account *accounts_find_server_instance(const Accounts *accounts, uint16_t instance)
{
        for (guint i = 0; i < accounts->items->len; i++) {
                if (account_at(accounts, i)->server_instance == instance)
                        return account_at(accounts, i);
        }
        return NULL;
}

const Account *accounts_find_security_instance(const Accounts *accounts, uint16_t instance)
{
        for (guint i = 0; i < accounts->items->len; i++) {
                if (account_at(accounts, i)->security_instance == instance)
                        return account_at(accounts, i);
        }
        return NULL;
}

const Account *accounts_next(const Accounts *accounts, uint16_t after)
{
        for (guint i = 0; i < accounts->items->len; i++) {
                if (account_at(accounts, i)->ssid > after)
                        return account_at(accounts, i);
        }
        return NULL;
}

size_t accounts_len(const Accounts *accounts)
{
        return accounts->items->len;
}

static uint16_t server_instance_of(const Account *account)
{
        return account->server_instance;
}

static uint16_t security_instance_of(const Account *account)
{
        return account->security_instance;
}

static int next_instance(const Accounts *accounts, uint16_t (*instance_of)(const Account *),
                         int after, uint16_t *ret)
{
        int lowest = -1;

        for (guint i = 0; i < accounts->items->len; i++) {
                int instance = instance_of(account_at(accounts, i));

                if (instance > after && (lowest < 0 || instance < lowest))
                        lowest = instance;
        }
        if (lowest < 0)
                return -ENOENT;

        *ret = (uint16_t) lowest;
        return 0;
}

int accounts_next_server_instance(const Accounts *accounts, int after, uint16_t *ret)
{
        return next_instance(accounts, server_instance_of, after, ret);
}

int accounts_next_security_instance(const Accounts *accounts, int after, uint16_t *ret)
{
        return next_instance(accounts, security_instance_of, after, ret);
}

static uint16_t lowest_free(const Accounts *accounts, uint16_t (*instance_of)(const Account *))
{
        uint16_t expected = 0, instance;
        int after = -1;

        while (next_instance(accounts, instance_of, after, &instance) >= 0 &&
               instance == expected) {
                after = instance;
                expected++;
        }
        return expected;
}

/* ---- Changing: on disk first, then here, then told ------------------------------- */

/* Takes over `items`. */
static int store(Accounts *accounts, GArray *items)
{
        int r = accounts_store_write(accounts->seal, items);

        if (r < 0) {
                g_array_unref(items);
                return r;
        }
        g_array_unref(accounts->items);
        accounts->items = items;
        return 0;
}

static void tell(Accounts *accounts, AccountEvent event, Account account)
{
        if (accounts->func)
                accounts->func(event, &account, accounts->user);
}

static void post_instances(Accounts *accounts, const Account *account)
{
        change_post(accounts->changes, path_instance(OBJECT_SECURITY, account->security_instance),
                    CHANGE_INSTANCES, ORIGIN_LOCAL);
        change_post(accounts->changes, path_instance(OBJECT_SERVER, account->server_instance),
                    CHANGE_INSTANCES, ORIGIN_LOCAL);
}

int accounts_add(Accounts *accounts, Account *account)
{
        Account added = *account;
        GArray *items;
        const char *why;
        int r;

        if (account_check(account, &why) < 0)
                return -EINVAL;
        if (accounts_find(accounts, account->ssid))
                return -EEXIST;
        if (accounts->items->len >= ACCOUNTS_MAX)
                return -ENOSPC;

        added.security_instance = lowest_free(accounts, security_instance_of);
        added.server_instance = lowest_free(accounts, server_instance_of);
        items = g_array_copy(accounts->items);
        g_array_append_val(items, added);
        g_array_sort(items, account_compare);
        r = store(accounts, items);
        if (r < 0)
                return r;

        *account = added;
        post_instances(accounts, account);
        tell(accounts, ACCOUNT_ADDED, added);
        return 0;
}

static void post_if(Accounts *accounts, bool changed, Path path, Origin origin)
{
        if (changed)
                change_post(accounts->changes, path, CHANGE_VALUE, origin);
}

static void post_sms_values(Accounts *accounts, const Account *before, const Account *after,
                            Origin origin)
{
        Path security = path_instance(OBJECT_SECURITY, after->security_instance);
        Path server = path_instance(OBJECT_SERVER, after->server_instance);

        post_if(accounts, before->sms_mode != after->sms_mode, path_child(security, 6), origin);
        post_if(accounts, strcmp(before->sms_number, after->sms_number) != 0,
                path_child(security, 9), origin);
        post_if(accounts, before->trigger != after->trigger, path_child(server, 21), origin);
}

static void post_values(Accounts *accounts, const Account *before, const Account *after,
                        Origin origin)
{
        Path security = path_instance(OBJECT_SECURITY, after->security_instance);
        Path server = path_instance(OBJECT_SERVER, after->server_instance);

        post_if(accounts, strcmp(before->uri, after->uri) != 0, path_child(security, 0), origin);
        post_if(accounts, before->mode != after->mode, path_child(security, 2), origin);
        post_if(accounts, before->lifetime != after->lifetime, path_child(server, 1), origin);
        post_if(accounts, before->pmin != after->pmin, path_child(server, 2), origin);
        post_if(accounts, before->pmax != after->pmax, path_child(server, 3), origin);
        post_if(accounts, before->storing != after->storing, path_child(server, 6), origin);
        post_if(accounts, strcmp(before->binding, after->binding) != 0, path_child(server, 7),
                origin);
        post_if(accounts, before->mute_send != after->mute_send, path_child(server, 23), origin);
        post_if(accounts, before->retry_count != after->retry_count, path_child(server, 17),
                origin);
        post_if(accounts, before->retry_timer != after->retry_timer, path_child(server, 18),
                origin);
        post_if(accounts, before->sequence_delay != after->sequence_delay, path_child(server, 19),
                origin);
        post_if(accounts, before->sequence_count != after->sequence_count, path_child(server, 20),
                origin);
}

int accounts_change(Accounts *accounts, const Account *account, Origin origin)
{
        const Account *known = accounts_find(accounts, account->ssid);
        Account before, after = *account;
        GArray *items;
        const char *why;
        int r;

        if (!known)
                return -ENOENT;
        if (account_check(account, &why) < 0)
                return -EINVAL;

        before = *known;
        after.security_instance = before.security_instance;
        after.server_instance = before.server_instance;
        if (account_equal(&before, &after))
                return 0;

        items = g_array_copy(accounts->items);
        g_array_index(items, Account, (guint) (known - account_at(accounts, 0))) = after;
        r = store(accounts, items);
        if (r < 0)
                return r;

        post_values(accounts, &before, &after, origin);
        post_sms_values(accounts, &before, &after, origin);
        tell(accounts, ACCOUNT_CHANGED, after);
        return 0;
}

int accounts_remove(Accounts *accounts, uint16_t ssid)
{
        const Account *known = accounts_find(accounts, ssid);
        Account removed;
        GArray *items;
        int r;

        if (!known)
                return -ENOENT;

        removed = *known;
        items = g_array_copy(accounts->items);
        g_array_remove_index(items, (guint) (known - account_at(accounts, 0)));
        r = store(accounts, items);
        if (r < 0)
                return r;

        post_instances(accounts, &removed);
        tell(accounts, ACCOUNT_REMOVED, removed);
        return 0;
}

void accounts_set_listener(Accounts *accounts, AccountFunc func, void *user)
{
        accounts->func = func;
        accounts->user = user;
}
