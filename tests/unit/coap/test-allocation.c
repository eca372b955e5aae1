/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A request that is answered at once costs no allocation, once the endpoint has been in use for a
 * while. */
#include "coap/endpoint.h"

#include <glib.h>

/* Of the address sanitizer, without which there is nothing to count with. */
extern int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *,
                                                                         size_t),
                                                     void (*free_hook)(const volatile void *))
        __attribute__((weak));

#define REQUESTS 2000

static unsigned allocations;

static void on_malloc(const volatile void *pointer, size_t size)
{
        allocations++;
}

static void on_free(const volatile void *pointer)
{
}

static int on_send(const void *data, size_t len, void *user)
{
        unsigned *sent = user;

        (*sent)++;
        return 0;
}

static void on_request(CoapIncoming *incoming, const CoapMessage *request, void *user)
{
        CoapMessage response = {
                .code = COAP_CONTENT, .payload = (const uint8_t *) "lwm2md", .payload_len = 6};

        coap_message_add_uint(&response, COAP_OPTION_CONTENT_FORMAT, 0);
        endpoint_reply(incoming, &response);
}

static void on_notification(const CoapToken *token, int result, void *user)
{
        g_assert_not_reached();
}

static void ask(Endpoint *endpoint, uint16_t id)
{
        uint8_t request[] = {
                0x42, COAP_GET, (uint8_t) (id >> 8), (uint8_t) id, 1, 2, 0xB1, '3', 0x01, '0',
                0x01, '0'};

        endpoint_on_message(endpoint, request, sizeof(request));
}

static void test_get(void)
{
        static const EndpointOps ops = {
                .send = on_send,
                .on_request = on_request,
                .on_notification = on_notification,
        };
        g_autoptr(Clock) clock = clock_new_manual(0, 0);
        EndpointConfig config = endpoint_config_default();
        unsigned sent = 0;
        Endpoint *endpoint = endpoint_new(clock, &config, &ops, "test", &sent);

        for (uint16_t id = 0; id < ENDPOINT_MAX_DUPLICATES; id++)
                ask(endpoint, id);
        allocations = 0;
        for (uint16_t id = 0; id < REQUESTS; id++)
                ask(endpoint, (uint16_t) (10000 + id));
        g_assert_cmpuint(allocations, ==, 0);
        g_assert_cmpuint(sent, ==, ENDPOINT_MAX_DUPLICATES + REQUESTS);
        endpoint_free(endpoint);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        if (!__sanitizer_install_malloc_and_free_hooks ||
            __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) == 0) {
                g_print("1..0 # SKIP built without the address sanitizer\n");
                return 0;
        }
        g_test_add_func("/allocation/get", test_get);
        return g_test_run();
}
