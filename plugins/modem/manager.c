/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "manager.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "device.h"

#define OBJECT "ModemManager"
#define NAME "org.freedesktop.ModemManager1"
#define PATH "/org/freedesktop/ModemManager1"
#define MODEM NAME ".Modem"
#define MESSAGING NAME ".Modem.Messaging"
#define SMS NAME ".Sms"

/* MMModemState */
#define MODEM_STATE_ENABLING 5

#define CALL_TIMEOUT_MS 10000
#define ATTEMPTS (MANAGER_DELETE_TIME_MS / MANAGER_DELETE_INTERVAL_MS + 1)

struct Manager {
        GDBusConnection *connection;
        Clock *clock;
        guint watch;
        bool there;
        GList *questions; /* of Question, not answered yet: one for each device */
        GList *deletions; /* of Deletion, not answered yet: as many as there are messages */
};

static void manager_call(Manager *manager, const char *path, const char *interface,
                         const char *method, GVariant *arguments, const char *reply,
                         GAsyncReadyCallback func, gpointer user)
{
        g_dbus_connection_call(manager->connection, NAME, path, interface, method, arguments,
                               G_VARIANT_TYPE(reply), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                               CALL_TIMEOUT_MS, NULL, func, user);
}

static bool is_absent(const GError *error)
{
        return g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
               g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER);
}

/* ---- Whose modem it is --------------------------------------------------------------- */

typedef struct Asker {
        ManagerOwner func;
        void *user;
} Asker;

typedef struct Question {
        Manager *manager;
        char *port;     /* "cdc-wdm0" */
        char *target;   /* what it is a link to, NULL: gone */
        GArray *askers; /* of Asker */
} Question;

static void question_end(Question *question, int result, const char *modem)
{
        question->manager->questions = g_list_remove(question->manager->questions, question);
        for (guint i = 0; i < question->askers->len; i++) {
                const Asker *asker = &g_array_index(question->askers, Asker, i);

                asker->func(result, modem, asker->user);
        }
        g_array_unref(question->askers);
        g_free(question->port);
        g_free(question->target);
        g_free(question);
}

static gboolean question_on_absent(gpointer user)
{
        question_end(user, 0, NULL);
        return G_SOURCE_REMOVE;
}

static bool modem_has_port(GVariant *modem, const Question *question)
{
        g_autoptr(GVariantIter) ports = NULL;
        const char *name;

        if (!g_variant_lookup(modem, "Ports", "a(su)", &ports))
                return false;
        while (g_variant_iter_next(ports, "(&su)", &name, NULL)) {
                if (strcmp(name, question->port) == 0 || g_strcmp0(name, question->target) == 0)
                        return true;
        }
        return false;
}

/* Before somebody has enabled it, ModemManager neither lists nor deletes messages of a modem, nor
 * does it acknowledge any; of one that cannot do messages it never does. */
static bool modem_is_managed(GVariant *interfaces, GVariant *modem)
{
        g_autoptr(GVariant) messaging =
                g_variant_lookup_value(interfaces, MESSAGING, G_VARIANT_TYPE_VARDICT);
        gint32 state;

        return messaging && g_variant_lookup(modem, "State", "i", &state) &&
               state >= MODEM_STATE_ENABLING;
}

static void question_on_objects(GObject *source, GAsyncResult *result, gpointer user)
{
        Question *question = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
        g_autoptr(GVariantIter) objects = NULL;
        GVariant *interfaces;
        const char *path;
        g_autofree char *found = NULL;

        if (!reply) {
                if (!is_absent(error))
                        log_warning(OBJECT, "no modems: %s", error->message);
                question_end(question, is_absent(error) ? 0 : -EIO, NULL);
                return;
        }
        g_variant_get(reply, "(a{oa{sa{sv}}})", &objects);
        while (!found && g_variant_iter_next(objects, "{&o@a{sa{sv}}}", &path, &interfaces)) {
                g_autoptr(GVariant) modem =
                        g_variant_lookup_value(interfaces, MODEM, G_VARIANT_TYPE_VARDICT);

                if (modem && modem_has_port(modem, question) && modem_is_managed(interfaces, modem))
                        found = g_strdup(path);
                g_variant_unref(interfaces);
        }
        question_end(question, 0, found);
}

static Question *question_find(const Manager *manager, const char *port)
{
        for (GList *i = manager->questions; i; i = i->next) {
                Question *question = i->data;

                if (strcmp(question->port, port) == 0)
                        return question;
        }
        return NULL;
}

void manager_ask(Manager *manager, const char *device, ManagerOwner func, void *user)
{
        const Asker asker = {func, user};
        g_autofree char *port = g_path_get_basename(device);
        Question *question = question_find(manager, port);

        if (question) {
                g_array_append_val(question->askers, asker);
                return;
        }
        question = g_new0(Question, 1);
        question->manager = manager;
        question->port = g_steal_pointer(&port);
        question->target = device_target(device);
        question->askers = g_array_new(FALSE, FALSE, sizeof(Asker));
        g_array_append_val(question->askers, asker);
        manager->questions = g_list_prepend(manager->questions, question);
        if (manager->there)
                manager_call(manager, PATH, "org.freedesktop.DBus.ObjectManager",
                             "GetManagedObjects", NULL, "(a{oa{sa{sv}}})", question_on_objects,
                             question);
        else
                g_idle_add(question_on_absent, question);
}

/* ---- Deleting ------------------------------------------------------------------------ */

typedef struct Deletion {
        Manager *manager;
        char *modem;
        uint8_t *tpdu;
        size_t len;
        Timer *timer;
        unsigned attempts;
        char **paths; /* of the messages, those from `next` on not looked at yet */
        unsigned next;
        ManagerDone func;
        void *user;
} Deletion;

static void deletion_end(Deletion *deletion, int result)
{
        deletion->manager->deletions = g_list_remove(deletion->manager->deletions, deletion);
        deletion->func(result, deletion->user);
        timer_free(deletion->timer);
        g_strfreev(deletion->paths);
        g_free(deletion->modem);
        g_free(deletion->tpdu);
        g_free(deletion);
}

static void deletion_retry(Deletion *deletion)
{
        if (++deletion->attempts < ATTEMPTS)
                timer_arm_in(deletion->timer, MANAGER_DELETE_INTERVAL_MS * G_TIME_SPAN_MILLISECOND);
        else
                deletion_end(deletion, -ENOENT);
}

static void deletion_on_deleted(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);

        if (!reply)
                log_warning(OBJECT, "a message is not deleted: %s", error->message);
        deletion_end(user, reply ? 0 : -EIO);
}

static void deletion_look(Deletion *deletion);

static void deletion_on_properties(GObject *source, GAsyncResult *result, gpointer user)
{
        Deletion *deletion = user;
        const char *path = deletion->paths[deletion->next++];
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, NULL);
        g_autoptr(GVariant) properties = reply ? g_variant_get_child_value(reply, 0) : NULL;

        /* One that has gone meanwhile is not ours either. */
        if (!properties || !manager_message_is(properties, deletion->tpdu, deletion->len)) {
                deletion_look(deletion);
                return;
        }
        manager_call(deletion->manager, deletion->modem, MESSAGING, "Delete",
                     g_variant_new("(o)", path), "()", deletion_on_deleted, deletion);
}

static void deletion_look(Deletion *deletion)
{
        const char *path = deletion->paths[deletion->next];

        if (path && deletion->next < MANAGER_MAX_MESSAGES)
                manager_call(deletion->manager, path, "org.freedesktop.DBus.Properties", "GetAll",
                             g_variant_new("(s)", SMS), "(a{sv})", deletion_on_properties,
                             deletion);
        else
                deletion_retry(deletion);
}

static void deletion_on_list(GObject *source, GAsyncResult *result, gpointer user)
{
        Deletion *deletion = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);

        if (!reply) {
                log_warning(OBJECT, "no list of messages: %s", error->message);
                deletion_end(deletion, -EIO);
                return;
        }
        g_clear_pointer(&deletion->paths, g_strfreev);
        g_variant_get(reply, "(^ao)", &deletion->paths);
        deletion->next = 0;
        deletion_look(deletion);
}

static void deletion_on_attempt(void *user)
{
        Deletion *deletion = user;

        manager_call(deletion->manager, deletion->modem, MESSAGING, "List", NULL, "(ao)",
                     deletion_on_list, deletion);
}

void manager_delete(Manager *manager, const char *modem, const uint8_t *tpdu, size_t len,
                    ManagerDone func, void *user)
{
        Deletion *deletion = g_new0(Deletion, 1);

        deletion->manager = manager;
        deletion->modem = g_strdup(modem);
        deletion->tpdu = g_memdup2(tpdu, len);
        deletion->len = len;
        deletion->timer = timer_new(manager->clock, deletion_on_attempt, deletion);
        deletion->func = func;
        deletion->user = user;
        manager->deletions = g_list_prepend(manager->deletions, deletion);
        deletion_on_attempt(deletion);
}

/* ---- Coming and going ---------------------------------------------------------------- */

static void manager_on_appeared(GDBusConnection *connection, const char *name, const char *owner,
                                gpointer user)
{
        Manager *manager = user;

        manager->there = true;
}

static void manager_on_vanished(GDBusConnection *connection, const char *name, gpointer user)
{
        Manager *manager = user;

        manager->there = false;
}

Manager *manager_new(GDBusConnection *connection, Clock *clock)
{
        Manager *manager = g_new0(Manager, 1);

        manager->connection = connection;
        manager->clock = clock;

        /* Until the bus has said that it is not there. */
        manager->there = true;
        manager->watch = g_bus_watch_name_on_connection(
                connection, NAME, G_BUS_NAME_WATCHER_FLAGS_NONE, manager_on_appeared,
                manager_on_vanished, manager, NULL);
        return manager;
}

void manager_free(Manager *manager)
{
        if (!manager)
                return;
        g_bus_unwatch_name(manager->watch);
        while (manager->questions)
                question_end(manager->questions->data, -ECANCELED, NULL);
        while (manager->deletions)
                deletion_end(manager->deletions->data, -ECANCELED);
        g_free(manager);
}
