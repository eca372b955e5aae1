/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a Read and a notification cost of memory on the whole way, from the socket and back: objects
 * that give away what they have. */
#include <arpa/inet.h>
#include <unistd.h>

#include "lwm2m/link-factory.h"
#include "world.h"

/* Of the address sanitizer, without which there is nothing to count with. */
extern int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *,
                                                                         size_t),
                                                     void (*free_hook)(const volatile void *))
        __attribute__((weak));

#define ROUNDS 500
#define LIMIT 4

static unsigned allocations;

static void on_malloc(const volatile void *pointer, size_t size)
{
        allocations++;
}

static void on_free(const volatile void *pointer)
{
}

typedef struct Fixture {
        World world;
        int fd; /* the server's socket */
        uint16_t next_id;
        uint8_t buffer[1500];
        CoapMessage message;
} Fixture;

static void turn(Fixture *f)
{
        while (g_main_context_iteration(NULL, FALSE))
                ;
        clock_advance(f->world.clock, 0);
}

/* The next message at the server. */
static const CoapMessage *receive(Fixture *f)
{
        ssize_t len = -1;

        for (int i = 0; i < 5000 && len < 0; i++) {
                turn(f);
                len = recv(f->fd, f->buffer, sizeof(f->buffer), MSG_DONTWAIT);
                if (len < 0)
                        g_usleep(1000);
        }
        g_assert_cmpint(len, >, 0);
        g_assert_cmpint(coap_message_parse(f->buffer, (size_t) len, &f->message, NULL), ==, 0);
        return &f->message;
}

static void deliver(Fixture *f, const CoapMessage *message)
{
        uint8_t data[256];
        ByteWriter writer = byte_writer(data, sizeof(data));

        coap_message_write(message, &writer);
        g_assert_cmpint(send(f->fd, data, writer.len, 0), ==, (ssize_t) writer.len);
}

static void get(Fixture *f, const char *object, const char *resource, bool observe)
{
        CoapMessage request = {.type = COAP_CON,
                               .code = COAP_GET,
                               .id = f->next_id++,
                               .token = {.len = 2, .data = {1, 2}}};

        if (observe)
                coap_message_add_uint(&request, COAP_OPTION_OBSERVE, 0);
        coap_message_add_text(&request, COAP_OPTION_URI_PATH, object);
        coap_message_add_text(&request, COAP_OPTION_URI_PATH, "0");
        if (resource)
                coap_message_add_text(&request, COAP_OPTION_URI_PATH, resource);
        deliver(f, &request);
        g_assert_cmphex(receive(f)->code, ==, COAP_CONTENT);
        g_assert_cmpuint(f->message.id, ==, request.id);
}

static uint16_t open_server(Fixture *f)
{
        struct sockaddr_in address = {.sin_family = AF_INET};
        socklen_t len = sizeof(address);

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        f->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        g_assert_cmpint(bind(f->fd, (struct sockaddr *) &address, sizeof(address)), ==, 0);
        g_assert_cmpint(getsockname(f->fd, (struct sockaddr *) &address, &len), ==, 0);
        return ntohs(address.sin_port);
}

static void answer_register(Fixture *f)
{
        struct sockaddr_storage peer;
        socklen_t len = sizeof(peer);
        CoapMessage answer = {.type = COAP_ACK, .code = COAP_CREATED};
        uint8_t first;

        /* The client's address is not known before it speaks. */
        for (int i = 0; i < 5000; i++) {
                turn(f);
                if (recvfrom(f->fd, &first, 1, MSG_DONTWAIT | MSG_PEEK, (struct sockaddr *) &peer,
                             &len) > 0)
                        break;
                g_usleep(1000);
        }
        g_assert_cmpint(connect(f->fd, (struct sockaddr *) &peer, len), ==, 0);
        g_assert_cmphex(receive(f)->code, ==, COAP_POST);
        answer.id = f->message.id;
        answer.token = f->message.token;
        coap_message_add_text(&answer, COAP_OPTION_LOCATION_PATH, "rd");
        coap_message_add_text(&answer, COAP_OPTION_LOCATION_PATH, "1");
        deliver(f, &answer);
        for (int i = 0; i < 5000 && world_state(&f->world, 101) != SERVER_REGISTERED; i++) {
                turn(f);
                g_usleep(1000);
        }
}

static void set_up(Fixture *f, gconstpointer data)
{
        world_open(&f->world);
        f->world.links = link_factory_udp();
        f->world.memory_ops.refresh = NULL;
        world_add(&f->world, world_account(101, open_server(f)));
        world_start(&f->world);
        answer_register(f);
}

static void tear_down(Fixture *f, gconstpointer data)
{
        close(f->fd);
        world_close(&f->world);
}

static void assert_few(const char *what)
{
        g_test_message("%s: %.2f allocations", what, allocations / (double) ROUNDS);
        /* What is kept for later grows a few times. */
        g_assert_cmpuint(allocations / ROUNDS, <=, LIMIT);
}

static void test_read(Fixture *f, gconstpointer data)
{
        for (int i = 0; i < ROUNDS; i++)
                get(f, "1000", data, false);
        allocations = 0;
        for (int i = 0; i < ROUNDS; i++)
                get(f, "1000", data, false);
        assert_few(data ? "Read of /1000/0/0" : "Read of /1000/0");
}

static void notify(Fixture *f, int i)
{
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(i % 100));
        g_assert_cmphex(receive(f)->code, ==, COAP_CONTENT);
        g_assert_cmpint(f->message.type, ==, COAP_NON);
}

static void test_notification(Fixture *f, gconstpointer data)
{
        get(f, "1000", "1", true);
        for (int i = 0; i < ROUNDS; i++)
                notify(f, i);
        allocations = 0;
        for (int i = 0; i < ROUNDS; i++)
                notify(f, i);
        assert_few("notification of /1000/0/1");
}

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        if (!__sanitizer_install_malloc_and_free_hooks ||
            __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) == 0) {
                g_print("1..0 # SKIP built without the address sanitizer\n");
                return 0;
        }
        g_test_add("/lwm2m/allocation/read-instance", Fixture, NULL, set_up, test_read, tear_down);
        g_test_add("/lwm2m/allocation/read-resource", Fixture, "0", set_up, test_read, tear_down);
        g_test_add("/lwm2m/allocation/notification", Fixture, NULL, set_up, test_notification,
                   tear_down);
        return g_test_run();
}
