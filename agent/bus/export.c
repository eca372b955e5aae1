/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/export.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lwm2m/status.h"

struct BusCall {
        GDBusMethodInvocation *invocation; /* owned */
        const ExportMethod *method;
        Export *export; /* while the caller is judged; NULL when it went meanwhile */
};

struct Export {
        GDBusConnection *connection;
        Authorizer *authorizer; /* borrowed */
        const ExportTable *table;
        char *path;
        guint registration;
        GVariant **last; /* of each property, what was told last; NULL: not signalled */
        GQueue judged;   /* calls whose callers are being judged */
        void *user;
};

GDBusMethodInvocation *bus_call_invocation(const BusCall *call)
{
        return call->invocation;
}

void bus_call_return(BusCall *call, GVariant *result)
{
        g_dbus_method_invocation_return_value(call->invocation, result);
        g_free(call);
}

void bus_call_fail(BusCall *call, int error, const char *format, ...)
{
        g_autofree char *text = NULL, *valid = NULL;
        va_list args;

        va_start(args, format);
        text = g_strdup_vprintf(format, args);
        va_end(args);
        valid = g_utf8_make_valid(text, -1);
        g_dbus_method_invocation_return_dbus_error(call->invocation, status_to_dbus(error), valid);
        g_free(call);
}

/* Whether `known` has the word "key:type". */
static bool option_known(const char *known, const char *key, const char *type)
{
        g_autofree char *word = g_strdup_printf("%s:%s", key, type);
        g_auto(GStrv) words = g_strsplit(known, " ", -1);

        return g_strv_contains((const char *const *) words, word);
}

gboolean bus_call_check_options(BusCall *call, GVariant *options, const char *known)
{
        GVariantIter iter;
        const char *key;
        GVariant *value;

        g_variant_iter_init(&iter, options);
        while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
                bool good = option_known(known, key, g_variant_get_type_string(value));

                g_variant_unref(value);
                if (good)
                        continue;
                bus_call_fail(call, -EINVAL,
                              "option \"%s\" is not known or of the wrong type; allowed: %s", key,
                              known[0] ? known : "none");
                return FALSE;
        }
        return TRUE;
}

static void call_on_judged(int result, void *user)
{
        BusCall *call = user;
        Export *export = call->export;

        if (!export) {
                bus_call_fail(call, -ENOENT, "the object is gone");
                return;
        }
        g_queue_remove(&export->judged, call);
        call->export = NULL;
        if (result == -EBUSY) {
                bus_call_fail(call, result, "too many callers wait to be authorized");
                return;
        }
        if (result < 0) {
                bus_call_fail(call, result, "not authorized to call %s", call->method->name);
                return;
        }
        call->method->handle(call, g_dbus_method_invocation_get_parameters(call->invocation),
                             export->user);
}

static void call_forget(gpointer user)
{
        BusCall *call = user;

        if (call->export)
                g_queue_remove(&call->export->judged, call);
        bus_call_fail(call, -ECANCELED, "the agent is stopping");
}

/* Whether the caller is prepared to wait for a person. */
static bool is_interactive(GDBusMethodInvocation *invocation)
{
        GDBusMessage *message = g_dbus_method_invocation_get_message(invocation);

        return g_dbus_message_get_flags(message) &
               G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION;
}

static void export_on_method(GDBusConnection *connection, const char *sender, const char *path,
                             const char *interface, const char *name, GVariant *parameters,
                             GDBusMethodInvocation *invocation, gpointer user)
{
        Export *export = user;
        BusCall *call;

        for (size_t i = 0; i < export->table->n_methods; i++) {
                const ExportMethod *method = &export->table->methods[i];

                if (strcmp(method->name, name) != 0)
                        continue;
                call = g_new0(BusCall, 1);
                call->invocation = invocation;
                call->method = method;
                call->export = export;
                g_queue_push_tail(&export->judged, call);
                authorizer_check(export->authorizer, sender, method->action,
                                 is_interactive(invocation), call_on_judged, call_forget, call);
                return;
        }
        g_dbus_method_invocation_return_error(invocation, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD,
                                              "no method %s", name);
}

static GVariant *export_on_get(GDBusConnection *connection, const char *sender, const char *path,
                               const char *interface, const char *name, GError **error,
                               gpointer user)
{
        Export *export = user;

        for (size_t i = 0; i < export->table->n_properties; i++)
                if (strcmp(export->table->properties[i].name, name) == 0)
                        return export->table->properties[i].get(export->user);
        g_set_error(error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_PROPERTY, "no property %s", name);
        return NULL;
}

static bool is_signalled(const ExportTable *table, const char *property)
{
        GDBusPropertyInfo *info =
                g_dbus_interface_info_lookup_property((GDBusInterfaceInfo *) table->info, property);
        const char *emits = g_dbus_annotation_info_lookup(
                info->annotations, "org.freedesktop.DBus.Property.EmitsChangedSignal");

        return !emits || strcmp(emits, "true") == 0;
}

Export *export_new(GDBusConnection *connection, Authorizer *authorizer, const char *path,
                   const ExportTable *table, void *user)
{
        static const GDBusInterfaceVTable vtable = {export_on_method, export_on_get, NULL};
        g_autoptr(GError) error = NULL;
        Export *export = g_new0(Export, 1);

        export->connection = g_object_ref(connection);
        export->authorizer = authorizer;
        export->table = table;
        export->path = g_strdup(path);
        export->user = user;
        export->last = g_new0(GVariant *, table->n_properties);
        for (size_t i = 0; i < table->n_properties; i++)
                if (is_signalled(table, table->properties[i].name))
                        export->last[i] = g_variant_ref_sink(table->properties[i].get(user));
        export->registration = g_dbus_connection_register_object(connection, path,
                                                                 (GDBusInterfaceInfo *) table->info,
                                                                 &vtable, export, NULL, &error);
        g_assert_no_error(error);
        return export;
}

void export_free(Export *export)
{
        if (!export)
                return;
        for (GList *link = export->judged.head; link; link = link->next)
                ((BusCall *) link->data)->export = NULL;
        g_queue_clear(&export->judged);
        g_dbus_connection_unregister_object(export->connection, export->registration);
        for (size_t i = 0; i < export->table->n_properties; i++)
                g_clear_pointer(&export->last[i], g_variant_unref);
        g_free(export->last);
        g_free(export->path);
        g_object_unref(export->connection);
        g_free(export);
}

void export_changed(Export *export)
{
        GVariantBuilder changed;
        unsigned n = 0;

        g_variant_builder_init(&changed, G_VARIANT_TYPE("a{sv}"));
        for (size_t i = 0; i < export->table->n_properties; i++) {
                const ExportProperty *property = &export->table->properties[i];
                g_autoptr(GVariant) value = NULL;

                if (!export->last[i])
                        continue;
                value = g_variant_ref_sink(property->get(export->user));
                if (g_variant_equal(value, export->last[i]))
                        continue;
                g_variant_builder_add(&changed, "{sv}", property->name, value);
                g_variant_unref(export->last[i]);
                export->last[i] = g_steal_pointer(&value);
                n++;
        }
        if (n == 0) {
                g_variant_builder_clear(&changed);
                return;
        }
        g_dbus_connection_emit_signal(
                export->connection, NULL, export->path, "org.freedesktop.DBus.Properties",
                "PropertiesChanged",
                g_variant_new("(sa{sv}as)", export->table->info->name, &changed, NULL), NULL);
}

GVariant *export_properties(Export *export)
{
        GVariantBuilder all;

        g_variant_builder_init(&all, G_VARIANT_TYPE("a{sv}"));
        for (size_t i = 0; i < export->table->n_properties; i++)
                g_variant_builder_add(&all, "{sv}", export->table->properties[i].name,
                                      export->table->properties[i].get(export->user));
        return g_variant_builder_end(&all);
}

const char *export_path(const Export *export)
{
        return export->path;
}

const char *export_interface(const Export *export)
{
        return export->table->info->name;
}
