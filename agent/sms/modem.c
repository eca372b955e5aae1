/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/modem.h"

#include "base/log.h"
#include "sms/modem-error.h"

#define OBJECT "modem"
#define PATH "/org/lwm2md1/modem"
#define INTERFACE "org.lwm2md1.Modem"
#define PROPERTIES "org.freedesktop.DBus.Properties"

static const struct {
        const char *name;
        const char *backend;
} services[] = {
        {"org.lwm2md1.Modem.Qmi", "qmi"},
        {"org.lwm2md1.Modem.Mbim", "mbim"},
};

typedef struct Service Service;
typedef struct ModemClient ModemClient;

struct Service {
        ModemClient *client;
        guint watch;
        char *owner; /* unique name, NULL: not there */
};

struct ModemClient {
        Modem modem; /* first */
        GDBusConnection *connection;
        GCancellable *cancellable;
        Service services[G_N_ELEMENTS(services)];
        const Service *current; /* NULL: none */
        guint received;         /* subscriptions, 0: none */
        guint changed;
};

/* A call that is answered later. */
typedef struct Call {
        ModemClient *client; /* gone where the call is cancelled */
        GCancellable *cancellable;
        guint64 token;
        char *owner; /* whom it went to */
} Call;

static ModemClient *client_of(Modem *modem)
{
        return (ModemClient *) modem;
}

static Call *call_new(ModemClient *client, guint64 token)
{
        Call *call = g_new0(Call, 1);

        call->client = client;
        call->cancellable = g_object_ref(client->cancellable);
        call->token = token;
        call->owner = client->current ? g_strdup(client->current->owner) : NULL;
        return call;
}

static void call_free(Call *call)
{
        g_object_unref(call->cancellable);
        g_free(call->owner);
        g_free(call);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Call, call_free)

/* ---- Properties -------------------------------------------------------------------- */

static void status_update(ModemStatus *status, GVariant *properties)
{
        const char *text;
        gboolean full;

        if (g_variant_lookup(properties, "State", "&s", &text)) {
                int state = modem_state_from_string(text);

                status->state = state < 0 ? MODEM_ABSENT : (ModemState) state;
        }
        if (g_variant_lookup(properties, "StorageFull", "b", &full))
                status->storage_full = full;
        if (g_variant_lookup(properties, "Device", "&s", &text)) {
                g_free(status->device);
                status->device = g_strdup(text);
        }
        if (g_variant_lookup(properties, "OwnNumber", "&s", &text)) {
                g_free(status->own_number);
                status->own_number = g_strdup(text);
        }
}

static void status_reset(ModemStatus *status)
{
        g_free(status->device);
        g_free(status->own_number);
        *status = (ModemStatus){
                .backend = "",
                .device = g_strdup(""),
                .own_number = g_strdup(""),
        };
}

static void client_tell_status(ModemClient *client)
{
        const ModemStatus *status = &client->modem.status;

        log_debug(OBJECT, "%s %s%s", *status->device ? status->device : "none",
                  modem_state_to_string(status->state),
                  status->storage_full ? ", storage full" : "");
        if (client->modem.handler)
                client->modem.handler->on_status(client->modem.user);
}

static void client_on_properties(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(Call) call = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) properties = NULL;
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
        ModemClient *client = call->client;

        if (g_cancellable_is_cancelled(call->cancellable))
                return;
        if (!client->current || g_strcmp0(client->current->owner, call->owner) != 0)
                return;
        if (!reply) {
                log_warning(OBJECT, "no properties: %s", error->message);
                return;
        }

        properties = g_variant_get_child_value(reply, 0);
        status_update(&client->modem.status, properties);
        client_tell_status(client);
}

static void client_on_changed(GDBusConnection *connection, const char *sender, const char *path,
                              const char *interface, const char *signal, GVariant *parameters,
                              gpointer user)
{
        ModemClient *client = user;
        g_autoptr(GVariant) properties = NULL;

        if (!g_variant_is_of_type(parameters, G_VARIANT_TYPE("(sa{sv}as)")))
                return;
        properties = g_variant_get_child_value(parameters, 1);
        status_update(&client->modem.status, properties);
        client_tell_status(client);
}

/* ---- Receiving --------------------------------------------------------------------- */

static void client_on_received(GDBusConnection *connection, const char *sender, const char *path,
                               const char *interface, const char *signal, GVariant *parameters,
                               gpointer user)
{
        ModemClient *client = user;
        g_autoptr(GVariant) tpdu = NULL;
        g_autoptr(GVariant) details = NULL;
        ModemMessage message = {0};
        gboolean stored = FALSE;

        if (!g_variant_is_of_type(parameters, G_VARIANT_TYPE("(taya{sv})")) ||
            !client->modem.handler)
                return;

        g_variant_get(parameters, "(t@ay@a{sv})", &message.id, &tpdu, &details);
        g_variant_lookup(details, "stored", "b", &stored);
        message.stored = stored;
        message.tpdu = g_variant_get_fixed_array(tpdu, &message.len, 1);
        /* What no TPDU can be is not carried further, but the modem has to get rid of it. */
        message.len = MIN(message.len, MODEM_MAX_TPDU);
        client->modem.handler->on_received(&message, client->modem.user);
}

/* ---- Sending ----------------------------------------------------------------------- */

static void client_on_sent(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(Call) call = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
        ModemClient *client = call->client;
        guint32 reference = 0;

        if (g_cancellable_is_cancelled(call->cancellable))
                return;

        if (reply)
                g_variant_get(reply, "(u)", &reference);
        else
                log_debug(OBJECT, "refused: %s", error->message);
        if (client->modem.handler)
                client->modem.handler->on_sent(call->token, error ? modem_errno(error) : 0,
                                               reference, client->modem.user);
}

/* Without a service the bus answers for it. */
static void client_call(ModemClient *client, const char *method, GVariant *arguments,
                        const GVariantType *reply, int timeout_ms, GAsyncReadyCallback func,
                        gpointer user)
{
        const char *to = client->current ? client->current->owner : services[0].name;

        g_dbus_connection_call(client->connection, to, PATH, INTERFACE, method, arguments, reply,
                               G_DBUS_CALL_FLAGS_NO_AUTO_START, timeout_ms, client->cancellable,
                               func, user);
}

static GVariant *octets_to_variant(const uint8_t *octets, size_t len)
{
        return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, octets, len, 1);
}

static void client_send(Modem *modem, const uint8_t *tpdu, size_t len, guint64 token)
{
        ModemClient *client = client_of(modem);

        client_call(client, "Send",
                    g_variant_new("(@ay@a{sv})", octets_to_variant(tpdu, len),
                                  g_variant_new("a{sv}", NULL)),
                    G_VARIANT_TYPE("(u)"), MODEM_SEND_TIMEOUT_MS, client_on_sent,
                    call_new(client, token));
}

/* Whatever fails here, the message comes again. */
static void client_on_done(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(Call) call = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);

        if (!reply && !g_cancellable_is_cancelled(call->cancellable))
                log_warning(OBJECT, "%s", error->message);
}

/* Without a reply: the bus refuses further calls of one who waits for too many (a modem that is
 * full comes with hundreds of messages), and what is not forgotten is known where it is stored. */
static void client_acknowledge(Modem *modem, guint64 id, bool foreign)
{
        ModemClient *client = client_of(modem);
        GVariantBuilder options;

        if (!client->current)
                return;
        g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
        if (foreign)
                g_variant_builder_add(&options, "{sv}", "foreign", g_variant_new_boolean(TRUE));
        client_call(client, "Acknowledge", g_variant_new("(ta{sv})", id, &options), NULL, -1, NULL,
                    NULL);
}

static void client_replay(Modem *modem)
{
        ModemClient *client = client_of(modem);

        if (!client->current)
                return;
        client_call(client, "Replay", g_variant_new("(a{sv})", NULL), NULL, -1, client_on_done,
                    call_new(client, 0));
}

/* ---- Services that come and go ------------------------------------------------------ */

static void client_unsubscribe(ModemClient *client)
{
        if (client->received)
                g_dbus_connection_signal_unsubscribe(client->connection, client->received);
        if (client->changed)
                g_dbus_connection_signal_unsubscribe(client->connection, client->changed);
        client->received = client->changed = 0;
}

static void client_subscribe(ModemClient *client, const char *owner)
{
        client->received = g_dbus_connection_signal_subscribe(
                client->connection, owner, INTERFACE, "Received", PATH, NULL,
                G_DBUS_SIGNAL_FLAGS_NONE, client_on_received, client, NULL);
        client->changed = g_dbus_connection_signal_subscribe(
                client->connection, owner, PROPERTIES, "PropertiesChanged", PATH, INTERFACE,
                G_DBUS_SIGNAL_FLAGS_NONE, client_on_changed, client, NULL);
}

/* `service`: the one to be used from now on, NULL: none. */
static void client_use(ModemClient *client, const Service *service)
{
        client_unsubscribe(client);
        client->current = service;
        status_reset(&client->modem.status);
        if (service) {
                client->modem.status.backend = services[service - client->services].backend;
                log_info(OBJECT, "%s is there", services[service - client->services].name);
                client_subscribe(client, service->owner);
                g_dbus_connection_call(client->connection, service->owner, PATH, PROPERTIES,
                                       "GetAll", g_variant_new("(s)", INTERFACE),
                                       G_VARIANT_TYPE("(a{sv})"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                       -1, client->cancellable, client_on_properties,
                                       call_new(client, 0));
        } else {
                log_info(OBJECT, "no modem service");
        }

        client_tell_status(client);
        if (service && client->modem.handler)
                client->modem.handler->on_connected(client->modem.user);
}

static void client_on_appeared(GDBusConnection *connection, const char *name, const char *owner,
                               gpointer user)
{
        Service *service = user;
        ModemClient *client = service->client;

        g_free(service->owner);
        service->owner = g_strdup(owner);
        if (!client->current || client->current == service)
                client_use(client, service);
}

static void client_on_vanished(GDBusConnection *connection, const char *name, gpointer user)
{
        Service *service = user;
        ModemClient *client = service->client;
        const Service *other = NULL;

        g_clear_pointer(&service->owner, g_free);
        if (client->current != service)
                return;
        for (unsigned i = 0; i < G_N_ELEMENTS(services); i++)
                if (!other && client->services[i].owner)
                        other = &client->services[i];
        client_use(client, other);
}

static void client_free(Modem *modem)
{
        ModemClient *client = client_of(modem);

        g_cancellable_cancel(client->cancellable);
        client_unsubscribe(client);
        for (unsigned i = 0; i < G_N_ELEMENTS(services); i++) {
                g_bus_unwatch_name(client->services[i].watch);
                g_free(client->services[i].owner);
        }
        g_object_unref(client->cancellable);
        g_object_unref(client->connection);
        g_free(client);
}

static const ModemOps client_ops = {
        .send = client_send,
        .acknowledge = client_acknowledge,
        .replay = client_replay,
        .free = client_free,
};

Modem *modem_new(GDBusConnection *connection)
{
        ModemClient *client = g_new0(ModemClient, 1);

        modem_init(&client->modem, &client_ops);
        client->connection = g_object_ref(connection);
        client->cancellable = g_cancellable_new();
        for (unsigned i = 0; i < G_N_ELEMENTS(services); i++) {
                client->services[i].client = client;
                client->services[i].watch = g_bus_watch_name_on_connection(
                        connection, services[i].name, G_BUS_NAME_WATCHER_FLAGS_NONE,
                        client_on_appeared, client_on_vanished, &client->services[i], NULL);
        }
        return &client->modem;
}
