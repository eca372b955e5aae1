/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Discover and Write-Attributes (Core 6.3.2, 6.3.4), and what the one shows of the other. */
#include "objects/server.h"
#include "observer.h"

#define LINK 40

typedef struct Case {
        const char *name;
        const char *path, *query;
        uint8_t expected;
        const char *content; /* of a 2.05, NULL: not looked at */
} Case;

static const Case discoveries[] = {
        {"discover", "1000", NULL, COAP_CONTENT,
         "</1000>,</1000/0>,</1000/0/0>,</1000/0/1>,</1000/0/2>;dim=2,</1000/0/3>,</1000/0/5>,"
         "</1000/0/6>"},
        {"discover-instance", "1000/0", "depth=0", COAP_CONTENT, "</1000/0>"},
        {"discover-resource", "1000/0/2", NULL, COAP_CONTENT,
         "</1000/0/2>;dim=2,</1000/0/2/0>,</1000/0/2/1>"},
        {"discover-executable", "1000/0/3", NULL, COAP_CONTENT, "</1000/0/3>"},
        {"discover-write-only", "1000/0/4", NULL, COAP_NOT_FOUND, NULL},
        {"discover-depth", "1000", "depth=1", COAP_CONTENT, "</1000>,</1000/0>"},
        {"discover-deeper", "1000/0/2", "depth=9", COAP_CONTENT,
         "</1000/0/2>;dim=2,</1000/0/2/0>,</1000/0/2/1>"},
        {"discover-bad-depth", "1000", "depth=x", COAP_BAD_REQUEST, NULL},
        {"discover-no-depth", "1000", "depth", COAP_BAD_REQUEST, NULL},
        {"discover-depth-twice", "1000", "depth=1&depth=1", COAP_BAD_REQUEST, NULL},
        {"discover-resource-instance", "1000/0/2/1", NULL, COAP_METHOD_NOT_ALLOWED, NULL},
        {"discover-no-object", "77", NULL, COAP_NOT_FOUND, NULL},
        {"discover-no-resource", "1000/0/99", NULL, COAP_NOT_FOUND, NULL},
        {"discover-security", "0", NULL, COAP_UNAUTHORIZED, NULL},
        {"discover-oscore", "21/0", NULL, COAP_UNAUTHORIZED, NULL},
        {"discover-root", NULL, NULL, COAP_BAD_REQUEST, NULL},
};

static const Case writes[] = {
        {"attributes", "1000/0/1", "pmin=1&pmax=5", COAP_CHANGED},
        {"attributes-of-object", "1000", "pmin=1", COAP_CHANGED},
        {"attributes-removed", "1000/0", "pmin", COAP_CHANGED},
        {"attributes-unknown", "1000/0/1", "pmin=1&speed=5", COAP_BAD_REQUEST},
        {"attributes-negative", "1000/0/1", "pmin=-1", COAP_BAD_REQUEST},
        {"attributes-nowhere", "1000/9", "pmin=1", COAP_NOT_FOUND},
        {"attributes-executable", "1000/0/3", "pmin=1", COAP_METHOD_NOT_ALLOWED},
        {"attributes-numbers", "1000/0/1", "gt=50&lt=-1.5&st=2", COAP_CHANGED},
        {"attributes-numbers-of-set", "1000/0/2", "st=2", COAP_CHANGED},
        {"attributes-numbers-of-one", "1000/0/2/1", "st=2", COAP_CHANGED},
        {"attributes-numbers-of-text", "1000/0/0", "gt=5", COAP_BAD_REQUEST},
        {"attributes-numbers-of-instance", "1000/0", "pmin=1&st=5", COAP_BAD_REQUEST},
        {"attributes-numbers-of-object", "1000", "lt", COAP_BAD_REQUEST},
        {"attributes-crossed", "1000/0/1", "gt=5&lt=5", COAP_BAD_REQUEST},
        {"attributes-step", "1000/0/1", "gt=10&lt=0&st=5", COAP_BAD_REQUEST},
        {"attributes-evaluation", "1000", "epmin=1&epmax=1", COAP_CHANGED},
        {"attributes-evaluation-crossed", "1000", "epmin=2&epmax=1", COAP_BAD_REQUEST},
        {"attributes-pmax-below-pmin", "1000", "pmin=2&pmax=1", COAP_CHANGED},
        {"attributes-empty", "1000/0/1", "pmin=", COAP_BAD_REQUEST},
        {"attributes-twice", "1000/0/1", "pmin=1&pmin=1", COAP_BAD_REQUEST},
        {"attributes-no-resource-instance", "1000/0/2/9", "pmin=1", COAP_NOT_FOUND},
        {"attributes-of-root", NULL, "pmin=1", COAP_BAD_REQUEST},
};

static const CoapMessage *discover(Observer *f, const char *path, const char *query)
{
        return peer_request(
                &f->world, f->peer,
                REQUEST(.code = COAP_GET, .path = path, .query = query, .accept = OPTION(LINK)));
}

static void assert_links(Observer *f, const char *path, const char *expected)
{
        const CoapMessage *answer = discover(f, path, NULL);
        g_autofree char *content = message_payload(answer);
        uint32_t format;

        g_assert_cmphex(answer->code, ==, COAP_CONTENT);
        g_assert_cmpstr(content, ==, expected);
        g_assert_cmpint(coap_message_get_uint(answer, COAP_OPTION_CONTENT_FORMAT, 2, &format), ==,
                        0);
        g_assert_cmpuint(format, ==, LINK);
}

static void test_discovery(Observer *f, gconstpointer data)
{
        const Case *c = data;
        const CoapMessage *answer = discover(f, c->path, c->query);
        g_autofree char *content = message_payload(answer);

        g_assert_cmphex(answer->code, ==, c->expected);
        if (c->content)
                g_assert_cmpstr(content, ==, c->content);
}

static void test_write(Observer *f, gconstpointer data)
{
        const Case *c = data;

        g_assert_cmphex(observer_ask(f, COAP_PUT, c->path, c->query, -1, 200)->code, ==,
                        c->expected);
        if (c->expected != COAP_CHANGED)
                assert_links(f, "1000/0/1", "</1000/0/1>");
}

/* ETS 260, 261. */
static void test_levels(Observer *f, gconstpointer data)
{
        observer_write_attributes(f, "1000", "pmin=10&pmax=200");
        observer_write_attributes(f, "1000/0", "pmax=320");
        observer_write_attributes(f, "1000/0/2/1", "pmax=100&epmin=1&epmax=20");
        observer_write_attributes(f, "1000/0/1", "lt=-20.5&gt=50&st=5");
        assert_links(f, "1000/0/2",
                     "</1000/0/2>;dim=2;pmin=10;pmax=320,</1000/0/2/0>,"
                     "</1000/0/2/1>;pmax=100;epmin=1;epmax=20");
        assert_links(f, "1000/0/1", "</1000/0/1>;pmin=10;pmax=320;gt=50;lt=-20.5;st=5");
        assert_links(f, "1000",
                     "</1000>;pmin=10;pmax=200,</1000/0>;pmax=320,</1000/0/0>,"
                     "</1000/0/1>;gt=50;lt=-20.5;st=5,</1000/0/2>;dim=2,</1000/0/3>,</1000/0/5>,"
                     "</1000/0/6>");
        observer_write_attributes(f, "1000", "pmax&pmin");
        observer_write_attributes(f, "1000/0", "pmax");
        observer_write_attributes(f, "1000/0/1", "st&gt&lt=3");
        assert_links(f, "1000/0/1", "</1000/0/1>;lt=3");
}

/* One bad attribute, and none is written. */
static void test_all_or_nothing(Observer *f, gconstpointer data)
{
        static const char *const bad[] = {"pmin=5&gt=1&st=x", "pmin=5&lt=50&gt=40", "pmin&epmax=2",
                                          "st=10&pmax=7"};

        observer_write_attributes(f, "1000/0/1", "pmin=1&epmin=3&gt=20&lt=10");
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_assert_cmphex(observer_ask(f, COAP_PUT, "1000/0/1", bad[i], -1, 200)->code, ==,
                                COAP_BAD_REQUEST);
                assert_links(f, "1000/0/1", "</1000/0/1>;pmin=1;gt=20;lt=10;epmin=3");
        }
}

/* Links are no values that one could observe. */
static void test_no_observation(Observer *f, gconstpointer data)
{
        const CoapMessage *answer;

        answer = peer_request(&f->world, f->peer,
                              REQUEST(.code = COAP_GET, .path = "1000", .accept = OPTION(LINK),
                                      .observe = OPTION(0)));
        g_assert_cmphex(answer->code, ==, COAP_CONTENT);
        g_assert_false(message_has(answer, COAP_OPTION_OBSERVE));
        g_assert_cmpuint(observer_count(f), ==, 0);
}

static void tell_of_set(Observer *f)
{
        change_post(f->world.changes, path_resource(WORLD_OBJECT, 0, 2), CHANGE_VALUE, 101);
        world_advance(&f->world, 0);
}

/* What is attached to a node goes with it, and does not come back with another of its ID. */
static void test_gone(Observer *f, gconstpointer data)
{
        observer_write_attributes(f, "1000/0/2/1", "pmin=5");
        observer_write_attributes(f, "1000/0/2/0", "pmin=6");
        g_assert_cmphex(
                peer_request(&f->world, f->peer,
                             REQUEST(.code = COAP_PUT, .path = "1000/0/2", .format = OPTION(11542),
                                     .payload = "\x83\x02\x41\x00\x07", .len = 5))
                        ->code,
                ==, COAP_CHANGED);
        tell_of_set(f);
        assert_links(f, "1000/0/2", "</1000/0/2>;dim=1,</1000/0/2/0>;pmin=6");
        peer_request(&f->world, f->peer,
                     REQUEST(.code = COAP_POST, .path = "1000/0/2", .format = OPTION(11542),
                             .payload = "\x83\x02\x41\x01\x07", .len = 5));
        tell_of_set(f);
        assert_links(f, "1000/0/2", "</1000/0/2>;dim=2,</1000/0/2/0>;pmin=6,</1000/0/2/1>");
}

static void add_cases(const char *prefix, const Case *cases, size_t n,
                      void (*func)(Observer *f, gconstpointer data))
{
        for (size_t i = 0; i < n; i++) {
                g_autofree char *path =
                        g_strdup_printf("/lwm2m/discover/%s%s", prefix, cases[i].name);

                g_test_add(path, Observer, &cases[i], observer_set_up, func, observer_tear_down);
        }
}

#define ADD(name, func)                                                                            \
        g_test_add("/lwm2m/discover/" name, Observer, NULL, observer_set_up, func,                 \
                   observer_tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        add_cases("", discoveries, G_N_ELEMENTS(discoveries), test_discovery);
        add_cases("", writes, G_N_ELEMENTS(writes), test_write);
        ADD("levels", test_levels);
        ADD("all-or-nothing", test_all_or_nothing);
        ADD("no-observation", test_no_observation);
        ADD("gone", test_gone);
        return g_test_run();
}
