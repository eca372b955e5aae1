/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/authorize.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/log.h"

#define GROUP_NAME "lwm2m"
#define NO_GROUP ((gid_t) -1)

/* polkit may have to ask a person for a password. */
#define POLKIT_TIMEOUT_MS (120 * 1000)

/* A flag of CheckAuthorization. */
#define ALLOW_USER_INTERACTION 1u

struct Authorizer {
        GDBusConnection *connection;
        GCancellable *cancellable;
        gid_t group;
        GQueue checks;
        unsigned asking; /* of these, how many wait for polkit */
};

typedef struct Check {
        Authorizer *authorizer; /* NULL once it was freed */
        GList *link;
        char *sender;
        BusAction action;
        bool interactive;
        bool in_group;
        AuthorizeDone done;
        GDestroyNotify forget;
        void *user;
} Check;

static const char *action_name(BusAction action)
{
        switch (action) {
        case BUS_ACTION_READ:
                return "org.lwm2md1.read";
        case BUS_ACTION_CONTROL:
                return "org.lwm2md1.control";
        case BUS_ACTION_WRITE:
                return "org.lwm2md1.write";
        case BUS_ACTION_PROVISION:
                return "org.lwm2md1.provision";
        }
        return "";
}

static void check_free(Check *check)
{
        g_free(check->sender);
        g_free(check);
}

static void check_end(Check *check, int result)
{
        g_queue_delete_link(&check->authorizer->checks, check->link);
        check->done(result, check->user);
        check_free(check);
}

gid_t authorizer_find_group(void)
{
        const struct group *group = getgrnam(GROUP_NAME);

        return group ? group->gr_gid : NO_GROUP;
}

Authorizer *authorizer_new(GDBusConnection *connection, gid_t group)
{
        Authorizer *authorizer = g_new0(Authorizer, 1);

        authorizer->connection = g_object_ref(connection);
        authorizer->cancellable = g_cancellable_new();
        authorizer->group = group;
        return authorizer;
}

void authorizer_free(Authorizer *authorizer)
{
        if (!authorizer)
                return;
        g_cancellable_cancel(authorizer->cancellable);
        for (GList *link = authorizer->checks.head; link; link = link->next) {
                Check *check = link->data;

                check->authorizer = NULL;
                if (check->forget)
                        check->forget(check->user);
        }
        g_queue_clear(&authorizer->checks);
        g_object_unref(authorizer->cancellable);
        g_object_unref(authorizer->connection);
        g_free(authorizer);
}

/* Without polkit. */
static int judge_by_group(const Check *check)
{
        bool group_may = check->action == BUS_ACTION_READ || check->action == BUS_ACTION_CONTROL;

        return group_may && check->in_group ? 0 : -EACCES;
}

static bool polkit_is_absent(const GError *error)
{
        return g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
               g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
               g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND);
}

static void check_on_polkit(GObject *source, GAsyncResult *result, gpointer user)
{
        Check *check = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
        gboolean allowed;

        if (!check->authorizer) {
                check_free(check);
                return;
        }
        check->authorizer->asking--;
        if (reply) {
                g_variant_get(reply, "((bba{ss}))", &allowed, NULL, NULL);
                check_end(check, allowed ? 0 : -EACCES);
                return;
        }
        if (!polkit_is_absent(error))
                log_warning(NULL, "polkit: %s", error->message);
        check_end(check, polkit_is_absent(error) ? judge_by_group(check) : -EACCES);
}

static void ask_polkit(Check *check)
{
        GVariantBuilder subject, details;

        g_variant_builder_init(&subject, G_VARIANT_TYPE("a{sv}"));
        g_variant_builder_add(&subject, "{sv}", "name", g_variant_new_string(check->sender));
        g_variant_builder_init(&details, G_VARIANT_TYPE("a{ss}"));
        check->authorizer->asking++;
        g_dbus_connection_call(check->authorizer->connection, "org.freedesktop.PolicyKit1",
                               "/org/freedesktop/PolicyKit1/Authority",
                               "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization",
                               g_variant_new("((sa{sv})sa{ss}us)", "system-bus-name", &subject,
                                             action_name(check->action), &details,
                                             check->interactive ? ALLOW_USER_INTERACTION : 0, ""),
                               G_VARIANT_TYPE("((bba{ss}))"), G_DBUS_CALL_FLAGS_NONE,
                               POLKIT_TIMEOUT_MS, check->authorizer->cancellable, check_on_polkit,
                               check);
}

/* The bus knows the groups of a connection; the name service is not asked, it may block. */
static bool in_group(GVariant *credentials, gid_t group)
{
        g_autoptr(GVariant) groups =
                g_variant_lookup_value(credentials, "UnixGroupIDs", G_VARIANT_TYPE("au"));
        const guint32 *ids;
        gsize n = 0;

        if (!groups || group == NO_GROUP)
                return false;
        ids = g_variant_get_fixed_array(groups, &n, sizeof(guint32));
        for (gsize i = 0; i < n; i++)
                if (ids[i] == group)
                        return true;
        return false;
}

static void check_on_credentials(GObject *source, GAsyncResult *result, gpointer user)
{
        Check *check = user;
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, NULL);
        g_autoptr(GVariant) credentials = reply ? g_variant_get_child_value(reply, 0) : NULL;
        guint32 uid;

        if (!check->authorizer) {
                check_free(check);
                return;
        }
        if (!credentials || !g_variant_lookup(credentials, "UnixUserID", "u", &uid)) {
                check_end(check, -EACCES);
                return;
        }
        if (uid == 0 || uid == geteuid()) {
                check_end(check, 0);
                return;
        }
        if (check->authorizer->asking >= AUTHORIZE_MAX_ASKING) {
                check_end(check, -EBUSY);
                return;
        }
        check->in_group = in_group(credentials, check->authorizer->group);
        ask_polkit(check);
}

void authorizer_check(Authorizer *authorizer, const char *sender, BusAction action,
                      bool interactive, AuthorizeDone done, GDestroyNotify forget, void *user)
{
        Check *check;

        if (authorizer->checks.length >= AUTHORIZE_MAX_PENDING) {
                done(-EBUSY, user);
                return;
        }
        check = g_new0(Check, 1);
        check->authorizer = authorizer;
        check->sender = g_strdup(sender);
        check->action = action;
        check->interactive = interactive;
        check->done = done;
        check->forget = forget;
        check->user = user;
        g_queue_push_tail(&authorizer->checks, check);
        check->link = authorizer->checks.tail;
        g_dbus_connection_call(authorizer->connection, "org.freedesktop.DBus",
                               "/org/freedesktop/DBus", "org.freedesktop.DBus",
                               "GetConnectionCredentials", g_variant_new("(s)", sender),
                               G_VARIANT_TYPE("(a{sv})"), G_DBUS_CALL_FLAGS_NONE, -1,
                               authorizer->cancellable, check_on_credentials, check);
}
