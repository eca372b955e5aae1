/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <gio/gio.h>

#include "base/clock.h"
#include "link/address.h"
#include "link/resolve.h"
#include "test-util.h"

/* ---- A name server that says what the test wants ---------------------------- */

typedef struct FakeResolver {
        GResolver parent;
        GTask *pending; /* asked and not answered */
        char *host;
        unsigned asked;
} FakeResolver;

typedef struct FakeResolverClass {
        GResolverClass parent;
} FakeResolverClass;

GType fake_resolver_get_type(void);
G_DEFINE_TYPE(FakeResolver, fake_resolver, G_TYPE_RESOLVER)

static void fake_lookup_async(GResolver *resolver, const char *host, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user)
{
        FakeResolver *fake = (FakeResolver *) resolver;

        g_clear_object(&fake->pending);
        g_free(fake->host);
        fake->host = g_strdup(host);
        fake->pending = g_task_new(resolver, cancellable, callback, user);
        fake->asked++;
}

static GList *fake_lookup_finish(GResolver *resolver, GAsyncResult *result, GError **error)
{
        return g_task_propagate_pointer(G_TASK(result), error);
}

static void fake_resolver_class_init(FakeResolverClass *class)
{
        class->parent.lookup_by_name_async = fake_lookup_async;
        class->parent.lookup_by_name_finish = fake_lookup_finish;
}

static void fake_resolver_init(FakeResolver *fake)
{
}

static void fake_answer(FakeResolver *fake, const char *const *addresses)
{
        GList *list = NULL;
        g_autoptr(GTask) task = g_steal_pointer(&fake->pending);

        for (; *addresses; addresses++)
                list = g_list_append(list, g_inet_address_new_from_string(*addresses));
        g_task_return_pointer(task, list, (GDestroyNotify) g_resolver_free_addresses);
}

static void fake_refuse(FakeResolver *fake, int code)
{
        g_autoptr(GTask) task = g_steal_pointer(&fake->pending);

        g_task_return_new_error(task, G_RESOLVER_ERROR, code, "refused");
}

/* ---- Tests ------------------------------------------------------------------ */

typedef struct Fixture {
        FakeResolver *fake;
        Clock *clock;
        Resolver *resolver;
        unsigned answers;
        int r;
        bool free_inside;
} Fixture;

static void on_answer(int r, void *user)
{
        Fixture *f = user;

        f->answers++;
        f->r = r;
        if (f->free_inside)
                g_clear_pointer(&f->resolver, resolver_free);
}

static void set_up(Fixture *f, gconstpointer unused)
{
        f->fake = g_object_new(fake_resolver_get_type(), NULL);
        g_resolver_set_default(&f->fake->parent);
        f->clock = clock_new_manual(0, 0);
        f->r = 1;
}

static void tear_down(Fixture *f, gconstpointer unused)
{
        resolver_free(f->resolver);
        while (g_main_context_iteration(NULL, FALSE))
                ;
        clock_free(f->clock);
        g_clear_object(&f->fake->pending);
        g_free(f->fake->host);
        g_object_unref(f->fake);
}

static void resolve(Fixture *f, const char *host, int family)
{
        resolver_free(f->resolver);
        f->resolver = resolver_new(f->clock, host, 5683, family, on_answer, f);
        resolver_start(f->resolver);
}

static void assert_current(Fixture *f, const char *expected)
{
        socklen_t len;
        const struct sockaddr *address = resolver_current(f->resolver, &len);
        g_autofree char *text = address ? address_to_string(address) : NULL;

        g_assert_cmpstr(text, ==, expected);
}

static const char *const two[] = {"2001:db8::1", "192.0.2.1", "2001:db8::1", NULL};

static void test_name(Fixture *f, gconstpointer unused)
{
        resolve(f, "server.example", AF_UNSPEC);
        g_assert_cmpstr(f->fake->host, ==, "server.example");
        g_assert_cmpuint(f->answers, ==, 0);
        assert_current(f, NULL);
        g_assert_false(resolver_rotate(f->resolver));

        fake_answer(f->fake, two);
        test_wait_until(NULL, f->answers == 1);
        g_assert_cmpint(f->r, ==, 0);
        g_assert_cmpuint(resolver_count(f->resolver), ==, 2);
        g_assert_cmpint(clock_next_deadline(f->clock), ==, CLOCK_NEVER);

        assert_current(f, "[2001:db8::1]:5683");
        g_assert_true(resolver_rotate(f->resolver));
        assert_current(f, "192.0.2.1:5683");
        g_assert_false(resolver_rotate(f->resolver));
        assert_current(f, "[2001:db8::1]:5683");
}

static void test_family(Fixture *f, gconstpointer unused)
{
        static const char *const six[] = {"2001:db8::1", NULL};

        resolve(f, "server.example", AF_INET);
        fake_answer(f->fake, two);
        test_wait_until(NULL, f->answers == 1);
        assert_current(f, "192.0.2.1:5683");
        g_assert_cmpuint(resolver_count(f->resolver), ==, 1);

        resolver_start(f->resolver);
        fake_answer(f->fake, six);
        test_wait_until(NULL, f->answers == 2);
        g_assert_cmpint(f->r, ==, -ENOENT);
}

static void test_literal(Fixture *f, gconstpointer unused)
{
        resolve(f, "[2001:db8::7]", AF_UNSPEC);
        g_assert_cmpuint(f->answers, ==, 0);
        clock_advance(f->clock, 0);
        g_assert_cmpuint(f->answers, ==, 1);
        g_assert_cmpint(f->r, ==, 0);
        assert_current(f, "[2001:db8::7]:5683");
        g_assert_cmpuint(f->fake->asked, ==, 0);

        resolve(f, "192.0.2.1", AF_INET6);
        clock_advance(f->clock, 0);
        g_assert_cmpint(f->r, ==, -ENOENT);

        resolver_start(f->resolver);
        resolver_cancel(f->resolver);
        clock_advance(f->clock, RESOLVER_TIMEOUT);
        g_assert_cmpuint(f->answers, ==, 2);

        f->free_inside = true;
        resolver_start(f->resolver);
        clock_advance(f->clock, 0);
        g_assert_null(f->resolver);
}

static void test_errors(Fixture *f, gconstpointer unused)
{
        static const struct {
                int code, expected;
        } cases[] = {
                {G_RESOLVER_ERROR_NOT_FOUND, -ENOENT},
                {G_RESOLVER_ERROR_TEMPORARY_FAILURE, -EAGAIN},
                {G_RESOLVER_ERROR_INTERNAL, -EIO},
        };

        resolve(f, "server.example", AF_UNSPEC);
        fake_answer(f->fake, two);
        test_wait_until(NULL, f->answers == 1);
        for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
                resolver_start(f->resolver);
                fake_refuse(f->fake, cases[i].code);
                test_wait_until(NULL, f->answers == i + 2);
                g_assert_cmpint(f->r, ==, cases[i].expected);
                assert_current(f, "[2001:db8::1]:5683"); /* what was known stays */
        }
}

static void test_timeout(Fixture *f, gconstpointer unused)
{
        resolve(f, "server.example", AF_UNSPEC);
        clock_advance(f->clock, RESOLVER_TIMEOUT - 1);
        g_assert_cmpuint(f->answers, ==, 0);
        clock_advance(f->clock, 1);
        g_assert_cmpuint(f->answers, ==, 1);
        g_assert_cmpint(f->r, ==, -ETIMEDOUT);

        fake_answer(f->fake, two); /* too late */
        while (g_main_context_iteration(NULL, FALSE))
                ;
        g_assert_cmpuint(f->answers, ==, 1);
        assert_current(f, NULL);
}

static void test_free_while_asking(Fixture *f, gconstpointer unused)
{
        resolve(f, "server.example", AF_UNSPEC);
        g_clear_pointer(&f->resolver, resolver_free);
        fake_answer(f->fake, two);
        while (g_main_context_iteration(NULL, FALSE))
                ;
        g_assert_cmpuint(f->answers, ==, 0);
}

static void test_start_again(Fixture *f, gconstpointer unused)
{
        g_autoptr(GTask) first = NULL;

        resolve(f, "server.example", AF_UNSPEC);
        first = g_steal_pointer(&f->fake->pending);
        resolver_start(f->resolver);
        g_assert_cmpuint(f->fake->asked, ==, 2);
        g_task_return_new_error(first, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "late");
        while (g_main_context_iteration(NULL, FALSE))
                ;
        g_assert_cmpuint(f->answers, ==, 0);

        f->free_inside = true;
        fake_answer(f->fake, two);
        test_wait_until(NULL, f->answers == 1);
        g_assert_cmpint(f->r, ==, 0);
        g_assert_null(f->resolver);
}

static void test_many_addresses(Fixture *f, gconstpointer unused)
{
        const char *addresses[RESOLVER_MAX_ADDRESSES * 3 + 1] = {NULL};

        for (unsigned i = 0; i < RESOLVER_MAX_ADDRESSES * 3; i++)
                addresses[i] = g_strdup_printf("192.0.2.%u", i);
        resolve(f, "server.example", AF_UNSPEC);
        fake_answer(f->fake, addresses);
        test_wait_until(NULL, f->answers == 1);
        g_assert_cmpuint(resolver_count(f->resolver), ==, RESOLVER_MAX_ADDRESSES);
        for (unsigned i = 0; i < RESOLVER_MAX_ADDRESSES * 3; i++)
                g_free((char *) addresses[i]);
}

/* The system's own resolver, with the names that it knows without a network. */
static void test_system(void)
{
        Fixture f = {.clock = clock_new(NULL), .r = 1};

        f.resolver = resolver_new(f.clock, "localhost", 5683, AF_UNSPEC, on_answer, &f);
        resolver_start(f.resolver);
        test_wait_until(NULL, f.answers == 1);
        g_assert_cmpint(f.r, ==, 0);
        resolver_free(f.resolver);
        clock_free(f.clock);
}

#define ADD(path, func) g_test_add(path, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/resolve/system", test_system);
        ADD("/resolve/name", test_name);
        ADD("/resolve/family", test_family);
        ADD("/resolve/literal", test_literal);
        ADD("/resolve/errors", test_errors);
        ADD("/resolve/timeout", test_timeout);
        ADD("/resolve/free-while-asking", test_free_while_asking);
        ADD("/resolve/start-again", test_start_again);
        ADD("/resolve/many-addresses", test_many_addresses);
        return g_test_run();
}
