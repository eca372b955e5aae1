/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/resolve.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>

#include "link/address.h"

/* What GIO holds: outlives the resolver when that is freed before the answer. */
typedef struct Lookup {
        Resolver *resolver; /* NULL: nobody waits any more */
        GCancellable *cancellable;
} Lookup;

struct Resolver {
        char *host;
        uint16_t port;
        int family;
        ResolverFunc func;
        void *user;
        Lookup *lookup;
        Timer *timeout;
        Timer *literal; /* puts the answer off to the next turn of the loop */
        struct sockaddr_storage addresses[RESOLVER_MAX_ADDRESSES];
        unsigned count;
        unsigned current;
};

static void resolver_on_timeout(void *user)
{
        Resolver *resolver = user;

        resolver_cancel(resolver);
        resolver->func(-ETIMEDOUT, resolver->user);
}

static bool resolver_has(const Resolver *resolver, const struct sockaddr_storage *address)
{
        for (unsigned i = 0; i < resolver->count; i++)
                if (address_equal((const struct sockaddr *) &resolver->addresses[i],
                                  (const struct sockaddr *) address))
                        return true;
        return false;
}

static void resolver_add(Resolver *resolver, const struct sockaddr_storage *address)
{
        if (resolver->family != AF_UNSPEC && resolver->family != address->ss_family)
                return;
        if (resolver->count == RESOLVER_MAX_ADDRESSES || resolver_has(resolver, address))
                return;
        resolver->addresses[resolver->count++] = *address;
}

static void resolver_forget(Resolver *resolver)
{
        resolver->count = 0;
        resolver->current = 0;
}

static void resolver_on_literal(void *user)
{
        Resolver *resolver = user;
        struct sockaddr_storage address;
        int r = address_parse(resolver->host, resolver->port, &address);

        g_assert(r == 0); /* resolver_start() has seen it */
        resolver_forget(resolver);
        resolver_add(resolver, &address);
        resolver->func(resolver->count > 0 ? 0 : -ENOENT, resolver->user);
}

Resolver *resolver_new(Clock *clock, const char *host, uint16_t port, int family, ResolverFunc func,
                       void *user)
{
        Resolver *resolver = g_new0(Resolver, 1);

        resolver->host = g_strdup(host);
        resolver->port = port;
        resolver->family = family;
        resolver->func = func;
        resolver->user = user;
        resolver->timeout = timer_new(clock, resolver_on_timeout, resolver);
        resolver->literal = timer_new(clock, resolver_on_literal, resolver);
        return resolver;
}

void resolver_free(Resolver *resolver)
{
        if (!resolver)
                return;

        resolver_cancel(resolver);
        timer_free(resolver->timeout);
        timer_free(resolver->literal);
        g_free(resolver->host);
        g_free(resolver);
}

static int resolver_errno(const GError *error)
{
        if (g_error_matches(error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND))
                return -ENOENT;
        if (g_error_matches(error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_TEMPORARY_FAILURE))
                return -EAGAIN;
        return -EIO;
}

static int resolver_take(Resolver *resolver, GList *found)
{
        resolver_forget(resolver);
        for (GList *item = found; item; item = item->next) {
                g_autoptr(GSocketAddress) address =
                        g_inet_socket_address_new(item->data, resolver->port);
                struct sockaddr_storage native = {0};

                if (g_socket_address_to_native(address, &native, sizeof(native), NULL))
                        resolver_add(resolver, &native);
        }
        return resolver->count > 0 ? 0 : -ENOENT;
}

static void resolver_on_answer(GObject *object, GAsyncResult *result, gpointer user)
{
        Lookup *lookup = user;
        Resolver *resolver = lookup->resolver;
        g_autoptr(GError) error = NULL;
        GList *found = g_resolver_lookup_by_name_finish(G_RESOLVER(object), result, &error);

        g_object_unref(lookup->cancellable);
        g_free(lookup);
        if (resolver) {
                resolver->lookup = NULL;
                timer_disarm(resolver->timeout);
                int r = error ? resolver_errno(error) : resolver_take(resolver, found);
                resolver->func(r, resolver->user);
        }
        g_resolver_free_addresses(found);
}

void resolver_start(Resolver *resolver)
{
        struct sockaddr_storage literal;
        g_autoptr(GResolver) resolving = NULL;
        Lookup *lookup;

        resolver_cancel(resolver);
        if (address_parse(resolver->host, resolver->port, &literal) == 0) {
                timer_arm_in(resolver->literal, 0);
                return;
        }

        resolving = g_resolver_get_default();
        lookup = g_new0(Lookup, 1);
        lookup->resolver = resolver;
        lookup->cancellable = g_cancellable_new();
        resolver->lookup = lookup;
        timer_arm_in(resolver->timeout, RESOLVER_TIMEOUT);
        g_resolver_lookup_by_name_async(resolving, resolver->host, lookup->cancellable,
                                        resolver_on_answer, lookup);
}

void resolver_cancel(Resolver *resolver)
{
        timer_disarm(resolver->timeout);
        timer_disarm(resolver->literal);
        if (!resolver->lookup)
                return;

        resolver->lookup->resolver = NULL;
        g_cancellable_cancel(resolver->lookup->cancellable);
        resolver->lookup = NULL;
}

const struct sockaddr *resolver_current(const Resolver *resolver, socklen_t *ret_len)
{
        const struct sockaddr *address;

        if (resolver->count == 0)
                return NULL;

        address = (const struct sockaddr *) &resolver->addresses[resolver->current];
        if (ret_len)
                *ret_len = address_size(address);
        return address;
}

bool resolver_rotate(Resolver *resolver)
{
        if (resolver->current + 1 >= resolver->count) {
                resolver->current = 0;
                return false;
        }
        resolver->current++;
        return true;
}

unsigned resolver_count(const Resolver *resolver)
{
        return resolver->count;
}
