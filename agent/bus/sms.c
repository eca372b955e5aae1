/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/sms.h"

#include "bus/variant.h"
#include "dbus/lwm2md-interfaces.h"

#define SMS_PATH "/org/lwm2md1/sms"

struct BusSms {
        GDBusConnection *connection;
        Authorizer *authorizer;
        ObjectManager *objects;
        const SmsView *view;
        void *user;
        Export *export; /* NULL while there is no modem */
};

static GVariant *sms_text(const char *text)
{
        return variant_from_text(text ? text : "");
}

static GVariant *sms_backend(void *user)
{
        BusSms *sms = user;

        return sms_text(sms->view->backend(sms->user));
}

static GVariant *sms_device(void *user)
{
        BusSms *sms = user;

        return sms_text(sms->view->device(sms->user));
}

static GVariant *sms_state(void *user)
{
        BusSms *sms = user;

        return sms_text(sms->view->state(sms->user));
}

static void add_counter(const char *name, guint64 value, void *data)
{
        g_variant_builder_add(data, "{st}", name, value);
}

static GVariant *sms_counters(void *user)
{
        BusSms *sms = user;
        GVariantBuilder counters;

        g_variant_builder_init(&counters, G_VARIANT_TYPE("a{st}"));
        sms->view->foreach_counter(add_counter, &counters, sms->user);
        return g_variant_builder_end(&counters);
}

static GVariant *sms_storage_full(void *user)
{
        BusSms *sms = user;

        return g_variant_new_boolean(sms->view->storage_full(sms->user));
}

static GVariant *sms_budget_left(void *user)
{
        BusSms *sms = user;
        GVariantBuilder left;

        g_variant_builder_init(&left, G_VARIANT_TYPE("a{st}"));
        sms->view->foreach_left(add_counter, &left, sms->user);
        return g_variant_builder_end(&left);
}

static const ExportProperty sms_properties[] = {
        {"Backend", sms_backend},
        {"Device", sms_device},
        {"State", sms_state},
        {"Counters", sms_counters},
        {"StorageFull", sms_storage_full},
        {"BudgetLeft", sms_budget_left},
};

static const ExportTable sms_table = {
        &lwm2md_sms_interface, NULL, 0, sms_properties, G_N_ELEMENTS(sms_properties),
};

static void sms_appear(BusSms *sms)
{
        sms->export = export_new(sms->connection, sms->authorizer, SMS_PATH, &sms_table, sms);
        object_manager_add(sms->objects, sms->export);
}

static void sms_disappear(BusSms *sms)
{
        object_manager_remove(sms->objects, sms->export);
        g_clear_pointer(&sms->export, export_free);
}

BusSms *bus_sms_new(GDBusConnection *connection, Authorizer *authorizer, ObjectManager *objects,
                    const SmsView *view, void *user)
{
        BusSms *sms = g_new0(BusSms, 1);

        sms->connection = connection;
        sms->authorizer = authorizer;
        sms->objects = objects;
        sms->view = view;
        sms->user = user;
        bus_sms_changed(sms);
        return sms;
}

void bus_sms_free(BusSms *sms)
{
        if (!sms)
                return;
        if (sms->export)
                sms_disappear(sms);
        g_free(sms);
}

void bus_sms_changed(BusSms *sms)
{
        const char *backend = sms->view->backend(sms->user);
        bool there = backend && backend[0] != '\0';

        if (there && !sms->export)
                sms_appear(sms);
        else if (there)
                export_changed(sms->export);
        else if (sms->export)
                sms_disappear(sms);
}

void bus_sms_triggered(BusSms *sms, uint16_t ssid, const char *what)
{
        if (sms->export)
                g_dbus_connection_emit_signal(sms->connection, NULL, SMS_PATH,
                                              lwm2md_sms_interface.name, "Triggered",
                                              g_variant_new("(qs)", ssid, what), NULL);
}
