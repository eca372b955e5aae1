/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "lwm2m/operation.h"
#include "world.h"

#define TLV 11542

typedef struct Fixture {
        World world;
        Peer *peer;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
        world_open(&f->world);
        world_add(&f->world, world_account(101, 5683));
        world_start(&f->world);
        f->peer = world_peer(&f->world, 5683);
        peer_register(&f->world, f->peer, "rd/1");
}

static void tear_down(Fixture *f, gconstpointer data)
{
        world_close(&f->world);
}

typedef struct Case {
        const char *name;
        uint8_t code;
        const char *path, *query;
        int accept, format;
        const char *payload;
        uint8_t expected;
        const char *content; /* of a 2.05 as text, NULL: not looked at */
        size_t len;          /* of a payload with zeros in it */
} Case;

static const Case cases[] = {
        /* Read */
        {"read-text", COAP_GET, "1000/0/0", NULL, 0, -1, NULL, COAP_CONTENT, "hello"},
        {"read-default", COAP_GET, "1000/0/1", NULL, -1, -1, NULL, COAP_CONTENT, "5"},
        {"read-opaque", COAP_GET, "1000/0/5", NULL, 42, -1, NULL, COAP_CONTENT, "\1\2"},
        {"read-resource-instance", COAP_GET, "1000/0/2/1", NULL, 0, -1, NULL, COAP_CONTENT, "8"},
        {"read-instance", COAP_GET, "1000/0", NULL, TLV, -1, NULL, COAP_CONTENT, NULL},
        {"read-object", COAP_GET, "1000", NULL, TLV, -1, NULL, COAP_CONTENT, NULL},
        {"read-multiple", COAP_GET, "1000/0/2", NULL, -1, -1, NULL, COAP_CONTENT, NULL},
        {"read-lifetime", COAP_GET, "1/0/1", NULL, 0, -1, NULL, COAP_CONTENT, "86400"},
        {"read-no-object", COAP_GET, "77", NULL, -1, -1, NULL, COAP_NOT_FOUND, NULL},
        {"read-no-instance", COAP_GET, "1000/9", NULL, -1, -1, NULL, COAP_NOT_FOUND, NULL},
        {"read-no-resource", COAP_GET, "1000/0/99", NULL, -1, -1, NULL, COAP_NOT_FOUND, NULL},
        {"read-no-resource-instance", COAP_GET, "1000/0/2/9", NULL, -1, -1, NULL, COAP_NOT_FOUND,
         NULL},
        {"read-executable", COAP_GET, "1000/0/3", NULL, -1, -1, NULL, COAP_METHOD_NOT_ALLOWED,
         NULL},
        {"read-text-of-instance", COAP_GET, "1000/0", NULL, 0, -1, NULL, COAP_NOT_ACCEPTABLE, NULL},
        {"read-text-of-multiple", COAP_GET, "1000/0/2", NULL, 0, -1, NULL, COAP_NOT_ACCEPTABLE,
         NULL},
        {"read-unknown-format", COAP_GET, "1000/0/0", NULL, 9999, -1, NULL, COAP_NOT_ACCEPTABLE,
         NULL},
        {"read-query", COAP_GET, "1000/0/0", "pmin=1", -1, -1, NULL, COAP_BAD_REQUEST, NULL},
        {"discover", COAP_GET, "1000", NULL, 40, -1, NULL, COAP_NOT_ACCEPTABLE, NULL},

        /* Paths */
        {"security-read", COAP_GET, "0", NULL, -1, -1, NULL, COAP_UNAUTHORIZED, NULL},
        {"security-write", COAP_PUT, "0/0/0", NULL, -1, 0, "coap://x", COAP_UNAUTHORIZED, NULL},
        {"security-attributes", COAP_PUT, "0", "pmin=1", -1, -1, NULL, COAP_UNAUTHORIZED, NULL},
        {"security-execute", COAP_POST, "0/0/0", NULL, -1, -1, NULL, COAP_UNAUTHORIZED, NULL},
        {"security-delete", COAP_DELETE, "0/0", NULL, -1, -1, NULL, COAP_UNAUTHORIZED, NULL},
        {"security-create", COAP_POST, "0", NULL, -1, TLV, NULL, COAP_UNAUTHORIZED, NULL},
        {"oscore-read", COAP_GET, "21", NULL, -1, -1, NULL, COAP_UNAUTHORIZED, NULL},
        {"mqtt-read", COAP_GET, "23/0", NULL, -1, -1, NULL, COAP_UNAUTHORIZED, NULL},
        {"root-read", COAP_GET, NULL, NULL, -1, -1, NULL, COAP_BAD_REQUEST, NULL},
        {"root-write", COAP_PUT, NULL, NULL, -1, TLV, NULL, COAP_BAD_REQUEST, NULL},
        {"root-post", COAP_POST, NULL, NULL, -1, TLV, NULL, COAP_BAD_REQUEST, NULL},
        {"root-delete", COAP_DELETE, NULL, NULL, -1, -1, NULL, COAP_BAD_REQUEST, NULL},
        {"five-segments", COAP_GET, "1000/0/2/1/0", NULL, -1, -1, NULL, COAP_BAD_OPTION, NULL},
        {"not-a-number", COAP_GET, "1000/x", NULL, -1, -1, NULL, COAP_NOT_FOUND, NULL},
        {"leading-zero", COAP_GET, "1000/00", NULL, -1, -1, NULL, COAP_NOT_FOUND, NULL},
        {"empty-segment", COAP_GET, "1000/", NULL, -1, -1, NULL, COAP_NOT_FOUND, NULL},
        {"reserved-id", COAP_GET, "1000/65535", NULL, -1, -1, NULL, COAP_BAD_REQUEST, NULL},
        {"id-too-large", COAP_GET, "1000/65536", NULL, -1, -1, NULL, COAP_NOT_FOUND, NULL},

        /* Write */
        {"write-text", COAP_PUT, "1000/0/1", NULL, -1, 0, "17", COAP_CHANGED, NULL},
        {"write-without-format", COAP_PUT, "1000/0/1", NULL, -1, -1, "17", COAP_CHANGED, NULL},
        {"write-opaque", COAP_PUT, "1000/0/5", NULL, -1, 42, "abc", COAP_CHANGED, NULL},
        {"write-only", COAP_PUT, "1000/0/4", NULL, -1, 0, "word", COAP_CHANGED, NULL},
        {"write-tlv", COAP_PUT, "1000/0/1", NULL, -1, TLV, "\xc1\x01\x09", COAP_CHANGED, NULL},
        {"write-resource-instance", COAP_PUT, "1000/0/2/1", NULL, -1, 0, "3", COAP_CHANGED, NULL},
        {"write-no-resource-instance", COAP_PUT, "1000/0/2/7", NULL, -1, 0, "3", COAP_NOT_FOUND,
         NULL},
        {"write-instance-of-single", COAP_PUT, "1000/0/1/0", NULL, -1, 0, "3",
         COAP_METHOD_NOT_ALLOWED, NULL},
        {"write-not-a-number", COAP_PUT, "1000/0/1", NULL, -1, 0, "x", COAP_BAD_REQUEST, NULL},
        {"write-out-of-range", COAP_PUT, "1000/0/1", NULL, -1, 0, "101", COAP_BAD_REQUEST, NULL},
        {"write-read-only", COAP_PUT, "1000/0/0", NULL, -1, 0, "x", COAP_METHOD_NOT_ALLOWED, NULL},
        {"write-executable", COAP_PUT, "1000/0/3", NULL, -1, 0, "x", COAP_METHOD_NOT_ALLOWED, NULL},
        {"write-read-only-format", COAP_PUT, "1000/0/0", NULL, -1, 9999, "x",
         COAP_METHOD_NOT_ALLOWED, NULL},
        {"write-text-to-multiple", COAP_PUT, "1000/0/2", NULL, -1, 0, "1",
         COAP_UNSUPPORTED_CONTENT_FORMAT, NULL},
        {"write-unknown-format", COAP_PUT, "1000/0/1", NULL, -1, 9999, "1",
         COAP_UNSUPPORTED_CONTENT_FORMAT, NULL},
        {"write-links", COAP_PUT, "1000/0/1", NULL, -1, 40, "1", COAP_UNSUPPORTED_CONTENT_FORMAT,
         NULL},
        {"write-torn-tlv", COAP_PUT, "1000/0", NULL, -1, TLV, "\xc8\x01\x50", COAP_BAD_REQUEST,
         NULL},
        {"write-no-resource", COAP_PUT, "1000/0/99", NULL, -1, 0, "1", COAP_NOT_FOUND, NULL},
        {"write-no-instance", COAP_PUT, "1000/9", NULL, -1, TLV, NULL, COAP_NOT_FOUND, NULL},
        {"write-no-object", COAP_PUT, "77/0", NULL, -1, TLV, NULL, COAP_NOT_FOUND, NULL},
        {"write-object", COAP_PUT, "1000", NULL, -1, TLV, NULL, COAP_METHOD_NOT_ALLOWED, NULL},
        {"write-query", COAP_PUT, "1000/0/1", "pmin=1", -1, 0, "1", COAP_BAD_REQUEST, NULL},
        {"write-ssid", COAP_PUT, "1/0/0", NULL, -1, 0, "5", COAP_METHOD_NOT_ALLOWED, NULL},
        {"update-instance", COAP_POST, "1000/0", NULL, -1, TLV, "\xc1\x01\x09", COAP_CHANGED, NULL},
        {"update-read-only", COAP_POST, "1000/0", NULL, -1, TLV, "\xc1\x01\x09\xc1\x00\x78",
         COAP_METHOD_NOT_ALLOWED, NULL, 6},
        {"update-set", COAP_POST, "1000/0/2", NULL, -1, TLV, "\x83\x02\x41\x05\x09", COAP_CHANGED,
         NULL},
        {"update-single", COAP_POST, "1000/0/1", NULL, -1, 0, "1", COAP_METHOD_NOT_ALLOWED, NULL},
        {"replace-without-mandatory", COAP_PUT, "1000/0", NULL, -1, TLV, "\xc1\x01\x09",
         COAP_BAD_REQUEST, NULL},
        {"replace-instance", COAP_PUT, "1000/0", NULL, -1, TLV, "\xc1\x06\x09", COAP_CHANGED, NULL},
        {"replace-without-format", COAP_PUT, "1000/0", NULL, -1, -1, "\xc1\x06\x09",
         COAP_UNSUPPORTED_CONTENT_FORMAT, NULL},

        /* Write-Attributes */
        {"attributes", COAP_PUT, "1000/0/1", "pmin=1&pmax=5", -1, -1, NULL, COAP_CHANGED, NULL},
        {"attributes-of-object", COAP_PUT, "1000", "pmin=1", -1, -1, NULL, COAP_CHANGED, NULL},
        {"attributes-removed", COAP_PUT, "1000/0", "pmin", -1, -1, NULL, COAP_CHANGED, NULL},
        {"attributes-unknown", COAP_PUT, "1000/0/1", "pmin=1&speed=5", -1, -1, NULL,
         COAP_BAD_REQUEST, NULL},
        {"attributes-negative", COAP_PUT, "1000/0/1", "pmin=-1", -1, -1, NULL, COAP_BAD_REQUEST,
         NULL},
        {"attributes-nowhere", COAP_PUT, "1000/9", "pmin=1", -1, -1, NULL, COAP_NOT_FOUND, NULL},
        {"attributes-executable", COAP_PUT, "1000/0/3", "pmin=1", -1, -1, NULL,
         COAP_METHOD_NOT_ALLOWED, NULL},
        {"attributes-of-root", COAP_PUT, NULL, "pmin=1", -1, -1, NULL, COAP_BAD_REQUEST, NULL},

        /* Execute */
        {"execute", COAP_POST, "1000/0/3", NULL, -1, -1, NULL, COAP_CHANGED, NULL},
        {"execute-arguments", COAP_POST, "1000/0/3", NULL, -1, 0, "0='a',1", COAP_CHANGED, NULL},
        {"execute-malformed", COAP_POST, "1000/0/3", NULL, -1, 0, "a", COAP_BAD_REQUEST, NULL},
        {"execute-format", COAP_POST, "1000/0/3", NULL, -1, TLV, "0",
         COAP_UNSUPPORTED_CONTENT_FORMAT, NULL},
        {"execute-query", COAP_POST, "1000/0/3", "x=1", -1, -1, NULL, COAP_BAD_REQUEST, NULL},
        {"execute-no-instance", COAP_POST, "1000/9/3", NULL, -1, -1, NULL, COAP_NOT_FOUND, NULL},
        {"execute-no-resource", COAP_POST, "1000/0/99", NULL, -1, -1, NULL, COAP_NOT_FOUND, NULL},

        /* What is not provided */
        {"create", COAP_POST, "1000", NULL, -1, TLV, NULL, COAP_METHOD_NOT_ALLOWED, NULL},
        {"create-no-object", COAP_POST, "77", NULL, -1, TLV, NULL, COAP_NOT_FOUND, NULL},
        {"delete", COAP_DELETE, "1000/0", NULL, -1, -1, NULL, COAP_METHOD_NOT_ALLOWED, NULL},
        {"delete-nothing", COAP_DELETE, "1000/9", NULL, -1, -1, NULL, COAP_NOT_FOUND, NULL},
        {"post-resource-instance", COAP_POST, "1000/0/2/1", NULL, -1, 0, "1",
         COAP_METHOD_NOT_ALLOWED, NULL},
        {"fetch-below", COAP_FETCH, "1000", NULL, -1, -1, NULL, COAP_METHOD_NOT_ALLOWED, NULL},
        {"ipatch-below", COAP_IPATCH, "1000", NULL, -1, -1, NULL, COAP_METHOD_NOT_ALLOWED, NULL},
        {"patch", COAP_PATCH, NULL, NULL, -1, -1, NULL, COAP_METHOD_NOT_ALLOWED, NULL},
};

static void test_case(Fixture *f, gconstpointer data)
{
        const Case *c = data;
        const CoapMessage *answer;
        g_autofree char *content = NULL;

        answer = peer_request(&f->world, f->peer,
                              REQUEST(.code = c->code, .path = c->path, .query = c->query,
                                      .accept = OPTION(c->accept), .format = OPTION(c->format),
                                      .payload = c->payload, .len = c->len));
        g_assert_cmphex(answer->code, ==, c->expected);
        content = message_payload(answer);
        if (c->content)
                g_assert_cmpstr(content, ==, c->content);
        /* Diagnostics are short text and have no format (RFC 7252, 5.5.2). */
        if (coap_code_class(answer->code) >= 4) {
                g_assert_false(message_has(answer, COAP_OPTION_CONTENT_FORMAT));
                g_assert_cmpuint(answer->payload_len, <, 40);
        }
}

/* What a refused write would have changed is as it was. */
static void test_nothing_applied(Fixture *f, gconstpointer data)
{
        peer_request(&f->world, f->peer,
                     REQUEST(.code = COAP_PUT, .path = "1000/0", .format = OPTION(TLV),
                             .payload = "\xc1\x06\x02\xc1\x01\x7f"));
        g_assert_cmphex(f->peer->message.code, ==, COAP_BAD_REQUEST);
        g_assert_cmpint(
                memory_object_get(f->world.memory, path_resource(WORLD_OBJECT, 0, 1))->integer, ==,
                5);
        g_assert_cmpint(
                memory_object_get(f->world.memory, path_resource(WORLD_OBJECT, 0, 6))->integer, ==,
                1);
}

static void test_written(Fixture *f, gconstpointer data)
{
        peer_request(&f->world, f->peer,
                     REQUEST(.code = COAP_PUT, .path = "1000/0/1", .format = OPTION(0),
                             .payload = "42"));
        g_assert_cmpint(
                memory_object_get(f->world.memory, path_resource(WORLD_OBJECT, 0, 1))->integer, ==,
                42);
}

static void test_critical_options(Fixture *f, gconstpointer data)
{
        static const struct {
                uint16_t number;
                const char *value;
                size_t len;
                uint8_t expected;
        } options[] = {
                {COAP_OPTION_PROXY_SCHEME, "coap", 4, COAP_CODE(5, 5)},
                {COAP_OPTION_PROXY_URI, "coap://x/", 9, COAP_CODE(5, 5)},
                {COAP_OPTION_IF_NONE_MATCH, "", 0, COAP_PRECONDITION_FAILED},
                {COAP_OPTION_IF_MATCH, "tag", 3, COAP_PRECONDITION_FAILED},
                {COAP_OPTION_IF_MATCH, "", 0, COAP_CHANGED},
                {COAP_OPTION_ACCEPT, "\1\2\3", 3, COAP_BAD_OPTION},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
                CoapMessage message = {.type = COAP_CON,
                                       .code = COAP_PUT,
                                       .id = (uint16_t) (900 + i),
                                       .payload = (const uint8_t *) "1",
                                       .payload_len = 1};

                coap_message_add_text(&message, COAP_OPTION_URI_PATH, "1000");
                coap_message_add_text(&message, COAP_OPTION_URI_PATH, "0");
                coap_message_add_text(&message, COAP_OPTION_URI_PATH, "1");
                coap_message_add(&message, options[i].number, options[i].value, options[i].len);
                peer_send(&f->world, f->peer, &message);
                peer_expect(f->peer, options[i].expected);
        }
}

static void test_execute(Fixture *f, gconstpointer data)
{
        peer_request(&f->world, f->peer,
                     REQUEST(.code = COAP_POST, .path = "1000/0/3", .format = OPTION(0),
                             .payload = "3,5='x!'"));
        g_assert_cmphex(f->peer->message.code, ==, COAP_CHANGED);
        g_assert_cmpstr(f->world.executed->str, ==, "3/3,5='x!' from 101");
        f->world.execute_result = -EPERM;
        peer_request(&f->world, f->peer, REQUEST(.code = COAP_POST, .path = "1000/0/3"));
        g_assert_cmphex(f->peer->message.code, ==, COAP_METHOD_NOT_ALLOWED);
}

/* Core 6.3.5 */
static void test_arguments(void)
{
        static const char *const good[] = {
                "", "0", "9", "0,1,2", "0='a'", "0=''", "5='a!#$[]^~',1"};
        static const char *const bad[] = {"a",      "0,",      ",0",     "0=",  "0=a",    "0='a",
                                          "0='a'b", "0='a\"'", "00",     "0,0", "0='\\'", "0='a b'",
                                          "10",     "0 ",      "0='\t'", "0;1"};

        for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
                g_assert_true(execute_arguments_valid(good[i], strlen(good[i])));
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
                g_assert_false(execute_arguments_valid(bad[i], strlen(bad[i])));
        g_assert_false(execute_arguments_valid("0\0", 2));
}

/* ---- Objects that take their time ---- */

static void test_slow_execute(Fixture *f, gconstpointer data)
{
        const CoapMessage *answer;

        f->world.execute_result = -EINPROGRESS;
        peer_ask(&f->world, f->peer, REQUEST(.code = COAP_POST, .path = "1000/0/3", .token = 9));
        g_assert_null(peer_take(f->peer));
        world_advance(&f->world, 3 * WORLD_SECOND);
        answer = peer_expect(f->peer, COAP_EMPTY);
        g_assert_cmpint(answer->type, ==, COAP_ACK);
        world_finish(&f->world, -EBUSY);
        answer = peer_expect(f->peer, COAP_SERVICE_UNAVAILABLE);
        g_assert_cmpint(answer->type, ==, COAP_CON);
        g_assert_cmpuint(answer->token.data[0], ==, 9);
}

static void test_slow_write(Fixture *f, gconstpointer data)
{
        f->world.memory->commit_result = -EINPROGRESS;
        peer_ask(
                &f->world, f->peer,
                REQUEST(.code = COAP_PUT, .path = "1000/0/1", .format = OPTION(0), .payload = "4"));
        g_assert_null(peer_take(f->peer));
        memory_object_finish(f->world.memory, 0);
        peer_expect(f->peer, COAP_CHANGED);
}

static void test_slow_read(Fixture *f, gconstpointer data)
{
        g_autofree char *content = NULL;

        f->world.refreshing = true;
        peer_ask(&f->world, f->peer, REQUEST(.code = COAP_GET, .path = "1000/0/1"));
        g_assert_null(peer_take(f->peer));
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(66));
        world_finish(&f->world, 0);
        content = message_payload(peer_expect(f->peer, COAP_CONTENT));
        g_assert_cmpstr(content, ==, "66");
}

/* The server is gone before the object answers. */
static void test_slow_gone(Fixture *f, gconstpointer data)
{
        f->world.execute_result = -EINPROGRESS;
        peer_ask(&f->world, f->peer, REQUEST(.code = COAP_POST, .path = "1000/0/3"));
        accounts_remove(f->world.accounts, 101);
        world_advance(&f->world, 0);
        peer_expect(f->peer, COAP_DELETE);
        world_advance(&f->world, 100 * WORLD_SECOND);
        g_assert_cmpuint(f->world.n_removed, ==, 1);
        world_finish(&f->world, 0);
}

/* What objects still owe is limited too when the requests are gone: with each session that ends. */
static void test_slow_many(Fixture *f, gconstpointer data)
{
        unsigned n = 0;

        f->world.execute_result = -EINPROGRESS;
        for (unsigned i = 0; i < 4 * 30; i++) {
                if (i > 0 && i % 30 == 0) {
                        f->world.host++;
                        client_network_changed(f->world.client);
                        world_advance(&f->world, 0);
                        peer_register(&f->world, f->peer, "rd/1");
                }
                peer_ask(&f->world, f->peer,
                         REQUEST(.code = COAP_POST, .path = "1000/0/3", .token = (uint8_t) i));
                n += peer_take(f->peer) == NULL;
        }
        g_assert_cmpuint(n, ==, OPERATIONS_MAX_PENDING);
        g_assert_cmphex(f->peer->message.code, ==, COAP_SERVICE_UNAVAILABLE);
        world_finish(&f->world, 0);
        f->world.execute_result = 0;
        g_assert_null(peer_take(f->peer));
        peer_request(&f->world, f->peer, REQUEST(.code = COAP_POST, .path = "1000/0/3"));
        g_assert_cmphex(f->peer->message.code, ==, COAP_CHANGED);
}

#define ADD(name, func) g_test_add("/lwm2m/dispatch/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *path = g_strconcat("/lwm2m/dispatch/", cases[i].name, NULL);

                g_test_add(path, Fixture, &cases[i], set_up, test_case, tear_down);
        }
        g_test_add_func("/lwm2m/dispatch/arguments", test_arguments);
        ADD("nothing-applied", test_nothing_applied);
        ADD("written", test_written);
        ADD("critical-options", test_critical_options);
        ADD("executed", test_execute);
        ADD("slow-execute", test_slow_execute);
        ADD("slow-write", test_slow_write);
        ADD("slow-read", test_slow_read);
        ADD("slow-gone", test_slow_gone);
        ADD("slow-many", test_slow_many);
        return g_test_run();
}
