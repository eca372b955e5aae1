/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/credentials.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/hex.h"
#include "bus/account-settings.h"
#include "bus/key-argument.h"
#include "bus/key-list.h"
#include "bus/read-fd.h"
#include "bus/servers.h"
#include "dbus/lwm2md-interfaces.h"
#include "lwm2m/status.h"
#include "objects/account-keys.h"

/* A Deregister before the account goes is waited for this long. */
#define REMOVE_TIMEOUT (5 * G_TIME_SPAN_SECOND)

struct BusCredentials {
        const BusParts *parts;
        Export *export;
        GQueue pending; /* Pending */
};

/* A SetKey that reads, or a RemoveServer that waits for the De-register. */
typedef struct Pending {
        BusCredentials *owner;
        BusCall *call;
        uint16_t ssid;
        KeySlot slot;
        gboolean hex;
        ReadFd *read;
        Timer *timer;
} Pending;

static void pending_free(Pending *pending)
{
        g_queue_remove(&pending->owner->pending, pending);
        timer_free(pending->timer);
        g_free(pending);
}

/* NULL where too many are under way; the call is answered then. */
static Pending *pending_new(BusCredentials *owner, BusCall *call, uint16_t ssid)
{
        Pending *pending;

        if (owner->pending.length >= BUS_CREDENTIALS_MAX_CALLS) {
                bus_call_fail(call, -EBUSY, "%d calls are under way already",
                              BUS_CREDENTIALS_MAX_CALLS);
                return NULL;
        }
        pending = g_new0(Pending, 1);
        pending->owner = owner;
        pending->call = call;
        pending->ssid = ssid;
        g_queue_push_tail(&owner->pending, pending);
        return pending;
}

/* The account of a server's object path, or NULL: the call is answered. */
static const Account *find_account(BusCredentials *self, BusCall *call, const char *path)
{
        const Account *account = NULL;
        uint16_t ssid;

        if (bus_server_parse_path(path, &ssid) == 0)
                account = accounts_find(self->parts->accounts, ssid);
        if (!account)
                bus_call_fail(call, -ENOENT, "no server at %s", path);
        return account;
}

static int find_slot(BusCall *call, const Account *account, const char *name)
{
        int slot = key_slot_from_string(name);

        if (slot < 0) {
                bus_call_fail(call, -EINVAL, "no slot \"%s\"; allowed: %s", name,
                              account_slot_names());
                return slot;
        }
        if (account_has_slot(account, (KeySlot) slot))
                return slot;
        bus_call_fail(call, -ENOTSUP, "a server of mode %s and SMS mode %s has no slot %s",
                      security_mode_to_string(account->mode),
                      sms_mode_to_string((SmsMode) account->sms_mode), name);
        return -ENOTSUP;
}

/* Whether there is a plugin for each of the account's modes. The call is answered where not. */
static bool has_plugins(BusCredentials *self, BusCall *call, const Account *account)
{
        const Loader *loader = self->parts->loader;

        if (!account_is_sms_uri(account->uri) &&
            !loader_find(loader, LWM_SECURITY_BEARER_UDP, (uint8_t) account->mode)) {
                bus_call_fail(call, -ENOTSUP, "no plugin for mode %s",
                              security_mode_to_string(account->mode));
                return false;
        }
        if (account->sms_mode != SMS_MODE_NONE &&
            !loader_find(loader, LWM_SECURITY_BEARER_SMS, account->sms_mode)) {
                bus_call_fail(call, -ENOTSUP, "no plugin for SMS mode %s",
                              sms_mode_to_string((SmsMode) account->sms_mode));
                return false;
        }
        return true;
}

static void credentials_add_server(BusCall *call, GVariant *parameters, void *user)
{
        BusCredentials *self = user;
        g_autoptr(GVariant) settings = g_variant_get_child_value(parameters, 0);
        g_autofree char *why = NULL, *path = NULL;
        const char *identity = NULL;
        Account account;
        int r = account_from_settings(settings, &account, &identity, &why);

        if (r < 0) {
                bus_call_fail(call, r, "%s", why);
                return;
        }
        if (!has_plugins(self, call, &account))
                return;
        if (accounts_find(self->parts->accounts, account.ssid)) {
                bus_call_fail(call, -EBUSY, "ssid %u is in use", account.ssid);
                return;
        }
        /* What an interrupted addition or removal left must not become this server's key. */
        r = keystore_clear_account(self->parts->keystore, account.ssid);
        if (r == 0 && identity && account.mode == SECURITY_MODE_PSK)
                r = keystore_set(self->parts->keystore, account.ssid, KEY_SLOT_PSK_IDENTITY,
                                 identity, strlen(identity));
        if (r == 0)
                r = accounts_add(self->parts->accounts, &account);
        if (r < 0) {
                keystore_clear_account(self->parts->keystore, account.ssid);
                bus_call_fail(call, r, "not stored: %s", g_strerror(-r));
                return;
        }
        path = bus_server_path(account.ssid);
        bus_call_return(call, g_variant_new("(o)", path));
}

/* The keys first: they take the saved sessions along, and where that fails the account is still
 * there to try again. */
static void remove_finish(Pending *pending)
{
        const BusParts *parts = pending->owner->parts;
        int r = keystore_clear_account(parts->keystore, pending->ssid);

        if (r == 0)
                r = accounts_remove(parts->accounts, pending->ssid);
        if (r < 0)
                bus_call_fail(pending->call, r, "not removed: %s", g_strerror(-r));
        else
                bus_call_return(pending->call, NULL);
        pending_free(pending);
}

static void remove_on_deregistered(Server *server, int result, void *user)
{
        Pending *pending = user;

        /* Not from inside the server's callback: the account takes the server along. */
        timer_arm_in(pending->timer, 0);
}

static void remove_on_timer(void *user)
{
        Pending *pending = user;
        Server *server = client_find(pending->owner->parts->client, pending->ssid);

        if (server)
                server_forget_waiter(server, remove_on_deregistered, pending);
        remove_finish(pending);
}

/* Two would wait for the same server, and the second still when the first has removed it. */
static bool is_being_removed(BusCredentials *self, uint16_t ssid)
{
        for (GList *link = self->pending.head; link; link = link->next) {
                const Pending *pending = link->data;

                if (pending->timer && pending->ssid == ssid)
                        return true;
        }
        return false;
}

static void credentials_remove_server(BusCall *call, GVariant *parameters, void *user)
{
        BusCredentials *self = user;
        const Account *account;
        const char *path;
        Server *server;
        Pending *pending;

        g_variant_get(parameters, "(&o)", &path);
        account = find_account(self, call, path);
        if (!account)
                return;
        if (account->source[0] != '\0') {
                bus_call_fail(call, -EPERM,
                              "this server is defined in %s: remove that file and restart",
                              account->source);
                return;
        }
        if (is_being_removed(self, account->ssid)) {
                bus_call_fail(call, -EBUSY, "is being removed already");
                return;
        }
        pending = pending_new(self, call, account->ssid);
        if (!pending)
                return;
        pending->timer = timer_new(self->parts->clock, remove_on_timer, pending);
        timer_arm_in(pending->timer, REMOVE_TIMEOUT);
        server = client_find(self->parts->client, account->ssid);
        if (!server || server_deregister(server, remove_on_deregistered, pending) <= 0)
                timer_arm_in(pending->timer, 0);
}

static int store_key(Pending *pending, const uint8_t *data, size_t len, char **ret_why)
{
        const BusParts *parts = pending->owner->parts;
        const Account *account = accounts_find(parts->accounts, pending->ssid);
        GBytes *parameters;
        int r;

        if (!account) {
                *ret_why = g_strdup("the server is gone");
                return -ENOENT;
        }
        parameters = keystore_public(parts->keystore, pending->ssid, KEY_SLOT_SMS_PARAMETERS);
        r = account_try_key(account, parameters, parts->loader, pending->slot, data, len, ret_why);
        if (r < 0)
                return r;
        r = keystore_set(parts->keystore, pending->ssid, pending->slot, data, len);
        if (r < 0)
                *ret_why = g_strdup_printf("not stored: %s", g_strerror(-r));
        return r;
}

static void set_key_on_read(int result, uint8_t *data, size_t len, void *user)
{
        Pending *pending = user;
        g_autofree char *why = NULL;
        ssize_t decoded = (ssize_t) len;

        if (result == 0 && pending->hex)
                decoded = hex_decode(data, len);
        if (result == -EMSGSIZE)
                bus_call_fail(pending->call, -EINVAL, "longer than %d bytes", KEYSTORE_MAX_SIZE);
        else if (result < 0)
                bus_call_fail(pending->call, result, "the descriptor: %s", g_strerror(-result));
        else if (decoded < 0)
                bus_call_fail(pending->call, -EINVAL, "not an even number of hexadecimal digits");
        else {
                result = store_key(pending, data, (size_t) decoded, &why);
                if (result < 0)
                        bus_call_fail(pending->call, result, "%s", why);
                else
                        bus_call_return(pending->call, NULL);
        }
        pending_free(pending);
}

static void credentials_set_key(BusCall *call, GVariant *parameters, void *user)
{
        BusCredentials *self = user;
        g_autoptr(GVariant) options = NULL;
        const char *path, *name;
        const Account *account;
        gint32 handle;
        gboolean hex;
        Pending *pending;
        int slot, fd;

        g_variant_get(parameters, "(&o&sh@a{sv})", &path, &name, &handle, &options);
        if (!bus_call_check_options(call, options, "encoding:s") ||
            !key_argument_is_hex(call, options, &hex))
                return;
        account = find_account(self, call, path);
        if (!account)
                return;
        slot = find_slot(call, account, name);
        if (slot < 0)
                return;
        fd = key_argument_take_fd(call, handle);
        if (fd < 0)
                return;
        pending = pending_new(self, call, account->ssid);
        if (!pending) {
                close(fd);
                return;
        }
        pending->slot = (KeySlot) slot;
        pending->hex = hex;
        pending->read =
                read_fd_start(self->parts->clock, fd, KEYSTORE_MAX_SIZE, set_key_on_read, pending);
        if (!pending->read)
                set_key_on_read(-ENOMEM, NULL, 0, pending);
}

static void credentials_clear_key(BusCall *call, GVariant *parameters, void *user)
{
        BusCredentials *self = user;
        const char *path, *name;
        const Account *account;
        KeyDescription description;
        int slot, r;

        g_variant_get(parameters, "(&o&s)", &path, &name);
        account = find_account(self, call, path);
        if (!account)
                return;
        slot = find_slot(call, account, name);
        if (slot < 0)
                return;
        r = keystore_describe(self->parts->keystore, account->ssid, (KeySlot) slot, &description);
        if (r == 0)
                r = keystore_clear(self->parts->keystore, account->ssid, (KeySlot) slot);
        if (r < 0)
                bus_call_fail(call, r,
                              r == -ENOENT ? "slot %s is empty" : "slot %s cannot be cleared",
                              name);
        else
                bus_call_return(call, NULL);
}

static void credentials_describe(BusCall *call, GVariant *parameters, void *user)
{
        BusCredentials *self = user;
        const Account *account;
        const char *path;

        g_variant_get(parameters, "(&o)", &path);
        account = find_account(self, call, path);
        if (account)
                bus_call_return(call, g_variant_new("(@a(siuxs))", key_list(self->parts->keystore,
                                                                            account->ssid)));
}

static const ExportMethod credentials_methods[] = {
        {"AddServer", BUS_ACTION_PROVISION, credentials_add_server},
        {"RemoveServer", BUS_ACTION_PROVISION, credentials_remove_server},
        {"SetKey", BUS_ACTION_PROVISION, credentials_set_key},
        {"ClearKey", BUS_ACTION_PROVISION, credentials_clear_key},
        {"Describe", BUS_ACTION_PROVISION, credentials_describe},
};

static const ExportTable credentials_table = {
        &lwm2md_credentials_interface,
        credentials_methods,
        G_N_ELEMENTS(credentials_methods),
        NULL,
        0,
};

BusCredentials *bus_credentials_new(GDBusConnection *connection, Authorizer *authorizer,
                                    const BusParts *parts)
{
        BusCredentials *self = g_new0(BusCredentials, 1);

        self->parts = parts;
        self->export = export_new(connection, authorizer, "/org/lwm2md1", &credentials_table, self);
        return self;
}

static void pending_cancel(BusCredentials *self, Pending *pending)
{
        Server *server = client_find(self->parts->client, pending->ssid);

        if (server && pending->timer)
                server_forget_waiter(server, remove_on_deregistered, pending);
        read_fd_cancel(pending->read);
        bus_call_fail(pending->call, -ECANCELED, "the agent is stopping");
        pending_free(pending);
}

void bus_credentials_free(BusCredentials *self)
{
        if (!self)
                return;
        while (self->pending.head)
                pending_cancel(self, self->pending.head->data);
        export_free(self->export);
        g_free(self);
}

Export *bus_credentials_export(BusCredentials *self)
{
        return self->export;
}
