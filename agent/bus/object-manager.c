/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/object-manager.h"

#include <stdbool.h>
#include <string.h>

#define OBJECT_MANAGER_INTERFACE "org.freedesktop.DBus.ObjectManager"

struct ObjectManager {
        GDBusConnection *connection;
        char *path;
        guint registration;
        GPtrArray *exports; /* borrowed */
};

static const char object_manager_xml[] =
        "<node><interface name='" OBJECT_MANAGER_INTERFACE "'>"
        "<method name='GetManagedObjects'><arg name='objects' type='a{oa{sa{sv}}}' "
        "direction='out'/></method>"
        "<signal name='InterfacesAdded'><arg name='object' type='o'/><arg name='interfaces' "
        "type='a{sa{sv}}'/></signal>"
        "<signal name='InterfacesRemoved'><arg name='object' type='o'/><arg name='interfaces' "
        "type='as'/></signal>"
        "</interface></node>";

static void add_interface(GVariantBuilder *interfaces, Export *export)
{
        g_variant_builder_add(interfaces, "{s@a{sv}}", export_interface(export),
                              export_properties(export));
}

static bool same_path(const ObjectManager *manager, unsigned i, unsigned j)
{
        return strcmp(export_path(g_ptr_array_index(manager->exports, i)),
                      export_path(g_ptr_array_index(manager->exports, j))) == 0;
}

static bool is_first_of_path(const ObjectManager *manager, unsigned i)
{
        for (unsigned j = 0; j < i; j++)
                if (same_path(manager, i, j))
                        return false;
        return true;
}

/* The object of the export at `first`, with all its interfaces. */
static void add_object(const ObjectManager *manager, unsigned first, GVariantBuilder *objects)
{
        GVariantBuilder interfaces;

        g_variant_builder_init(&interfaces, G_VARIANT_TYPE("a{sa{sv}}"));
        for (unsigned i = first; i < manager->exports->len; i++)
                if (same_path(manager, i, first))
                        add_interface(&interfaces, g_ptr_array_index(manager->exports, i));
        g_variant_builder_add(objects, "{oa{sa{sv}}}",
                              export_path(g_ptr_array_index(manager->exports, first)), &interfaces);
}

static void manager_on_method(GDBusConnection *connection, const char *sender, const char *path,
                              const char *interface, const char *name, GVariant *parameters,
                              GDBusMethodInvocation *invocation, gpointer user)
{
        ObjectManager *manager = user;
        GVariantBuilder objects;

        g_variant_builder_init(&objects, G_VARIANT_TYPE("a{oa{sa{sv}}}"));
        for (unsigned i = 0; i < manager->exports->len; i++)
                if (is_first_of_path(manager, i))
                        add_object(manager, i, &objects);
        g_dbus_method_invocation_return_value(invocation,
                                              g_variant_new("(a{oa{sa{sv}}})", &objects));
}

ObjectManager *object_manager_new(GDBusConnection *connection, const char *path)
{
        static const GDBusInterfaceVTable vtable = {manager_on_method, NULL, NULL};
        g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(object_manager_xml, NULL);
        ObjectManager *manager = g_new0(ObjectManager, 1);

        manager->connection = g_object_ref(connection);
        manager->path = g_strdup(path);
        manager->exports = g_ptr_array_new();
        manager->registration = g_dbus_connection_register_object(
                connection, path, node->interfaces[0], &vtable, manager, NULL, NULL);
        return manager;
}

void object_manager_free(ObjectManager *manager)
{
        if (!manager)
                return;
        g_dbus_connection_unregister_object(manager->connection, manager->registration);
        g_ptr_array_unref(manager->exports);
        g_object_unref(manager->connection);
        g_free(manager->path);
        g_free(manager);
}

void object_manager_add(ObjectManager *manager, Export *export)
{
        GVariantBuilder interfaces;

        g_assert(manager->exports->len < OBJECT_MANAGER_MAX);
        g_variant_builder_init(&interfaces, G_VARIANT_TYPE("a{sa{sv}}"));
        add_interface(&interfaces, export);
        g_ptr_array_add(manager->exports, export);
        g_dbus_connection_emit_signal(
                manager->connection, NULL, manager->path, OBJECT_MANAGER_INTERFACE,
                "InterfacesAdded", g_variant_new("(oa{sa{sv}})", export_path(export), &interfaces),
                NULL);
}

void object_manager_remove(ObjectManager *manager, Export *export)
{
        const char *interfaces[] = {export_interface(export), NULL};

        if (!g_ptr_array_remove(manager->exports, export))
                return;
        g_dbus_connection_emit_signal(manager->connection, NULL, manager->path,
                                      OBJECT_MANAGER_INTERFACE, "InterfacesRemoved",
                                      g_variant_new("(o^as)", export_path(export), interfaces),
                                      NULL);
}
