/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "dbus/lwm2md-interfaces.h"
#include "pdu.h"

#define OBJECT "service"
#define AGENT "org.lwm2md1"
#define PATH "/org/lwm2md1/modem"
#define INTERFACE "org.lwm2md1.Modem"
#define ERROR(name) "org.lwm2md1.Error." name

struct Service {
        GDBusConnection *connection;
        const ServiceOps *ops;
        void *user;
        Manager *manager;
        Carrier *carrier;
        guint registration;
        guint name;
        guint agent_watch;
        char *agent; /* its unique name, NULL: not there */
        char *early; /* who asked for a replay last without being the agent */
        unsigned sending;
        GHashTable *told; /* property → its value as last signalled */
};

static const struct {
        int error;
        const char *name;
        const char *text;
} errors[] = {
        {-ENODEV, ERROR("NotConnected"), "no modem"},
        {-ENOTCONN, ERROR("NotConnected"), "the modem is not ready"},
        {-ECONNREFUSED, ERROR("Refused"), "refused"},
        {-ETIMEDOUT, ERROR("Timeout"), "no answer"},
        {-EBUSY, ERROR("Busy"), "busy"},
        {-ENOENT, ERROR("NotFound"), "no such message"},
        {-EINVAL, ERROR("BadValue"), "bad value"},
        {-EACCES, ERROR("NotAuthorized"), "only the agent may"},
};

static void fail(GDBusMethodInvocation *call, int error, const char *text)
{
        const char *name = ERROR("Failed");
        const char *usual = g_strerror(-error);

        for (size_t i = 0; i < G_N_ELEMENTS(errors); i++) {
                if (errors[i].error != error)
                        continue;
                name = errors[i].name;
                usual = errors[i].text;
        }
        g_dbus_method_invocation_return_dbus_error(call, name, text ? text : usual);
}

/* ---- Properties ---------------------------------------------------------------------- */

static GVariant *service_property(const Service *service, const char *name)
{
        const BackendStatus *status = carrier_status(service->carrier);

        if (g_str_equal(name, "State"))
                return g_variant_new_string(
                        modem_state_to_string(status ? status->state : MODEM_ABSENT));
        if (g_str_equal(name, "Device"))
                return g_variant_new_string(carrier_device(service->carrier));
        if (g_str_equal(name, "OwnNumber"))
                return g_variant_new_string(status ? status->own_number : "");
        return g_variant_new_boolean(status && status->storage_full);
}

static GVariant *service_on_get(GDBusConnection *connection, const char *sender, const char *path,
                                const char *interface, const char *name, GError **error,
                                gpointer user)
{
        return g_variant_ref_sink(service_property(user, name));
}

/* To the agent alone: the number concerns nobody else. */
static void service_on_status(void *user)
{
        Service *service = user;
        GVariantBuilder changed;
        unsigned n = 0;

        if (!service->registration || !service->agent)
                return;
        g_variant_builder_init(&changed, G_VARIANT_TYPE_VARDICT);
        for (unsigned i = 0; lwm2md_modem_interface.properties[i]; i++) {
                const char *name = lwm2md_modem_interface.properties[i]->name;
                g_autoptr(GVariant) value = g_variant_ref_sink(service_property(service, name));
                GVariant *old = g_hash_table_lookup(service->told, name);

                if (old && g_variant_equal(old, value))
                        continue;
                g_hash_table_insert(service->told, (gpointer) name, g_variant_ref(value));
                g_variant_builder_add(&changed, "{sv}", name, value);
                n++;
        }
        if (n == 0) {
                g_variant_builder_clear(&changed);
                return;
        }
        g_dbus_connection_emit_signal(service->connection, service->agent, PATH,
                                      "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                      g_variant_new("(sa{sv}as)", INTERFACE, &changed, NULL), NULL);
}

/* ---- To the agent -------------------------------------------------------------------- */

static bool service_announce(guint64 id, const uint8_t *tpdu, size_t len, bool stored, void *user)
{
        const Service *service = user;
        GVariantBuilder details;

        if (!service->agent)
                return false;
        g_variant_builder_init(&details, G_VARIANT_TYPE_VARDICT);
        g_variant_builder_add(&details, "{sv}", "stored", g_variant_new_boolean(stored));
        return g_dbus_connection_emit_signal(
                service->connection, service->agent, PATH, INTERFACE, "Received",
                g_variant_new("(t@aya{sv})", id,
                              g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, tpdu, len, 1),
                              &details),
                NULL);
}

static void service_on_nothing(int result, void *user)
{
}

static void service_on_agent(GDBusConnection *connection, const char *name, const char *owner,
                             gpointer user)
{
        Service *service = user;

        g_free(service->agent);
        service->agent = g_strdup(owner);
        g_hash_table_remove_all(service->told);
        service_on_status(service);

        /* It asked before it had its name. */
        if (g_strcmp0(owner, service->early) == 0 && carrier_inbox(service->carrier))
                inbox_replay(carrier_inbox(service->carrier), service_on_nothing, NULL);
        g_clear_pointer(&service->early, g_free);
}

static void service_on_agent_gone(GDBusConnection *connection, const char *name, gpointer user)
{
        Service *service = user;

        g_clear_pointer(&service->agent, g_free);
}

/* ---- Methods ------------------------------------------------------------------------- */

typedef struct Sending {
        Service *service;
        GDBusMethodInvocation *call;
} Sending;

static void service_on_sent(int result, unsigned reference, const char *text, void *user)
{
        g_autofree Sending *sending = user;

        sending->service->sending--;
        if (result < 0)
                fail(sending->call, result, text);
        else
                g_dbus_method_invocation_return_value(sending->call,
                                                      g_variant_new("(u)", (guint32) reference));
}

static void service_send(Service *service, GVariant *parameters, GDBusMethodInvocation *call)
{
        g_autoptr(GVariant) octets = g_variant_get_child_value(parameters, 0);
        g_autoptr(GVariant) options = g_variant_get_child_value(parameters, 1);
        const BackendStatus *status = carrier_status(service->carrier);
        Backend *backend = carrier_backend(service->carrier);
        uint8_t pdu[PDU_MAX_OCTETS];
        ByteWriter writer = byte_writer(pdu, sizeof(pdu));
        const char *smsc = NULL;
        Sending *sending;
        size_t len;
        const void *tpdu = g_variant_get_fixed_array(octets, &len, 1);

        if (len == 0 || len > MODEM_MAX_TPDU) {
                fail(call, -EINVAL, "not the length of a TPDU");
                return;
        }
        g_variant_lookup(options, "smsc", "&s", &smsc);
        if (pdu_write_smsc(&writer, smsc) < 0) {
                fail(call, -EINVAL, "smsc: not a number");
                return;
        }
        if (!status || status->state != MODEM_READY) {
                fail(call, -ENOTCONN, status ? modem_state_to_string(status->state) : NULL);
                return;
        }
        if (service->sending >= SERVICE_MAX_SENDING) {
                fail(call, -EBUSY, NULL);
                return;
        }
        byte_writer_bytes(&writer, tpdu, len);
        g_assert(byte_writer_result(&writer) == 0);
        sending = g_new0(Sending, 1);
        *sending = (Sending){service, call};
        service->sending++;
        backend->ops->send(backend, pdu, writer.len, service_on_sent, sending);
}

static void service_on_done(int result, void *user)
{
        GDBusMethodInvocation *call = user;

        if (result < 0)
                fail(call, result, NULL);
        else
                g_dbus_method_invocation_return_value(call, NULL);
}

/* Whatever kept the message is no matter of the agent's: it is tried again. */
static void service_on_forgotten(int result, void *user)
{
        service_on_done(result < 0 ? -EIO : 0, user);
}

static void service_acknowledge(Service *service, GVariant *parameters, GDBusMethodInvocation *call)
{
        Inbox *inbox = carrier_inbox(service->carrier);
        g_autoptr(GVariant) options = NULL;
        gboolean foreign = FALSE;
        guint64 id;
        int r;

        g_variant_get(parameters, "(t@a{sv})", &id, &options);
        g_variant_lookup(options, "foreign", "b", &foreign);
        r = inbox ? inbox_acknowledge(inbox, id, foreign, service_on_forgotten, call) : -ENOENT;
        if (r < 0)
                fail(call, r, NULL);
}

static void service_replay(Service *service, GDBusMethodInvocation *call)
{
        Inbox *inbox = carrier_inbox(service->carrier);

        if (inbox)
                inbox_replay(inbox, service_on_done, call);
        else
                fail(call, -ENODEV, NULL);
}

/* Short messages cost money, and what is acknowledged is lost to others. */
static void service_refuse(Service *service, const char *sender, const char *method,
                           GDBusMethodInvocation *call)
{
        if (g_str_equal(method, "Replay")) {
                g_free(service->early);
                service->early = g_strdup(sender);
        }
        fail(call, -EACCES, NULL);
}

static void service_on_call(GDBusConnection *connection, const char *sender, const char *path,
                            const char *interface, const char *method, GVariant *parameters,
                            GDBusMethodInvocation *call, gpointer user)
{
        Service *service = user;

        if (g_strcmp0(sender, service->agent) != 0)
                service_refuse(service, sender, method, call);
        else if (g_str_equal(method, "Send"))
                service_send(service, parameters, call);
        else if (g_str_equal(method, "Acknowledge"))
                service_acknowledge(service, parameters, call);
        else
                service_replay(service, call);
}

static const GDBusInterfaceVTable service_vtable = {
        .method_call = service_on_call,
        .get_property = service_on_get,
};

/* ---- The name ------------------------------------------------------------------------ */

static void service_on_lost(GDBusConnection *connection, const char *name, gpointer user)
{
        Service *service = user;

        log_error(OBJECT, "%s belongs to somebody else", name);
        service->ops->on_name_lost(service->user);
}

static void service_on_protocol(const BackendOps *ops, void *user)
{
        Service *service = user;

        service->name = g_bus_own_name_on_connection(service->connection, ops->bus_name,
                                                     G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, NULL,
                                                     service_on_lost, service, NULL);
}

static void service_on_stopped(void *user)
{
        Service *service = user;

        service->ops->on_stopped(service->user);
}

static const CarrierOps service_carrier_ops = {
        .announce = service_announce,
        .on_protocol = service_on_protocol,
        .on_status = service_on_status,
        .on_stopped = service_on_stopped,
};

int service_new(GDBusConnection *connection, Clock *clock, const CarrierConfig *config,
                const ServiceOps *ops, void *user, Service **ret)
{
        g_autoptr(Service) service = g_new0(Service, 1);
        int r;

        service->connection = g_object_ref(connection);
        service->ops = ops;
        service->user = user;
        service->told = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
                                              (GDestroyNotify) g_variant_unref);
        service->manager = manager_new(connection, clock);
        r = carrier_new(config, service->manager, clock, &service_carrier_ops, service,
                        &service->carrier);
        if (r < 0)
                return r;
        service->registration = g_dbus_connection_register_object(
                connection, PATH, (GDBusInterfaceInfo *) &lwm2md_modem_interface, &service_vtable,
                service, NULL, NULL);
        service->agent_watch = g_bus_watch_name_on_connection(
                connection, AGENT, G_BUS_NAME_WATCHER_FLAGS_NONE, service_on_agent,
                service_on_agent_gone, service, NULL);
        carrier_start(service->carrier);
        *ret = g_steal_pointer(&service);
        return 0;
}

void service_stop(Service *service)
{
        carrier_stop(service->carrier);
}

void service_free(Service *service)
{
        if (!service)
                return;
        if (service->name)
                g_bus_unown_name(service->name);
        if (service->agent_watch)
                g_bus_unwatch_name(service->agent_watch);
        if (service->registration)
                g_dbus_connection_unregister_object(service->connection, service->registration);
        manager_free(service->manager); /* which answers the carrier */
        carrier_free(service->carrier);
        g_hash_table_unref(service->told);
        g_free(service->agent);
        g_free(service->early);
        g_object_unref(service->connection);
        g_free(service);
}
