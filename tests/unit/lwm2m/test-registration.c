/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/registration.h"

#include <errno.h>
#include <string.h>

#include "format/format.h"
#include "memory-object.h"

#define LINKS_1_1 "</>;rt=\"oma.lwm2m\";ct=\"" FORMAT_LIST "\",</4242>;ver=2.1,</4242/3>"
#define LINKS_1_0 "</4242>;ver=2.1,</4242/3>"

typedef struct Fixture {
        Tree *tree;
        MemoryObject *memory;
        Registration registration;
        CoapMessage message;
} Fixture;

static char *no_path[] = {NULL};

static RegistrationWish wish(const char *version, uint32_t lifetime, const char *binding)
{
        return (RegistrationWish){version, "urn:dev:1", lifetime, binding, no_path};
}

static void set_up(Fixture *f, gconstpointer data)
{
        f->tree = tree_new();
        f->memory = memory_object_new(&memory_definition);
        memory_object_add_instance(f->memory, 3);
        g_assert_cmpint(tree_add(f->tree, &f->memory->object), ==, 0);
        registration_init(&f->registration);
}

static void tear_down(Fixture *f, gconstpointer data)
{
        registration_clear(&f->registration);
        tree_free(f->tree);
        memory_object_free(f->memory);
}

static char *join(const CoapMessage *message, uint16_t number)
{
        GString *text = g_string_new(NULL);
        const CoapOption *option;
        size_t position = 0;

        while ((option = coap_message_next(message, number, &position)))
                g_string_append_printf(text, "%s%.*s", text->len > 0 ? "&" : "", (int) option->len,
                                       (const char *) option->value);
        return g_string_free(text, FALSE);
}

static void assert_message(const CoapMessage *message, uint8_t code, const char *path,
                           const char *query, const char *payload)
{
        g_autofree char *paths = join(message, COAP_OPTION_URI_PATH);
        g_autofree char *queries = join(message, COAP_OPTION_URI_QUERY);
        g_autofree char *body =
                message->payload_len > 0
                        ? g_strndup((const char *) message->payload, message->payload_len)
                        : g_strdup("");
        uint32_t format;

        g_assert_cmphex(message->code, ==, code);
        g_assert_cmpint(message->type, ==, COAP_CON);
        g_assert_cmpstr(paths, ==, path);
        g_assert_cmpstr(queries, ==, query);
        g_assert_cmpstr(body, ==, payload);
        if (*payload == '\0') {
                g_assert_cmpint(
                        coap_message_get_uint(message, COAP_OPTION_CONTENT_FORMAT, 2, &format), ==,
                        -ENOENT);
                return;
        }
        g_assert_cmpint(coap_message_get_uint(message, COAP_OPTION_CONTENT_FORMAT, 2, &format), ==,
                        0);
        g_assert_cmpuint(format, ==, 40);
}

static void answer(Fixture *f, int expected, const char *const *segments)
{
        CoapMessage response = {.code = COAP_CREATED};

        for (; *segments; segments++)
                coap_message_add_text(&response, COAP_OPTION_LOCATION_PATH, *segments);
        g_assert_cmpint(registration_accept(&f->registration, &response), ==, expected);
}

static void register_with(Fixture *f, RegistrationWish wanted)
{
        const char *const location[] = {"rd", "5a3f", NULL};

        g_assert_cmpint(
                registration_build_register(&f->registration, &wanted, f->tree, &f->message), ==,
                0);
        answer(f, 0, location);
}

static void test_register(Fixture *f, gconstpointer data)
{
        RegistrationWish wanted = wish("1.1", 300, "U");

        g_assert_cmpint(
                registration_build_register(&f->registration, &wanted, f->tree, &f->message), ==,
                0);
        assert_message(&f->message, COAP_POST, "rd", "lwm2m=1.1&ep=urn:dev:1&lt=300&b=U",
                       LINKS_1_1);
        g_assert_false(f->registration.valid);
}

/* 1.0: no hint at the root, and queue mode in the value of b. */
static void test_register_1_0(Fixture *f, gconstpointer data)
{
        RegistrationWish wanted = wish("1.0", 300, "UQ");

        g_assert_cmpint(
                registration_build_register(&f->registration, &wanted, f->tree, &f->message), ==,
                0);
        assert_message(&f->message, COAP_POST, "rd", "lwm2m=1.0&ep=urn:dev:1&lt=300&b=UQ",
                       LINKS_1_0);
}

/* Every binding, in either version's words (Core 1.0, 5.3.1.1; Core 6.2.1). */
static void test_bindings(Fixture *f, gconstpointer data)
{
        static const char *const names[][3] = {
                {"U", "b=U", "b=U"},     {"S", "b=S", "b=S"},        {"US", "b=US", "b=US"},
                {"UQ", "b=UQ", "b=U&Q"}, {"SQ", "b=SQ", "b=S&Q"},    {"UQS", "b=UQS", "b=US&Q"},
                {"SU", "b=US", "b=SU"},  {"USQ", "b=UQS", "b=US&Q"}, {"QS", "b=SQ", "b=S&Q"},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                for (unsigned minor = 0; minor <= 1; minor++) {
                        const char *version = minor == 0 ? "1.0" : "1.1";
                        RegistrationWish wanted = wish(version, 300, names[i][0]);
                        g_autofree char *query = NULL;

                        g_assert_cmpint(registration_build_register(&f->registration, &wanted,
                                                                    f->tree, &f->message),
                                        ==, 0);
                        query = join(&f->message, COAP_OPTION_URI_QUERY);
                        g_assert_true(g_str_has_suffix(query, names[i][1 + minor]));
                }
        }
}

/* 1.0 says it in an Update, 1.1 cannot. */
static void test_update_queue_1_0(Fixture *f, gconstpointer data)
{
        RegistrationWish before = wish("1.0", 300, "U"), wanted = wish("1.0", 300, "USQ");

        register_with(f, before);
        g_assert_false(registration_needs_register(&f->registration, &wanted));
        g_assert_true(registration_differs(&f->registration, &wanted, f->tree));
        g_assert_cmpint(
                registration_build_update(&f->registration, &wanted, f->tree, false, &f->message),
                ==, 0);
        assert_message(&f->message, COAP_POST, "rd&5a3f", "b=UQS", "");
}

static void test_register_queue(Fixture *f, gconstpointer data)
{
        RegistrationWish wanted = wish("1.1", 300, "UQ");
        g_autofree char *query = NULL;

        g_assert_cmpint(
                registration_build_register(&f->registration, &wanted, f->tree, &f->message), ==,
                0);
        query = join(&f->message, COAP_OPTION_URI_QUERY);
        g_assert_cmpstr(query, ==, "lwm2m=1.1&ep=urn:dev:1&lt=300&b=U&Q");
}

static void test_register_prefix(Fixture *f, gconstpointer data)
{
        char *path[] = {"a", "b", NULL};
        RegistrationWish wanted = wish("1.1", 300, "U");
        g_autofree char *text = NULL;

        wanted.path = path;
        g_assert_cmpint(
                registration_build_register(&f->registration, &wanted, f->tree, &f->message), ==,
                0);
        text = join(&f->message, COAP_OPTION_URI_PATH);
        g_assert_cmpstr(text, ==, "a&b&rd");
}

static void test_register_too_long(Fixture *f, gconstpointer data)
{
        g_autofree char *name = g_strnfill(300, 'x');
        RegistrationWish wanted = wish("1.1", 300, "U");

        wanted.endpoint = name;
        g_assert_cmpint(
                registration_build_register(&f->registration, &wanted, f->tree, &f->message), ==,
                -EMSGSIZE);
}

static void test_location(Fixture *f, gconstpointer data)
{
        const char *const two[] = {"rd", "5a3f", NULL};
        const char *const one[] = {"rd/5a3f", NULL};
        const char *const other[] = {"x", "y", "z", NULL};
        const char *const none[] = {NULL};
        const char *const empty[] = {"", "/", NULL};
        const char *const many[] = {"1/2/3/4/5", "6/7/8/9", NULL};
        RegistrationWish wanted = wish("1.1", 300, "U");

        for (int i = 0; i < 2; i++) {
                g_assert_cmpint(registration_build_register(&f->registration, &wanted, f->tree,
                                                            &f->message),
                                ==, 0);
                answer(f, 0, i == 0 ? two : one);
                g_assert_cmpstr(f->registration.location_text, ==, "/rd/5a3f");
                g_assert_cmpint(registration_build_deregister(&f->registration, &f->message), ==,
                                0);
                assert_message(&f->message, COAP_DELETE, "rd&5a3f", "", "");
        }
        register_with(f, wanted);
        g_assert_cmpint(
                registration_build_register(&f->registration, &wanted, f->tree, &f->message), ==,
                0);
        answer(f, 0, other);
        g_assert_cmpstr(f->registration.location_text, ==, "/x/y/z");
        answer(f, -EBADMSG, none);
        g_assert_false(f->registration.valid);
        answer(f, -EBADMSG, empty);
        answer(f, -EBADMSG, many);
        g_assert_false(f->registration.valid);
}

static void test_location_query(Fixture *f, gconstpointer data)
{
        RegistrationWish wanted = wish("1.1", 300, "U"), longer = wish("1.1", 600, "U");
        CoapMessage response = {.code = COAP_CREATED};

        g_assert_cmpint(
                registration_build_register(&f->registration, &wanted, f->tree, &f->message), ==,
                0);
        coap_message_add_text(&response, COAP_OPTION_LOCATION_PATH, "rd");
        coap_message_add_text(&response, COAP_OPTION_LOCATION_QUERY, "id=7");
        g_assert_cmpint(registration_accept(&f->registration, &response), ==, 0);
        g_assert_cmpint(
                registration_build_update(&f->registration, &longer, f->tree, false, &f->message),
                ==, 0);
        assert_message(&f->message, COAP_POST, "rd", "id=7&lt=600", "");
}

/* Only what differs, and once accepted, nothing. */
static void test_update(Fixture *f, gconstpointer data)
{
        RegistrationWish first = wish("1.1", 300, "U"), second = wish("1.1", 600, "UT");
        const char *links = LINKS_1_1;

        register_with(f, first);
        g_assert_false(registration_differs(&f->registration, &first, f->tree));
        g_assert_cmpint(
                registration_build_update(&f->registration, &first, f->tree, false, &f->message),
                ==, 0);
        assert_message(&f->message, COAP_POST, "rd&5a3f", "", "");
        g_assert_cmpint(
                registration_build_update(&f->registration, &first, f->tree, true, &f->message), ==,
                0);
        assert_message(&f->message, COAP_POST, "rd&5a3f", "", links);

        g_assert_true(registration_differs(&f->registration, &second, f->tree));
        g_assert_cmpint(
                registration_build_update(&f->registration, &second, f->tree, false, &f->message),
                ==, 0);
        assert_message(&f->message, COAP_POST, "rd&5a3f", "lt=600&b=UT", "");
        /* Not before the server has accepted it. */
        g_assert_true(registration_differs(&f->registration, &second, f->tree));
        registration_accept_update(&f->registration);
        g_assert_false(registration_differs(&f->registration, &second, f->tree));
}

static void test_update_objects(Fixture *f, gconstpointer data)
{
        RegistrationWish wanted = wish("1.0", 300, "U");

        register_with(f, wanted);
        memory_object_add_instance(f->memory, 9);
        g_assert_true(registration_differs(&f->registration, &wanted, f->tree));
        g_assert_cmpint(
                registration_build_update(&f->registration, &wanted, f->tree, false, &f->message),
                ==, 0);
        assert_message(&f->message, COAP_POST, "rd&5a3f", "", LINKS_1_0 ",</4242/9>");
        registration_accept_update(&f->registration);
        g_assert_false(registration_differs(&f->registration, &wanted, f->tree));
}

static void test_needs_register(Fixture *f, gconstpointer data)
{
        RegistrationWish wanted = wish("1.1", 300, "U"), queue = wish("1.1", 300, "UQ");
        RegistrationWish older = wish("1.0", 300, "U"), tcp = wish("1.1", 9, "UT");

        register_with(f, wanted);
        g_assert_false(registration_needs_register(&f->registration, &wanted));
        g_assert_false(registration_needs_register(&f->registration, &tcp));
        g_assert_true(registration_needs_register(&f->registration, &queue));
        g_assert_true(registration_needs_register(&f->registration, &older));
}

#define ADD(name, func)                                                                            \
        g_test_add("/lwm2m/registration/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("register", test_register);
        ADD("register-1.0", test_register_1_0);
        ADD("bindings", test_bindings);
        ADD("update-queue-1.0", test_update_queue_1_0);
        ADD("register-queue", test_register_queue);
        ADD("register-prefix", test_register_prefix);
        ADD("register-too-long", test_register_too_long);
        ADD("location", test_location);
        ADD("location-query", test_location_query);
        ADD("update", test_update);
        ADD("update-objects", test_update_objects);
        ADD("needs-register", test_needs_register);
        return g_test_run();
}
