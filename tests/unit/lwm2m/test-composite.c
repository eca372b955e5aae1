/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Read-, Write- and Observe-Composite (Core 6.3.8, 6.3.9, 6.4.4, 6.4.5). */
#include <errno.h>

#include "observer.h"

#define SENML_JSON 110
#define SENML_CBOR 112
#define ETCH_JSON 320
#define SET(id) path_resource_instance(WORLD_OBJECT, 0, 2, id)

typedef struct Case {
        const char *name;
        uint8_t code;
        const char *query;
        int accept, format;
        const char *payload;
        uint8_t expected;
        const char *content; /* of a 2.05, NULL: not looked at */
} Case;

static const Case cases[] = {
        /* Read-Composite */
        {"INT-280-read", COAP_FETCH, NULL, -1, SENML_JSON,
         "[{\"n\":\"/1000/0/2/1\"},{\"n\":\"/1/0/1\"},{\"n\":\"/1000/0/1\"}]", COAP_CONTENT,
         "[{\"n\":\"/1/0/1\",\"v\":86400},{\"n\":\"/1000/0/1\",\"v\":5},"
         "{\"n\":\"/1000/0/2/1\",\"v\":8}]"},
        {"read-overlapping", COAP_FETCH, NULL, -1, SENML_JSON,
         "[{\"n\":\"/1000/0/2/1\"},{\"n\":\"/1000/0/2\"}]", COAP_CONTENT,
         "[{\"bn\":\"/1000/0/2/\",\"n\":\"0\",\"v\":7},{\"n\":\"1\",\"v\":8}]"},
        {"INT-281-executable-left-out", COAP_FETCH, NULL, -1, SENML_JSON,
         "[{\"n\":\"/1000/0/3\"},{\"n\":\"/1000/0/1\"}]", COAP_CONTENT,
         "[{\"n\":\"/1000/0/1\",\"v\":5}]"},
        {"INT-236-absent-left-out", COAP_FETCH, NULL, -1, SENML_JSON,
         "[{\"n\":\"/3339/0/5522\"},{\"n\":\"/1000/0/1\"},{\"n\":\"/1000/9\"}]", COAP_CONTENT,
         "[{\"n\":\"/1000/0/1\",\"v\":5}]"},
        {"read-nothing-there", COAP_FETCH, NULL, -1, SENML_JSON, "[{\"n\":\"/3339\"}]",
         COAP_CONTENT, "[]"},
        {"read-hidden-left-out", COAP_FETCH, NULL, -1, SENML_JSON,
         "[{\"n\":\"/0/0/0\"},{\"n\":\"/1000/0/1\"}]", COAP_CONTENT,
         "[{\"n\":\"/1000/0/1\",\"v\":5}]"},
        {"read-all-hidden", COAP_FETCH, NULL, -1, SENML_JSON, "[{\"n\":\"/0\"},{\"n\":\"/21\"}]",
         COAP_UNAUTHORIZED, NULL},
        {"read-no-paths", COAP_FETCH, NULL, -1, SENML_JSON, "[]", COAP_BAD_REQUEST, NULL},
        {"read-malformed", COAP_FETCH, NULL, -1, SENML_JSON, "[{\"n\":", COAP_BAD_REQUEST, NULL},
        {"read-with-value", COAP_FETCH, NULL, -1, SENML_JSON, "[{\"n\":\"/1000\",\"v\":1}]",
         COAP_BAD_REQUEST, NULL},
        {"read-without-format", COAP_FETCH, NULL, -1, -1, "[{\"n\":\"/1000\"}]",
         COAP_UNSUPPORTED_CONTENT_FORMAT, NULL},
        {"read-etch", COAP_FETCH, NULL, -1, ETCH_JSON, "[{\"n\":\"/1000\"}]",
         COAP_UNSUPPORTED_CONTENT_FORMAT, NULL},
        {"read-accept-text", COAP_FETCH, NULL, 0, SENML_JSON, "[{\"n\":\"/1000/0/1\"}]",
         COAP_NOT_ACCEPTABLE, NULL},
        {"read-accept-tlv", COAP_FETCH, NULL, 11542, SENML_JSON, "[{\"n\":\"/1000/0/1\"}]",
         COAP_NOT_ACCEPTABLE, NULL},
        {"read-accept-etch", COAP_FETCH, NULL, ETCH_JSON, SENML_JSON, "[{\"n\":\"/1000/0/1\"}]",
         COAP_NOT_ACCEPTABLE, NULL},
        {"read-query", COAP_FETCH, "speed=1", -1, SENML_JSON, "[{\"n\":\"/1000/0/1\"}]",
         COAP_BAD_REQUEST, NULL},

        /* Write-Composite */
        {"write", COAP_IPATCH, NULL, -1, SENML_JSON, "[{\"n\":\"/1000/0/1\",\"v\":6}]",
         COAP_CHANGED, NULL},
        {"write-no-object", COAP_IPATCH, NULL, -1, SENML_JSON, "[{\"n\":\"/77/0/1\",\"v\":6}]",
         COAP_NOT_FOUND, NULL},
        {"write-no-instance", COAP_IPATCH, NULL, -1, SENML_JSON, "[{\"n\":\"/1000/9/1\",\"v\":6}]",
         COAP_NOT_FOUND, NULL},
        {"write-no-resource", COAP_IPATCH, NULL, -1, SENML_JSON, "[{\"n\":\"/1000/0/99\",\"v\":6}]",
         COAP_NOT_FOUND, NULL},
        {"INT-256-read-only", COAP_IPATCH, NULL, -1, SENML_JSON, "[{\"n\":\"/1/0/0\",\"v\":123}]",
         COAP_METHOD_NOT_ALLOWED, NULL},
        {"write-executable", COAP_IPATCH, NULL, -1, SENML_JSON, "[{\"n\":\"/1000/0/3\",\"v\":1}]",
         COAP_METHOD_NOT_ALLOWED, NULL},
        {"write-security", COAP_IPATCH, NULL, -1, SENML_JSON, "[{\"n\":\"/0/0/0\",\"vs\":\"x\"}]",
         COAP_UNAUTHORIZED, NULL},
        {"write-range", COAP_IPATCH, NULL, -1, SENML_JSON, "[{\"n\":\"/1000/0/1\",\"v\":101}]",
         COAP_BAD_REQUEST, NULL},
        {"write-type", COAP_IPATCH, NULL, -1, SENML_JSON, "[{\"n\":\"/1000/0/1\",\"vs\":\"x\"}]",
         COAP_BAD_REQUEST, NULL},
        {"write-instance-of-single", COAP_IPATCH, NULL, -1, SENML_JSON,
         "[{\"n\":\"/1000/0/1/0\",\"v\":1}]", COAP_BAD_REQUEST, NULL},
        {"write-twice", COAP_IPATCH, NULL, -1, SENML_JSON,
         "[{\"n\":\"/1000/0/1\",\"v\":1},{\"n\":\"/1000/0/1\",\"v\":2}]", COAP_BAD_REQUEST, NULL},
        {"write-null", COAP_IPATCH, NULL, -1, SENML_JSON, "[{\"n\":\"/1000/0/2/1\",\"v\":null}]",
         COAP_BAD_REQUEST, NULL},
        {"write-nothing", COAP_IPATCH, NULL, -1, SENML_JSON, "[]", COAP_BAD_REQUEST, NULL},
        {"write-without-format", COAP_IPATCH, NULL, -1, -1, "1", COAP_UNSUPPORTED_CONTENT_FORMAT,
         NULL},
};

static const CoapMessage *ask(Observer *f, uint8_t code, int format, const char *payload)
{
        return peer_request(&f->world, f->peer,
                            REQUEST(.code = code, .format = OPTION(format), .payload = payload));
}

static void test_case(Observer *f, gconstpointer data)
{
        const Case *c = data;
        const CoapMessage *answer;
        g_autofree char *content = NULL;

        answer = peer_request(&f->world, f->peer,
                              REQUEST(.code = c->code, .query = c->query,
                                      .accept = OPTION(c->accept), .format = OPTION(c->format),
                                      .payload = c->payload));
        content = message_payload(answer);
        g_assert_cmphex(answer->code, ==, c->expected);
        if (c->content)
                g_assert_cmpstr(content, ==, c->content);
}

static void set_up(Observer *f, gconstpointer data)
{
        observer_set_up(f, NULL);
}

static void assert_level(Observer *f, int level)
{
        g_assert_cmpint(memory_object_get(f->world.memory, LEVEL)->integer, ==, level);
}

/* Core 6.3.8: the root is all that may be read. */
static void test_read_root(Observer *f, gconstpointer data)
{
        g_autofree char *content = NULL;

        content = message_payload(ask(f, COAP_FETCH, SENML_JSON, "[{\"n\":\"/\"}]"));
        g_assert_nonnull(strstr(content, "/1/0/1\""));
        g_assert_nonnull(strstr(content, "/1000/0/6\""));
        g_assert_null(strstr(content, "\"/0/"));
        g_assert_null(strstr(content, "coap"));
}

/* Nothing of another server's account, and 4.01 where nothing is left. */
static void test_read_several_servers(Observer *f, gconstpointer data)
{
        g_autofree char *content = NULL;

        world_add(&f->world, world_account(102, 5684));
        world_advance(&f->world, 0);
        content = message_payload(ask(f, COAP_FETCH, SENML_JSON, "[{\"n\":\"/1\"}]"));
        g_assert_nonnull(strstr(content, "/1/0/"));
        g_assert_null(strstr(content, "/1/1/"));
        ask(f, COAP_FETCH, SENML_JSON, "[{\"n\":\"/1/1/1\"}]");
        g_assert_cmphex(f->peer->message.code, ==, COAP_UNAUTHORIZED);
        ask(f, COAP_IPATCH, SENML_JSON,
            "[{\"n\":\"/1000/0/1\",\"v\":9},{\"n\":\"/1/1/1\",\"v\":60}]");
        g_assert_cmphex(f->peer->message.code, ==, COAP_UNAUTHORIZED);
        assert_level(f, 5);
}

/* LwM2M 1.0 has no such operations. */
static void test_version_1_0(Observer *f, gconstpointer data)
{
        world_open(&f->world);
        f->world.config.version = "1.0";
        world_add(&f->world, world_account(101, 5683));
        world_start(&f->world);
        f->peer = world_peer(&f->world, 5683);
        peer_register(&f->world, f->peer, "rd/1");
        ask(f, COAP_FETCH, SENML_JSON, "[{\"n\":\"/1000\"}]");
        g_assert_cmphex(f->peer->message.code, ==, COAP_METHOD_NOT_ALLOWED);
        ask(f, COAP_IPATCH, SENML_JSON, "[{\"n\":\"/1000/0/1\",\"v\":6}]");
        g_assert_cmphex(f->peer->message.code, ==, COAP_METHOD_NOT_ALLOWED);
}

/* INT-230, 257: two objects in one, resource instances made and changed, and an Update follows. */
static void test_write_two_objects(Observer *f, gconstpointer data)
{
        ask(f, COAP_IPATCH, SENML_JSON,
            "[{\"n\":\"/1000/0/2/1\",\"v\":20},{\"n\":\"/1/0/1\",\"v\":61},"
            "{\"n\":\"/1000/0/1\",\"v\":9},{\"n\":\"/1000/0/2/5\",\"v\":21}]");
        g_assert_cmphex(f->peer->message.code, ==, COAP_CHANGED);
        assert_level(f, 9);
        g_assert_cmpint(memory_object_get(f->world.memory, SET(0))->integer, ==, 7);
        g_assert_cmpint(memory_object_get(f->world.memory, SET(1))->integer, ==, 20);
        g_assert_cmpint(memory_object_get(f->world.memory, SET(5))->integer, ==, 21);
        g_assert_cmpint(memory_object_get(f->world.memory, path_resource(1000, 0, 6))->integer, ==,
                        1);
        /* Each object is asked once. */
        g_assert_cmpstr(f->world.memory->log->str, ==, "stage commit drop ");
        world_advance(&f->world, WORLD_SECOND);
        message_assert_query(peer_expect(f->peer, COAP_POST), "rd/1", "lt=61");
}

/* What one object refuses the other does not do either, staged or committed. */
static void test_write_all_or_nothing(Observer *f, gconstpointer data)
{
        static const char both[] = "[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1000/0/1\",\"v\":9}]";

        f->world.memory->stage_result = -EINVAL;
        ask(f, COAP_IPATCH, SENML_JSON, both);
        g_assert_cmphex(f->peer->message.code, ==, COAP_BAD_REQUEST);
        g_assert_cmpuint(world_info(&f->world, 101).lifetime, ==, 86400);
        f->world.memory->stage_result = 0;
        f->world.memory->commit_result = -EIO;
        ask(f, COAP_IPATCH, SENML_JSON, both);
        g_assert_cmphex(f->peer->message.code, ==, COAP_INTERNAL_SERVER_ERROR);
        g_assert_cmpuint(accounts_find(f->world.accounts, 101)->lifetime, ==, 86400);
        assert_level(f, 5);
}

/* RFC 8790: null deletes a resource instance, and what is gone already may be deleted. */
static void test_delete_instances(Observer *f, gconstpointer data)
{
        for (int i = 0; i < 2; i++) {
                ask(f, COAP_IPATCH, ETCH_JSON, "[{\"n\":\"/1000/0/2/1\",\"v\":null}]");
                g_assert_cmphex(f->peer->message.code, ==, COAP_CHANGED);
                g_assert_null(memory_object_get(f->world.memory, SET(1)));
                g_assert_cmpint(memory_object_get(f->world.memory, SET(0))->integer, ==, 7);
        }
        ask(f, COAP_IPATCH, ETCH_JSON,
            "[{\"n\":\"/1000/0/2/0\",\"v\":null},{\"n\":\"/1000/0/1\",\"v\":3}]");
        g_assert_cmphex(f->peer->message.code, ==, COAP_CHANGED);
        g_assert_null(memory_object_get(f->world.memory, SET(0)));
        assert_level(f, 3);
        ask(f, COAP_IPATCH, ETCH_JSON, "[{\"n\":\"/1000/0/1\",\"v\":null}]");
        g_assert_cmphex(f->peer->message.code, ==, COAP_BAD_REQUEST);
        ask(f, COAP_IPATCH, ETCH_JSON, "[{\"n\":\"/1000/0/1/0\",\"v\":null}]");
        g_assert_cmphex(f->peer->message.code, ==, COAP_BAD_REQUEST);
}

static void test_slow_read(Observer *f, gconstpointer data)
{
        g_autofree char *content = NULL;

        f->world.refreshing = true;
        peer_ask(&f->world, f->peer,
                 REQUEST(.code = COAP_FETCH, .format = OPTION(SENML_JSON),
                         .payload = "[{\"n\":\"/1000/0/1\"}]"));
        g_assert_null(peer_take(f->peer));
        world_set(&f->world, LEVEL, value_integer(66));
        world_finish(&f->world, 0);
        content = message_payload(peer_expect(f->peer, COAP_CONTENT));
        g_assert_cmpstr(content, ==, "[{\"n\":\"/1000/0/1\",\"v\":66}]");
}

/* The server goes while an object still owes the values. */
static void test_slow_gone(Observer *f, gconstpointer data)
{
        f->world.refreshing = true;
        peer_ask(&f->world, f->peer,
                 REQUEST(.code = COAP_FETCH, .format = OPTION(SENML_JSON),
                         .payload = "[{\"n\":\"/1000/0/1\"}]"));
        accounts_remove(f->world.accounts, 101);
        world_advance(&f->world, 100 * WORLD_SECOND);
        g_assert_cmpuint(f->world.n_removed, ==, 1);
        world_finish(&f->world, 0);
}

/* ---- Observing ------------------------------------------------------------------- */

static const CoapMessage *observe(Observer *f, const char *paths, int how, uint8_t token)
{
        return peer_request(&f->world, f->peer,
                            REQUEST(.code = COAP_FETCH, .format = OPTION(SENML_JSON),
                                    .observe = OPTION(how), .payload = paths, .token = token));
}

#define BOTH "[{\"n\":\"/1000/0/1\"},{\"n\":\"/1000/0/6\"}]"
#define VALUES(level, must)                                                                        \
        "[{\"bn\":\"/1000/0/\",\"n\":\"1\",\"v\":" #level "},{\"n\":\"6\",\"v\":" #must "}]"

static void begin(Observer *f, const char *paths, uint8_t token)
{
        g_assert_cmphex(observe(f, paths, 0, token)->code, ==, COAP_CONTENT);
        g_assert_cmpint(
                coap_message_get_uint(&f->peer->message, COAP_OPTION_OBSERVE, 3, &f->sequence), ==,
                0);
}

/* INT-304: each change is told with all that is observed. */
static void test_observe(Observer *f, gconstpointer data)
{
        begin(f, BOTH, 1);
        g_assert_cmpuint(observer_count(f), ==, 1);
        observer_set_level(f, 6);
        observer_expect(f, 1, VALUES(6, 1));
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 6), value_integer(2));
        world_set(&f->world, LEVEL, value_integer(7));
        world_advance(&f->world, 0);
        observer_expect(f, 1, VALUES(7, 2));
        observer_expect_nothing(f);
}

/* INT-304, 310: the strictest periods hold, and a change of them at once. */
static void test_attributes(Observer *f, gconstpointer data)
{
        observer_write_attributes(f, "1000/0/1", "pmin=30&pmax=45");
        begin(f, BOTH, 1);
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 6), value_integer(2));
        world_advance(&f->world, 29 * WORLD_SECOND);
        observer_expect_nothing(f);
        world_advance(&f->world, WORLD_SECOND);
        observer_expect(f, 1, VALUES(5, 2));
        world_advance(&f->world, 44 * WORLD_SECOND);
        observer_expect_nothing(f);
        world_advance(&f->world, WORLD_SECOND);
        observer_expect(f, 1, VALUES(5, 2));
        observer_write_attributes(f, "1000/0/1", "pmin&pmax");
        observer_write_attributes(f, "1000", "pmax=5");
        for (int i = 0; i < 3; i++) {
                world_advance(&f->world, 5 * WORLD_SECOND);
                observer_expect(f, 1, VALUES(5, 2));
        }
}

/* INT-305: the same paths in any order, or the token. */
static void test_cancel(Observer *f, gconstpointer data)
{
        begin(f, BOTH, 1);
        begin(f, "[{\"n\":\"/1000/0/1\"}]", 2);
        g_assert_cmphex(observe(f, "[{\"n\":\"/1000/0/6\"},{\"n\":\"/1000/0/1\"}]", 1, 9)->code, ==,
                        COAP_CONTENT);
        g_assert_false(message_has(&f->peer->message, COAP_OPTION_OBSERVE));
        observer_set_level(f, 6);
        observer_expect(f, 2, "[{\"n\":\"/1000/0/1\",\"v\":6}]");
        observer_expect_nothing(f);
        observe(f, "[{\"n\":\"/1000/0/1\"}]", 1, 2);
        g_assert_cmpuint(observer_count(f), ==, 0);
        observer_set_level(f, 7);
        observer_expect_nothing(f);
}

/* INT-308, 309: what is not there yet is told of when it comes, and no more when it went. */
static void test_instances(Observer *f, gconstpointer data)
{
        begin(f, "[{\"n\":\"/1000/0/1\"},{\"n\":\"/1000/7\"}]", 1);
        memory_object_set(f->world.memory, path_resource(WORLD_OBJECT, 7, 1), value_integer(70));
        change_post(f->world.changes, path_instance(WORLD_OBJECT, 7), CHANGE_INSTANCES, 0);
        world_advance(&f->world, 0);
        observer_expect(f, 1,
                        "[{\"bn\":\"/1000/\",\"n\":\"0/1\",\"v\":5},{\"n\":\"7/1\",\"v\":70}]");
}

static void count_paths(const ObservationInfo *info, void *user)
{
        *(size_t *) user += composite_len(info->composite);
}

static void test_listing(Observer *f, gconstpointer data)
{
        size_t n = 0;

        begin(f, BOTH, 1);
        server_foreach_observation(world_server(&f->world, 101), count_paths, &n);
        g_assert_cmpuint(n, ==, 2);
}

static void test_observe_root(Observer *f, gconstpointer data)
{
        begin(f, "[{\"n\":\"/\"}]", 1);
        observer_set_level(f, 6);
        observer_expect(f, 1, NULL);
        observer_expect_nothing(f);
}

/* Observing single paths goes on beside it. */
static void test_beside_single(Observer *f, gconstpointer data)
{
        begin(f, BOTH, 1);
        observer_observe(f, "1000/0/1", 2);
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 6), value_integer(2));
        world_advance(&f->world, 0);
        observer_expect(f, 1, VALUES(5, 2));
        observer_expect_nothing(f);
        observer_ask(f, COAP_GET, "1000/0/1", NULL, 1, 2);
        g_assert_cmpuint(observer_count(f), ==, 1);
}

#define ADD(name, f)                                                                               \
        g_test_add("/lwm2m/composite/" name, Observer, NULL, set_up, f, observer_tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *path = g_strconcat("/lwm2m/composite/", cases[i].name, NULL);

                g_test_add(path, Observer, &cases[i], set_up, test_case, observer_tear_down);
        }
        ADD("INT-235-root", test_read_root);
        ADD("several-servers", test_read_several_servers);
        g_test_add("/lwm2m/composite/version-1.0", Observer, NULL, NULL, test_version_1_0,
                   observer_tear_down);
        ADD("INT-257-two-objects", test_write_two_objects);
        ADD("all-or-nothing", test_write_all_or_nothing);
        ADD("delete-instances", test_delete_instances);
        ADD("slow-read", test_slow_read);
        ADD("slow-gone", test_slow_gone);
        ADD("INT-304-observe", test_observe);
        ADD("INT-310-attributes", test_attributes);
        ADD("INT-305-cancel", test_cancel);
        ADD("INT-308-instances", test_instances);
        ADD("listing", test_listing);
        ADD("observe-root", test_observe_root);
        ADD("beside-single", test_beside_single);
        return g_test_run();
}
