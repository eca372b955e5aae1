/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server whose name has several addresses, or none. */
#include <errno.h>
#include <gio/gio.h>
#include <string.h>

#include "fake-link.h"
#include "world.h"

/* ---- A name server that gives the same answer each time ---- */

typedef struct FakeResolver {
        GResolver parent;
        const char *const *addresses; /* NULL: `code` */
        int code;
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
        g_autoptr(GTask) task = g_task_new(resolver, cancellable, callback, user);
        GList *list = NULL;

        if (!fake->addresses) {
                g_task_return_new_error(task, G_RESOLVER_ERROR, fake->code, "refused");
                return;
        }
        for (const char *const *address = fake->addresses; *address; address++)
                list = g_list_append(list, g_inet_address_new_from_string(*address));
        g_task_return_pointer(task, list, (GDestroyNotify) g_resolver_free_addresses);
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

/* ---- Tests ---- */

#define FIRST 0xc0000201u  /* 192.0.2.1 */
#define SECOND 0xc0000202u /* 192.0.2.2 */

static const char *const two[] = {"192.0.2.1", "192.0.2.2", NULL};

typedef struct Fixture {
        World world;
        FakeResolver *names;
        Peer *peer;
} Fixture;

static void turn(Fixture *f)
{
        while (g_main_context_iteration(NULL, FALSE))
                ;
        world_advance(&f->world, 0);
}

static void set_up(Fixture *f, gconstpointer data)
{
        Account account = world_account(101, 5683);

        f->names = g_object_new(fake_resolver_get_type(), NULL);
        f->names->addresses = two;
        g_resolver_set_default(&f->names->parent);
        world_open(&f->world);
        f->peer = world_peer(&f->world, 5683);
        g_strlcpy(account.uri, "coap://lwm2m.example:5683", sizeof(account.uri));
        world_add(&f->world, account);
}

static void tear_down(Fixture *f, gconstpointer data)
{
        world_close(&f->world);
        g_object_unref(f->names);
}

static void start(Fixture *f)
{
        world_start(&f->world);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_RESOLVING);
        turn(f);
}

/* The name is asked for before time passes that the look-up may take. */
static void next_attempt(Fixture *f)
{
        for (int i = 0; i < 200 && world_state(&f->world, 101) != SERVER_RESOLVING; i++)
                world_advance(&f->world, WORLD_SECOND);
        turn(f);
}

static void test_first(Fixture *f, gconstpointer data)
{
        start(f);
        g_assert_cmphex(f->peer->address, ==, FIRST);
        peer_register(&f->world, f->peer, "rd/1");
}

/* No answer there: the next one is tried in the same attempt. */
static void test_silent(Fixture *f, gconstpointer data)
{
        start(f);
        world_advance(&f->world, 100 * WORLD_SECOND);
        g_assert_cmphex(f->peer->address, ==, SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERING);
        peer_register(&f->world, f->peer, "rd/1");
        g_assert_cmpint(world_info(&f->world, 101).last_error->at, ==, 0);
}

/* Two silent addresses are one failed attempt. */
static void test_all_silent(Fixture *f, gconstpointer data)
{
        start(f);
        /* MAX_TRANSMIT_WAIT twice */
        for (int i = 0; i < 2 * 93 && world_state(&f->world, 101) != SERVER_WAITING; i++)
                world_advance(&f->world, WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        g_assert_cmpuint(f->peer->n_links, ==, 2);
        g_assert_cmpint(world_info(&f->world, 101).last_error->error, ==, -ETIMEDOUT);
        next_attempt(f);
        g_assert_cmpuint(f->peer->n_links, ==, 3);
}

static void test_unreachable(Fixture *f, gconstpointer data)
{
        f->peer->unreachable = FIRST;
        start(f);
        g_assert_cmphex(f->peer->address, ==, SECOND);
        peer_register(&f->world, f->peer, "rd/1");
}

static void injected(Fixture *f)
{
        world_advance(&f->world, WORLD_SECOND);
        fake_link_inject_error(f->peer->link, -ECONNREFUSED);
        world_advance(&f->world, 2 * WORLD_SECOND);
}

/* The network says that nobody is there: the next one is tried as soon as an answer should have
 * come. */
static void test_hint(Fixture *f, gconstpointer data)
{
        start(f);
        injected(f);
        g_assert_cmphex(f->peer->address, ==, SECOND);
        /* Of the last one nothing is believed that anybody could forge. */
        injected(f);
        injected(f);
        g_assert_cmphex(f->peer->address, ==, SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERING);
        peer_register(&f->world, f->peer, "rd/1");
}

/* A hint that comes late, as from a router that looks for the host. */
static void test_late_hint(Fixture *f, gconstpointer data)
{
        start(f);
        world_advance(&f->world, 3 * WORLD_SECOND);
        g_assert_cmphex(f->peer->address, ==, FIRST);
        injected(f);
        g_assert_cmphex(f->peer->address, ==, SECOND);
}

/* Nor does it end a registration, nor the Register that renews one. */
static void test_forged_hint(Fixture *f, gconstpointer data)
{
        start(f);
        peer_register(&f->world, f->peer, "rd/1");
        injected(f);
        server_register(world_server(&f->world, 101), NULL, NULL);
        for (int i = 0; i < 10; i++)
                injected(f);
        g_assert_cmphex(f->peer->address, ==, FIRST);
        g_assert_cmpuint(f->peer->n_links, ==, 1);
        peer_register(&f->world, f->peer, "rd/1");
}

/* Who refuses us does so at each of its addresses. */
static void test_refused(Fixture *f, gconstpointer data)
{
        start(f);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_FORBIDDEN, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        g_assert_cmpuint(f->peer->n_links, ==, 1);
}

static void assert_not_resolved(Fixture *f, const char *text)
{
        const ServerError *last = world_info(&f->world, 101).last_error;

        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        g_assert_cmpint(last->error, ==, -EHOSTUNREACH);
        if (!strstr(last->text, "resolve lwm2m.example: ") || !strstr(last->text, text))
                g_error("\"%s\" is not in \"%s\"", text, last->text);
}

static void test_no_name(Fixture *f, gconstpointer data)
{
        f->names->addresses = NULL;
        f->names->code = G_RESOLVER_ERROR_NOT_FOUND;
        start(f);
        assert_not_resolved(f, "not found");
        f->names->addresses = two;
        next_attempt(f);
        peer_register(&f->world, f->peer, "rd/1");
}

/* A name server that cannot tell leaves us the addresses we know. */
static void test_no_name_server(Fixture *f, gconstpointer data)
{
        f->names->addresses = NULL;
        f->names->code = G_RESOLVER_ERROR_TEMPORARY_FAILURE;
        start(f);
        assert_not_resolved(f, "the name server cannot be reached");
        f->names->addresses = two;
        next_attempt(f);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_FORBIDDEN, NULL);
        f->names->addresses = NULL;
        next_attempt(f);
        peer_register(&f->world, f->peer, "rd/1");
}

#define ADD(name, func) g_test_add("/lwm2m/address/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("first", test_first);
        ADD("silent", test_silent);
        ADD("all-silent", test_all_silent);
        ADD("unreachable", test_unreachable);
        ADD("hint", test_hint);
        ADD("late-hint", test_late_hint);
        ADD("forged-hint", test_forged_hint);
        ADD("refused", test_refused);
        ADD("no-name", test_no_name);
        ADD("no-name-server", test_no_name_server);
        return g_test_run();
}
