/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/status.h"

#include <errno.h>
#include <glib.h>

#include "coap/code.h"
#include "lwm2m/server-state.h"
#include "lwm2m/server-uri.h"

static void test_to_coap(void)
{
        g_assert_cmphex(status_to_coap(-ENOENT), ==, COAP_NOT_FOUND);
        g_assert_cmphex(status_to_coap(-EPERM), ==, COAP_METHOD_NOT_ALLOWED);
        g_assert_cmphex(status_to_coap(-EACCES), ==, COAP_UNAUTHORIZED);
        g_assert_cmphex(status_to_coap(-EINVAL), ==, COAP_BAD_REQUEST);
        g_assert_cmphex(status_to_coap(-ERANGE), ==, COAP_BAD_REQUEST);
        g_assert_cmphex(status_to_coap(-EBUSY), ==, COAP_SERVICE_UNAVAILABLE);
        g_assert_cmphex(status_to_coap(-E2BIG), ==, COAP_REQUEST_ENTITY_TOO_LARGE);
        g_assert_cmphex(status_to_coap(-EIO), ==, COAP_INTERNAL_SERVER_ERROR);
        g_assert_cmphex(status_to_coap(-EXDEV), ==, COAP_INTERNAL_SERVER_ERROR);
}

static void test_from_coap(void)
{
        g_assert_cmpint(status_from_coap(COAP_CREATED), ==, 0);
        g_assert_cmpint(status_from_coap(COAP_FORBIDDEN), ==, -ECONNREFUSED);
        g_assert_cmpint(status_from_coap(COAP_SERVICE_UNAVAILABLE), ==, -EBUSY);
        g_assert_cmpint(status_from_coap(COAP_CODE(4, 29)), ==, -ECONNREFUSED);
}

static void test_words(void)
{
        g_assert_cmpstr(status_to_dbus(-ENOENT), ==, "org.lwm2md1.Error.NotFound");
        g_assert_cmpstr(status_to_dbus(-ENOKEY), ==, "org.lwm2md1.Error.NotConfigured");
        g_assert_cmpstr(status_to_dbus(-EXDEV), ==, "org.lwm2md1.Error.Failed");
        g_assert_cmpstr(status_to_text(-ENOENT), ==, "not found");
        g_assert_cmpstr(status_to_text(-EXDEV), ==, g_strerror(EXDEV));
}

static void test_states(void)
{
        g_assert_cmpstr(server_state_to_string(SERVER_IDLE), ==, "idle");
        g_assert_cmpstr(server_state_to_string(SERVER_FAILED), ==, "failed");
        g_assert_cmpstr(server_state_to_string(SERVER_STATES), ==, "?");
        for (int from = 0; from < SERVER_STATES; from++) {
                g_assert_true(server_state_may_follow(from, from));
                /* From everywhere there is a way back to idle. */
                g_assert_true(server_state_may_follow(from, SERVER_IDLE));
        }
        g_assert_true(server_state_may_follow(SERVER_UPDATING, SERVER_REGISTERING));
        g_assert_false(server_state_may_follow(SERVER_IDLE, SERVER_REGISTERED));
        g_assert_false(server_state_may_follow(SERVER_WAITING, SERVER_REGISTERED));
        g_assert_false(server_state_may_follow(SERVER_DEREGISTERING, SERVER_REGISTERED));
        g_assert_false(server_state_may_follow(SERVER_FAILED, SERVER_CONNECTING));
}

typedef struct UriCase {
        const char *text, *host;
        uint16_t port;
        const char *path;
} UriCase;

static const UriCase uris[] = {
        {"coap://example.com", "example.com", 5683, ""},
        {"coaps://example.com", "example.com", 5684, ""},
        {"coaps://example.com:9/", "example.com", 9, ""},
        {"coap://192.0.2.1:5783/a/b%20c/", "192.0.2.1", 5783, "a|b c"},
        {"coaps://[2001:db8::1]:5684", "2001:db8::1", 5684, ""},
        {"http://example.com", NULL, 0, NULL},
        {"coap://", NULL, 0, NULL},
        {"coap://:5683", NULL, 0, NULL},
        {"coap://h:0", NULL, 0, NULL},
        {"coap://h:70000", NULL, 0, NULL},
        {"coap://h/1/2/3/4/5/6/7/8/9", NULL, 0, NULL},
        {"", NULL, 0, NULL},
};

static void test_uri(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(uris); i++) {
                g_autofree char *path = NULL;
                ServerUri uri = {0};
                int r = server_uri_parse(uris[i].text, &uri);

                if (!uris[i].host) {
                        g_assert_cmpint(r, ==, -EINVAL);
                        continue;
                }
                g_assert_cmpint(r, ==, 0);
                path = g_strjoinv("|", uri.path);
                g_assert_cmpstr(uri.host, ==, uris[i].host);
                g_assert_cmpuint(uri.port, ==, uris[i].port);
                g_assert_cmpstr(path, ==, uris[i].path);
                server_uri_clear(&uri);
        }
}

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/lwm2m/status/to-coap", test_to_coap);
        g_test_add_func("/lwm2m/status/from-coap", test_from_coap);
        g_test_add_func("/lwm2m/status/words", test_words);
        g_test_add_func("/lwm2m/server-state/moves", test_states);
        g_test_add_func("/lwm2m/server-uri/cases", test_uri);
        return g_test_run();
}
