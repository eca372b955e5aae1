/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Two endpoints over a network that loses, repeats, delays and reorders, by a seed. Whatever it
 * does: a request ends with the right answer, with -ETIMEDOUT, or with 4.08 where the other side
 * had to forget half of it meanwhile (ENDPOINT_MAX_TRANSFERS); no POST is acted on twice; in the
 * end both sides are idle.
 */
#include "coap/endpoint.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#define MAX_REQUESTS 24
#define MAX_AT_ONCE 5
#define BODY_MAX 6000

typedef struct Net Net;

typedef struct Side {
        Net *net;
        Endpoint *endpoint;
        struct Side *peer;
} Side;

typedef struct Datagram {
        gint64 at;
        guint64 order;
        Side *to;
        GBytes *bytes;
} Datagram;

typedef struct Asked {
        Net *net;
        uint8_t code;
        size_t request_len, response_len;
        unsigned acted, answered;
        int result;
        bool forgotten;
} Asked;

typedef struct Delayed {
        Net *net;
        CoapIncoming *incoming;
        unsigned index;
        Timer *timer;
} Delayed;

struct Net {
        GRand *rand;
        Clock *clock;
        Side client, server;
        GSequence *flying; /* of Datagram, by time of arrival */
        guint64 order;
        unsigned loss, repeat, max_delay_ms; /* per mille, per mille, ms */
        Asked asked[MAX_REQUESTS];
        unsigned n_asked, open, delayed;
};

static bool chance(Net *net, unsigned per_mille)
{
        return (unsigned) g_rand_int_range(net->rand, 0, 1000) < per_mille;
}

static gint compare_datagrams(gconstpointer a, gconstpointer b, gpointer user)
{
        const Datagram *left = a, *right = b;

        if (left->at != right->at)
                return left->at < right->at ? -1 : 1;
        return left->order < right->order ? -1 : 1;
}

static void datagram_free(void *data)
{
        Datagram *datagram = data;

        g_bytes_unref(datagram->bytes);
        g_free(datagram);
}

static int on_send(const void *data, size_t len, void *user)
{
        Side *side = user;
        Net *net = side->net;

        while (!chance(net, net->loss)) {
                Datagram *datagram = g_new0(Datagram, 1);

                datagram->at =
                        clock_now(net->clock) +
                        g_rand_int_range(net->rand, 0, (gint32) net->max_delay_ms + 1) * 1000;
                datagram->order = net->order++;
                datagram->to = side->peer;
                datagram->bytes = g_bytes_new(data, len);
                g_sequence_insert_sorted(net->flying, datagram, compare_datagrams, NULL);
                if (!chance(net, net->repeat))
                        break;
        }
        return 0;
}

/* Octet i of the body that request `index` gets: tells bodies and positions apart. */
static void fill(uint8_t *body, size_t len, unsigned index)
{
        for (size_t i = 0; i < len; i++)
                body[i] = (uint8_t) (i * 31 + i / 256 + index * 101);
}

static void reply(Net *net, CoapIncoming *incoming, unsigned index)
{
        uint8_t body[BODY_MAX];
        CoapMessage response = {.code = COAP_CONTENT,
                                .payload = body,
                                .payload_len = net->asked[index].response_len};

        fill(body, response.payload_len, index);
        endpoint_reply(incoming, &response);
}

static void delayed_on_timer(void *user)
{
        Delayed *delayed = user;

        reply(delayed->net, delayed->incoming, delayed->index);
        delayed->net->delayed--;
        timer_free(delayed->timer);
        g_free(delayed);
}

static void reply_later(Net *net, CoapIncoming *incoming, unsigned index)
{
        Delayed *delayed = g_new0(Delayed, 1);

        delayed->net = net;
        delayed->incoming = incoming;
        delayed->index = index;
        delayed->timer = timer_new(net->clock, delayed_on_timer, delayed);
        timer_arm_in(delayed->timer, g_rand_int_range(net->rand, 0, 5 * G_USEC_PER_SEC));
        net->delayed++;
}

static void on_request(CoapIncoming *incoming, const CoapMessage *request, void *user)
{
        Side *side = user;
        Net *net = side->net;
        uint8_t expected[BODY_MAX];
        size_t position = 0;
        const CoapOption *path = coap_message_next(request, COAP_OPTION_URI_PATH, &position);
        unsigned index = path->value[0];
        Asked *asked = &net->asked[index];

        g_assert_cmpuint(index, <, net->n_asked);
        g_assert_cmpint(request->code, ==, asked->code);
        fill(expected, asked->request_len, index + 1000);
        g_assert_cmpmem(request->payload, request->payload_len, expected, asked->request_len);
        asked->acted++;
        if (chance(net, 300))
                reply_later(net, incoming, index);
        else
                reply(net, incoming, index);
}

static void on_response(int result, const CoapMessage *response, void *user)
{
        Asked *asked = user;
        uint8_t expected[BODY_MAX];

        asked->answered++;
        asked->result = result;
        asked->forgotten = result == 0 && response->code == COAP_REQUEST_ENTITY_INCOMPLETE;
        asked->net->open--;
        if (result < 0 || asked->forgotten)
                return;
        fill(expected, asked->response_len, (unsigned) (asked - asked->net->asked));
        g_assert_cmpint(response->code, ==, COAP_CONTENT);
        g_assert_cmpmem(response->payload, response->payload_len, expected, asked->response_len);
}

static void on_notification(const CoapToken *token, int result, void *user)
{
        g_assert_not_reached();
}

static const EndpointOps side_ops = {
        .send = on_send, .on_request = on_request, .on_notification = on_notification};

static void ask(Net *net)
{
        unsigned index = net->n_asked++;
        Asked *asked = &net->asked[index];
        const uint8_t path = (uint8_t) index;
        uint8_t body[BODY_MAX];
        CoapMessage request = {.type = chance(net, 200) ? COAP_NON : COAP_CON};

        net->open++;
        asked->net = net;
        asked->code = chance(net, 500) ? COAP_GET : COAP_POST;
        asked->response_len =
                (size_t) g_rand_int_range(net->rand, 0, chance(net, 500) ? BODY_MAX : 60);
        if (asked->code == COAP_POST)
                asked->request_len =
                        (size_t) g_rand_int_range(net->rand, 0, chance(net, 500) ? BODY_MAX : 60);

        request.code = asked->code;
        request.payload = body;
        request.payload_len = asked->request_len;
        fill(body, asked->request_len, index + 1000);
        g_assert_cmpint(coap_message_add(&request, COAP_OPTION_URI_PATH, &path, 1), ==, 0);
        g_assert_cmpint(endpoint_request(net->client.endpoint, &request, on_response, asked, NULL),
                        ==, 0);
}

static void deliver(Net *net, GSequenceIter *first)
{
        Datagram *datagram = g_sequence_get(first);
        g_autoptr(GBytes) bytes = g_bytes_ref(datagram->bytes);
        Side *to = datagram->to;
        size_t len;
        const void *data = g_bytes_get_data(bytes, &len);

        g_sequence_remove(first);
        endpoint_on_message(to->endpoint, data, len);
}

/* Until nothing flies and no timer runs. */
static void run(Net *net)
{
        for (unsigned steps = 0;; steps++) {
                GSequenceIter *first = g_sequence_get_begin_iter(net->flying);
                gint64 now = clock_now(net->clock), timer = clock_next_deadline(net->clock);
                gint64 arrival = g_sequence_iter_is_end(first)
                                         ? CLOCK_NEVER
                                         : ((Datagram *) g_sequence_get(first))->at;

                g_assert_cmpuint(steps, <, 100000);
                if (timer == CLOCK_NEVER && arrival == CLOCK_NEVER)
                        return;
                clock_advance(net->clock, MAX(MIN(timer, arrival) - now, 0));
                if (arrival <= timer)
                        deliver(net, first);
                if (net->n_asked < MAX_REQUESTS && net->open < MAX_AT_ONCE && chance(net, 100))
                        ask(net);
        }
}

static void net_init(Net *net, guint32 seed)
{
        EndpointConfig config = endpoint_config_default();

        *net = (Net){.rand = g_rand_new_with_seed(seed), .clock = clock_new_manual(0, 0)};
        config.nstart = (uint8_t) g_rand_int_range(net->rand, 1, 5);
        config.block_szx = (uint8_t) g_rand_int_range(net->rand, 3, 7);
        net->flying = g_sequence_new(datagram_free);
        net->client = (Side){.net = net, .peer = &net->server};
        net->server = (Side){.net = net, .peer = &net->client};
        net->client.endpoint = endpoint_new(net->clock, &config, &side_ops, "client", &net->client);
        config.block_szx = (uint8_t) g_rand_int_range(net->rand, 3, 7);
        net->server.endpoint = endpoint_new(net->clock, &config, &side_ops, "server", &net->server);
}

static void net_clear(Net *net)
{
        endpoint_free(net->client.endpoint);
        endpoint_free(net->server.endpoint);
        g_sequence_free(net->flying);
        clock_free(net->clock);
        g_rand_free(net->rand);
}

static unsigned run_once(guint32 seed, unsigned loss, unsigned repeat, unsigned max_delay_ms,
                         unsigned *all)
{
        unsigned succeeded = 0;
        Net net;

        net_init(&net, seed);
        net.loss = loss;
        net.repeat = repeat;
        net.max_delay_ms = max_delay_ms;
        for (unsigned i = 0; i < 4; i++)
                ask(&net);
        run(&net);

        for (unsigned i = 0; i < net.n_asked; i++) {
                const Asked *asked = &net.asked[i];

                g_assert_cmpuint(asked->answered, ==, 1);
                g_assert_true(asked->result == 0 || asked->result == -ETIMEDOUT);
                if (asked->code == COAP_POST)
                        g_assert_cmpuint(asked->acted, <=, 1);
                if (asked->result == 0 && !asked->forgotten)
                        g_assert_cmpuint(asked->acted, >=, 1);
                succeeded += asked->result == 0 && !asked->forgotten;
        }
        g_assert_cmpuint(net.delayed, ==, 0);
        g_assert_cmpuint(endpoint_pending(net.client.endpoint), ==, 0);
        g_assert_cmpuint(endpoint_pending(net.server.endpoint), ==, 0);
        if (loss == 0)
                g_assert_cmpuint(succeeded, ==, net.n_asked);
        *all += net.n_asked;
        net_clear(&net);
        return succeeded;
}

static void test_perfect(void)
{
        unsigned all = 0;

        for (guint32 seed = 0; seed < 60; seed++)
                run_once(seed, 0, 0, 50, &all);
}

/* Nothing is lost, but everything may come twice and in any order. */
static void test_disorder(void)
{
        unsigned all = 0;

        for (guint32 seed = 0; seed < 60; seed++)
                run_once(1000 + seed, 0, 300, 900, &all);
}

/* From one in ten to four in ten are lost: most requests succeed all the same. */
static void test_loss(void)
{
        unsigned succeeded = 0, all = 0;

        for (guint32 seed = 0; seed < 60; seed++)
                succeeded += run_once(2000 + seed, 100 + seed * 5, 200, 1500, &all);
        g_test_message("%u of %u succeeded", succeeded, all);
        g_assert_cmpuint(succeeded * 2, >, all);
}

/* So many are lost that hardly anything arrives. */
static void test_heavy_loss(void)
{
        unsigned all = 0;

        for (guint32 seed = 0; seed < 30; seed++)
                run_once(3000 + seed, 850, 100, 1500, &all);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/lossy/perfect", test_perfect);
        g_test_add_func("/lossy/disorder", test_disorder);
        g_test_add_func("/lossy/loss", test_loss);
        g_test_add_func("/lossy/heavy-loss", test_heavy_loss);
        return g_test_run();
}
