/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-service.h"

#include <string.h>

#include "dbus/lwm2md-interfaces.h"
#include "test-util.h"

#define PATH "/org/lwm2md1/modem"
#define INTERFACE "org.lwm2md1.Modem"

static void on_send(FakeService *service, GVariant *parameters, GDBusMethodInvocation *invocation)
{
        g_autoptr(GVariant) tpdu = g_variant_get_child_value(parameters, 0);
        gsize len;
        const guint8 *octets = g_variant_get_fixed_array(tpdu, &len, 1);

        g_string_append(service->log, "send ");
        for (gsize i = 0; i < len; i++)
                g_string_append_printf(service->log, "%02x", octets[i]);
        g_string_append_c(service->log, ';');
        if (service->error)
                g_dbus_method_invocation_return_dbus_error(invocation, service->error, "cause 42");
        else
                service->held = invocation;
}

static void on_acknowledge(FakeService *service, GVariant *parameters,
                           GDBusMethodInvocation *invocation)
{
        g_autoptr(GVariant) options = NULL;
        gboolean foreign = FALSE;
        guint64 id;

        g_variant_get(parameters, "(t@a{sv})", &id, &options);
        g_variant_lookup(options, "foreign", "b", &foreign);
        g_string_append_printf(service->log, "ack %" G_GUINT64_FORMAT "%s;", id,
                               foreign ? "f" : "");
        g_dbus_method_invocation_return_value(invocation, NULL);
}

static void on_call(GDBusConnection *connection, const char *sender, const char *path,
                    const char *interface, const char *method, GVariant *parameters,
                    GDBusMethodInvocation *invocation, gpointer user)
{
        FakeService *service = user;

        g_free(service->agent);
        service->agent = g_strdup(sender);
        if (strcmp(method, "Send") == 0) {
                on_send(service, parameters, invocation);
        } else if (strcmp(method, "Acknowledge") == 0) {
                on_acknowledge(service, parameters, invocation);
        } else {
                g_string_append(service->log, "replay;");
                g_dbus_method_invocation_return_value(invocation, NULL);
        }
}

static GVariant *on_get(GDBusConnection *connection, const char *sender, const char *path,
                        const char *interface, const char *property, GError **error, gpointer user)
{
        FakeService *service = user;

        if (strcmp(property, "State") == 0)
                return g_variant_new_string(service->state);
        if (strcmp(property, "Device") == 0)
                return g_variant_new_string("/dev/cdc-wdm0");
        if (strcmp(property, "OwnNumber") == 0)
                return g_variant_new_string("14155550125");
        return g_variant_new_boolean(FALSE);
}

static const GDBusInterfaceVTable vtable = {.method_call = on_call, .get_property = on_get};

static void on_name(GDBusConnection *connection, const char *name, gpointer user)
{
        *(gboolean *) user = TRUE;
}

FakeService *fake_service_new(const char *address, const char *name)
{
        FakeService *service = g_new0(FakeService, 1);
        g_autoptr(GError) error = NULL;
        gboolean owned = FALSE;

        service->connection = g_dbus_connection_new_for_address_sync(
                address,
                G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                        G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                NULL, NULL, &error);
        g_assert_no_error(error);
        service->state = "ready";
        service->log = g_string_new(NULL);
        service->object = g_dbus_connection_register_object(
                service->connection, PATH, (GDBusInterfaceInfo *) &lwm2md_modem_interface, &vtable,
                service, NULL, &error);
        g_assert_no_error(error);
        service->name =
                g_bus_own_name_on_connection(service->connection, name, G_BUS_NAME_OWNER_FLAGS_NONE,
                                             on_name, NULL, &owned, NULL);
        test_wait_until(NULL, owned);
        return service;
}

void fake_service_free(FakeService *service)
{
        if (!service)
                return;

        g_bus_unown_name(service->name);
        g_dbus_connection_unregister_object(service->connection, service->object);
        g_clear_object(&service->held);
        g_dbus_connection_close_sync(service->connection, NULL, NULL);
        g_object_unref(service->connection);
        g_string_free(service->log, TRUE);
        g_free(service->agent);
        g_free(service);
}

void fake_service_receive(FakeService *service, const char *destination, guint64 id,
                          const char *text, gboolean stored)
{
        GVariantBuilder details;

        g_variant_builder_init(&details, G_VARIANT_TYPE_VARDICT);
        if (stored)
                g_variant_builder_add(&details, "{sv}", "stored", g_variant_new_boolean(TRUE));
        g_dbus_connection_emit_signal(
                service->connection, destination, PATH, INTERFACE, "Received",
                g_variant_new("(t@aya{sv})", id,
                              g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, text, strlen(text), 1),
                              &details),
                NULL);
}

void fake_service_emit(FakeService *service, const char *signal, GVariant *parameters)
{
        g_dbus_connection_emit_signal(service->connection, NULL, PATH, INTERFACE, signal,
                                      parameters, NULL);
}

void fake_service_set_state(FakeService *service, const char *state)
{
        GVariantBuilder changed;

        service->state = state;
        g_variant_builder_init(&changed, G_VARIANT_TYPE_VARDICT);
        g_variant_builder_add(&changed, "{sv}", "State", g_variant_new_string(state));
        g_variant_builder_add(&changed, "{sv}", "StorageFull", g_variant_new_boolean(TRUE));
        g_variant_builder_add(&changed, "{sv}", "Device", g_variant_new_uint32(7));
        g_dbus_connection_emit_signal(service->connection, NULL, PATH,
                                      "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                      g_variant_new("(sa{sv}as)", INTERFACE, &changed, NULL), NULL);
}

void fake_service_answer(FakeService *service, guint32 reference)
{
        GDBusMethodInvocation *held = g_steal_pointer(&service->held);

        g_assert_nonnull(held);
        g_dbus_method_invocation_return_value(held, g_variant_new("(u)", reference));
}
