/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What we sent by SMS, sent back to us: keys are the same both ways. */
#include "sms-server.h"

#include <string.h>

#define READ REQUEST(.code = COAP_GET, .path = "1000/0/0", .token = 7)

typedef struct Fixture {
        World world;
        SmsServer sms;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
        world_open(&f->world);
        sms_server_open(&f->sms, &f->world);
        f->world.config.own_number = "491701234567";
        world_add(&f->world, sms_account(&f->world, 101));
        world_start(&f->world);
        client_set_bearer(f->world.client, f->sms.bearer);
}

static void tear_down(Fixture *f, gconstpointer data)
{
        sms_server_close(&f->sms);
        world_close(&f->world);
}

static void find_counter(const char *name, uint64_t value, void *user)
{
        void **search = user;

        if (strcmp(name, search[0]) == 0)
                *(uint64_t *) search[1] = value;
}

static uint64_t count_of(Fixture *f, const char *name)
{
        uint64_t value = G_MAXUINT64;
        void *search[] = {(void *) name, &value};

        server_foreach_counter(client_find(f->world.client, 101), find_counter, search);
        g_assert_cmpuint(value, !=, G_MAXUINT64);
        return value;
}

/* The session begins anew: nothing is known of what was sent. */
static void forget(Fixture *f)
{
        client_set_bearer(f->world.client, NULL);
        client_set_bearer(f->world.client, f->sms.bearer);
}

/* Under a counter that would be taken. Nothing is done, nothing said, and the counter stays. */
static void assert_dropped(Fixture *f, const CoapMessage *ours)
{
        uint64_t last = count_of(f, "sms-last-received");
        uint64_t reflected = count_of(f, "sms-rejected-reflected");

        sms_send(&f->sms, ours);
        g_assert_null(sms_take(&f->sms));
        g_assert_cmpuint(count_of(f, "sms-rejected-reflected"), ==, reflected + 1);
        g_assert_cmpuint(count_of(f, "sms-last-received"), ==, last);
}

/* A Register from before a restart, at the time when the one behind it waits for its answer. */
static void test_register(Fixture *f, gconstpointer data)
{
        CoapMessage ours = *sms_expect(&f->sms, COAP_POST);
        g_autoptr(GBytes) kept = g_bytes_ref(f->sms.taken);

        forget(f);
        sms_expect(&f->sms, COAP_POST);
        assert_dropped(f, &ours);
        sms_answer(&f->sms, &f->sms.message, COAP_CREATED, "rd/5a3f");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

/* An answer and a notification, with the server's own token. */
static void test_answers(Fixture *f, gconstpointer data)
{
        g_autoptr(GBytes) answer_octets = NULL;
        CoapMessage answer;

        sms_register(&f->sms, "rd/5a3f");
        answer = *sms_request(&f->sms, READ);
        answer_octets = g_bytes_ref(f->sms.taken);
        g_assert_cmphex(answer.code, ==, COAP_CONTENT);
        assert_dropped(f, &answer);

        forget(f);
        sms_register(&f->sms, "rd/2");
        assert_dropped(f, &answer);
        answer.type = COAP_CON;
        assert_dropped(f, &answer);
        answer.type = COAP_NON;
        coap_message_add_uint(&answer, COAP_OPTION_OBSERVE, 3);
        assert_dropped(f, &answer);
        sms_request(&f->sms, READ);
        g_assert_cmphex(f->sms.message.code, ==, COAP_CONTENT);
}

static void assert_all_dropped(Fixture *f, const char *const *paths, size_t n_paths)
{
        for (size_t i = 0; i < n_paths; i++) {
                CoapMessage request = {.type = COAP_CON, .code = COAP_POST, .id = (uint16_t) i};
                g_auto(GStrv) segments = g_strsplit(paths[i], "/", -1);

                for (size_t j = 0; segments[j]; j++)
                        coap_message_add_text(&request, COAP_OPTION_URI_PATH, segments[j]);
                assert_dropped(f, &request);
        }
}

/* Requests of a client: to where it registers, and wherever the server has put it. */
static void test_requests(Fixture *f, gconstpointer data)
{
        static const char *const paths[] = {"rd", "rd/5a3f", "bs", "dp", "clients", "5/17"};

        sms_register(&f->sms, "5/17");
        assert_all_dropped(f, paths, G_N_ELEMENTS(paths));
        g_assert_cmpuint(count_of(f, "sms-accepted"), ==, 1);
}

/* Nobody knows yet where the server had put us: what is no object is not for a client. */
static void test_forgotten(Fixture *f, gconstpointer data)
{
        static const char *const paths[] = {"clients/7", "65536", "99999999999",     "5a3f", "-1",
                                            "007",       "",      ".well-known/core"};

        sms_expect(&f->sms, COAP_POST);
        assert_all_dropped(f, paths, G_N_ELEMENTS(paths));
        assert_dropped(f, &(CoapMessage){.type = COAP_CON, .code = COAP_POST, .id = 70});
        assert_dropped(f, &(CoapMessage){.type = COAP_CON, .code = COAP_DELETE, .id = 71});
        g_assert_cmpuint(count_of(f, "sms-accepted"), ==, 0);
}

/* Composite operations have no path. */
static void test_composite(Fixture *f, gconstpointer data)
{
        static const uint8_t codes[] = {COAP_FETCH, COAP_IPATCH};

        sms_register(&f->sms, "rd/5a3f");
        for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
                sms_send(&f->sms, &(CoapMessage){.type = COAP_CON,
                                                 .code = codes[i],
                                                 .id = (uint16_t) (80 + i)});
                g_assert_nonnull(sms_take(&f->sms));
        }
        g_assert_cmpuint(count_of(f, "sms-accepted"), ==, 3);
}

/* An acknowledgement and a reset, where nothing waits for one. */
static void test_empty(Fixture *f, gconstpointer data)
{
        sms_register(&f->sms, "rd/5a3f");
        assert_dropped(f, &(CoapMessage){.type = COAP_ACK, .id = 77});
        assert_dropped(f, &(CoapMessage){.type = COAP_RST, .id = 77});
}

/* Counts go on over sessions, levels are as they are. */
static void test_counts(Fixture *f, gconstpointer data)
{
        sms_register(&f->sms, "rd/5a3f");
        sms_request(&f->sms, READ);
        g_assert_cmpuint(count_of(f, "sms-heard"), ==, 1);
        g_assert_cmpuint(count_of(f, "sms-accepted"), ==, 2);
        g_assert_cmpuint(count_of(f, "sms-sent"), ==, 2);
        g_assert_cmpuint(count_of(f, "sms-last-received"), ==, f->sms.counter);
        g_assert_cmpuint(count_of(f, "sms-last-sent"), ==, f->sms.heard);

        client_set_bearer(f->world.client, NULL);
        g_assert_cmpuint(count_of(f, "sms-heard"), ==, 0);
        g_assert_cmpuint(count_of(f, "sms-accepted"), ==, 2);
        client_set_bearer(f->world.client, f->sms.bearer);
        sms_register(&f->sms, "rd/5a3f");
        g_assert_cmpuint(count_of(f, "sms-accepted"), ==, 3);
        g_assert_cmpuint(count_of(f, "sms-last-received"), ==, f->sms.counter);
        g_assert_cmpuint(count_of(f, "sms-ignored"), ==, 0);
}

/* Registered by SMS: that is what protects it. */
static void test_security(Fixture *f, gconstpointer data)
{
        ServerInfo info;

        sms_register(&f->sms, "rd/5a3f");
        info = world_info(&f->world, 101);
        g_assert_cmpstr(info.security, ==, "secured-packet-device");
        g_assert_cmpstr(info.sms_security, ==, "secured-packet-device");
        g_assert_cmpstr(info.sms_suite, ==, "AES-128, CMAC 8, key set 1");
        g_assert_cmpuint(info.cipher_suite, ==, 0);
}

#define ADD(name, func)                                                                            \
        g_test_add("/lwm2m/sms-reflected/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("R20-register", test_register);
        ADD("R20-answers", test_answers);
        ADD("R20-requests", test_requests);
        ADD("R20-forgotten", test_forgotten);
        ADD("composite", test_composite);
        ADD("R20-empty", test_empty);
        ADD("counts", test_counts);
        ADD("security", test_security);
        return g_test_run();
}
