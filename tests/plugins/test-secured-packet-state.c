/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* secured-packet.so over time: states, both directions, wrapper, proofs of receipt, refusals. */

#include <errno.h>
#include <string.h>

#include "vectors.h"

#define KEYS "000102030405060708090A0B0C0D0E0FA0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define OTHER_KEYS "F00102030405060708090A0B0C0D0E0FB0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define AES "12121600BFFF00"

static const char *plugin_path;
static json_t *file;

static FakeHost *host_idle(const char *parameters, const char *options)
{
        FakeHost *host = fake_host_new(plugin_path);

        account_set(host, parameters, KEYS, options);
        return host;
}

static FakeHost *host_ready(const char *parameters, const char *options)
{
        FakeHost *host = host_idle(parameters, options);

        account_open(host);
        return host;
}

static void test_states(void)
{
        g_autoptr(FakeHost) host = host_idle(AES, NULL);
        g_autoptr(GBytes) saved = g_bytes_new("saved", 5);
        int error = 0;

        g_assert_cmpuint(host->plugin->ip_modes, ==, 0);
        g_assert_cmpuint(host->plugin->sms_modes, ==, LWM_SECURITY_MODE(2));
        g_assert_cmpuint(host->plugin->sms_proprietary, ==, 204);
        g_assert_cmpuint(host->plugin->saves, ==, 0);

        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_IDLE);
        g_assert_cmpint(send_hex(host, REQUEST), ==, -ENOTCONN);
        g_assert_cmpint(receive_hex(host, REQUEST), ==, -ENOTCONN);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, -EALREADY);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        g_assert_cmpuint(fake_host_status(host)->deadline, ==, LWM_SECURITY_NEVER);
        g_assert_cmpint(fake_host_expire(host), ==, 0);
        g_assert_cmpint(send_hex(host, ""), ==, -EINVAL);
        g_assert_null(fake_host_save(host, LWM_SECURITY_SAVE_CONTEXT, &error));
        g_assert_cmpint(error, ==, -EOPNOTSUPP);

        g_assert_cmpint(fake_host_close(host), ==, 0);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_CLOSED);
        g_assert_cmpint(send_hex(host, REQUEST), ==, -ENOTCONN);
        g_assert_cmpint(receive_hex(host, REQUEST), ==, -ENOTCONN);
        g_assert_true(g_queue_is_empty(&host->wire));
        fake_host_destroy(host);
        g_assert_cmpint(fake_host_restore(host, LWM_SECURITY_SAVE_CONTEXT, saved), ==, -EOPNOTSUPP);
        host->plugin->destroy(NULL);
}

static void assert_sms(const char *options, unsigned pid, unsigned dcs)
{
        g_autoptr(FakeHost) host = host_ready(AES, options);
        const LwmSecuritySms *sms = &fake_host_status(host)->sms;

        g_assert_cmpuint(sms->protocol_id, ==, pid);
        g_assert_cmpuint(sms->data_coding, ==, dcs);
        g_assert_cmpuint(sms->information_id, ==, 0x70);
}

/* R11, R12: ME data download in class 1, USIM data download in class 2. */
static void test_termination(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        assert_sms(NULL, 0x7D, 0xF5);
        assert_sms("termination=device", 0x7D, 0xF5);
        assert_sms("termination=card", 0x7F, 0xF6);
        g_assert_cmpuint(host->plugin->sms.protocol_id, ==, 0x7D);
        g_assert_cmpuint(host->plugin->sms.data_coding, ==, 0xF5);
        g_assert_cmpuint(host->plugin->sms.information_id, ==, 0x70);
}

/* Each algorithm, each length that there is room for, there and back. */
static void test_both_directions(void)
{
        static const struct {
                const char *parameters;
                const char *keys;
                const char *options;
        } accounts[] = {
                {AES, KEYS, NULL},
                {AES, KEYS, "cc=4"},
                {AES, KEYS, "tlv=yes"},
                {AES, KEYS OTHER_KEYS, NULL},
                {"19191600BFFF00",
                 "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123"
                 "89ABCDEF01234567ABCDEF0123456789CDEF0123456789AB",
                 NULL},
                {"12191600BFFF00",
                 "000102030405060708090A0B0C0D0E0F89ABCDEF01234567ABCDEF0123456789CDEF0123456789AB",
                 NULL},
                {"12121E00BFFF00", KEYS, "counter=exact"},
                {"12120600BFFF00", KEYS, "counter=none"},
                {"12120E00BFFF00", KEYS, "counter=available"},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(accounts); i++) {
                g_autoptr(FakeHost) here = fake_host_new(plugin_path);
                g_autoptr(FakeHost) there = fake_host_new(plugin_path);

                account_set(here, accounts[i].parameters, accounts[i].keys, accounts[i].options);
                account_set(there, accounts[i].parameters, accounts[i].keys, accounts[i].options);
                here->config.mtu = there->config.mtu = 400;
                account_open(here);
                account_open(there);
                for (gsize len = 1; len <= fake_host_status(here)->max_message; len++) {
                        g_autofree char *message = g_strnfill(len, 'm');
                        g_autofree char *copy = NULL;
                        g_autoptr(GBytes) packet = NULL;

                        g_assert_cmpint(fake_host_send(here, message), ==, 0);
                        packet = fake_host_pop_wire(here);
                        g_assert_cmpint(fake_host_receive(there, packet), ==, 0);
                        copy = fake_host_pop_message(there);
                        g_assert_cmpstr(copy, ==, message);
                }
        }
}

/* An answer is wrapped as the packet before it was, and a forged one teaches nothing. */
static void test_wrapper(void)
{
        const json_t *wrapped = vectors_find(file, "C-DEV-AES128-CC8-TLV-B20203");
        g_autoptr(FakeHost) host = host_idle("12121600B20203", "tlv=no");
        g_autofree char *message = NULL;
        g_autofree char *forged = g_strdup(vector_text(wrapped, "packet"));
        g_autoptr(FakeHost) server = host_idle("12121600B20203", "tlv=no");
        g_autoptr(GBytes) raw = NULL;
        gsize last = strlen(forged) - 1;

        host->config.mtu = server->config.mtu = 137;
        server->counter_begin[1] = 100;
        account_open(host);
        account_open(server);
        g_assert_cmpuint(fake_host_status(host)->max_message, ==, 98);
        forged[last] = forged[last] == '0' ? '1' : '0';
        g_assert_cmpint(receive_hex(host, forged), ==, -EBADMSG);
        g_assert_cmpuint(fake_host_status(host)->max_message, ==, 98);

        g_assert_cmpint(receive_hex(host, vector_text(wrapped, "packet")), ==, 0);
        message = pop_hex(&host->messages);
        g_assert_cmpstr(message, ==, vector_text(wrapped, "coap"));
        g_assert_cmpuint(fake_host_status(host)->max_message, ==, 96);

        raw = account_request(server);
        g_assert_cmpint(fake_host_receive(host, raw), ==, 0);
        g_assert_cmpuint(fake_host_status(host)->max_message, ==, 98);
}

/* Opens an account for a vector with its SPI2, and receives it. */
static FakeHost *host_proving(const char *id, const char *options)
{
        const json_t *vector = vectors_find(file, id);
        FakeHost *host = fake_host_new(plugin_path);

        account_of_vector(host, vector, TRUE);
        host->config.options = options;
        account_open(host);
        g_assert_cmpint(receive_hex(host, vector_text(vector, "packet")), ==, 0);
        g_assert_cmpuint(g_queue_get_length(&host->messages), ==, 1);
        g_assert_true(g_queue_is_empty(&host->wire));
        return host;
}

static void assert_proof(const char *id, const char *answer)
{
        g_autoptr(FakeHost) host = host_proving(id, "por=yes");
        g_autofree char *proof = pop_hex(&host->others);

        g_assert_cmpstr(proof, ==, vector_text(vectors_find(file, answer), "packet"));
        g_assert_cmpuint(host->other_id, ==, 0x71);
        g_assert_true(g_queue_is_empty(&host->others));
        fake_host_clear(host);

        /* a copy draws nothing */
        g_assert_cmpint(receive_hex(host, vector_text(vectors_find(file, id), "packet")), ==,
                        -EBADMSG);
        g_assert_true(g_queue_is_empty(&host->others));
}

static void assert_no_proof(const char *id, const char *options)
{
        g_autoptr(FakeHost) host = host_proving(id, options);

        g_assert_true(g_queue_is_empty(&host->others));
}

static void test_proof(void)
{
        assert_proof("C-AES128-CC8-POR-SUBMIT-CC-CIPH", "R-AES128-CC-CIPH-OK");
        assert_proof("C-AES128-CC8-POR-SUBMIT-CC", "R-AES128-CC-OK");
        assert_proof("C-3DES3-CC8-POR-SUBMIT-CC-CIPH", "R-3DES3-CC-CIPH-OK");
}

/* Not unless a person allows it, nor otherwise than by SMS-SUBMIT, nor without a request. */
static void test_no_proof(void)
{
        assert_no_proof("C-AES128-CC8-POR-SUBMIT-CC-CIPH", NULL);
        assert_no_proof("C-AES128-CC8-POR-SUBMIT-CC-CIPH", "por=no");
        assert_no_proof("C-AES128-CC8-POR-SUBMIT-CC-CIPH-ONERROR", "por=yes");
        assert_no_proof("C-AES128-CC8-POR-ALWAYS-PLAIN-DELIVERREPORT", "por=yes");
        assert_no_proof("C-AES128-CC8-POR-CC-CIPH", "por=yes");
        assert_no_proof("C-AES128-CC8-GET-MT", "por=yes");
}

/* Parameters of 6 octets: a person says which SPI2 is expected, never the packet. */
static void test_proof_short_form(void)
{
        static const struct {
                const char *options;
                int result;
                unsigned proofs;
        } all[] = {
                {"por=yes", -EBADMSG, 0},         {"por=yes,spi2=00", -EBADMSG, 0},
                {"por=yes,spi2=29", -EBADMSG, 0}, {"por=no,spi2=39", 0, 0},
                {"por=yes,spi2=39", 0, 1},
        };
        const json_t *vector = vectors_find(file, "C-AES128-CC8-POR-SUBMIT-CC-CIPH");

        for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
                g_autoptr(FakeHost) host = fake_host_new(plugin_path);

                account_of_vector(host, vector, FALSE);
                host->config.options = all[i].options;
                account_open(host);
                g_assert_cmpint(receive_hex(host, vector_text(vector, "packet")), ==,
                                all[i].result);
                g_assert_cmpuint(g_queue_get_length(&host->messages), ==, all[i].result == 0);
                g_assert_cmpuint(g_queue_get_length(&host->others), ==, all[i].proofs);
        }
}

static void test_proof_old_host(void)
{
        const json_t *vector = vectors_find(file, "C-AES128-CC8-POR-SUBMIT-CC-CIPH");
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        account_of_vector(host, vector, TRUE);
        host->config.options = "por=yes";
        host->without_wire_as = TRUE;
        account_open(host);
        g_assert_cmpint(receive_hex(host, vector_text(vector, "packet")), ==, 0);
        g_assert_cmpuint(g_queue_get_length(&host->messages), ==, 1);
        g_assert_true(g_queue_is_empty(&host->wire));
}

/* A message that was lost on its way up is not proved to have come. */
static void test_proof_of_lost(void)
{
        const json_t *vector = vectors_find(file, "C-AES128-CC8-POR-SUBMIT-CC-CIPH");
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        account_of_vector(host, vector, TRUE);
        host->config.options = "por=yes";
        account_open(host);
        host->counter_error = -EIO;
        g_assert_cmpint(receive_hex(host, vector_text(vector, "packet")), ==, -EIO);
        g_assert_true(g_queue_is_empty(&host->others));
}

static unsigned warnings(const FakeHost *host)
{
        unsigned n = 0;

        for (guint i = 0; i < host->log->len; i++)
                n += strstr(g_ptr_array_index(host->log, i), "not protected as agreed") != NULL;
        return n;
}

static void test_refusals_are_counted(void)
{
        g_autoptr(FakeHost) host = host_ready(AES, NULL);

        for (unsigned i = 0; i < 1000; i++)
                g_assert_cmpint(receive_hex(host, "00281516"), ==, -EBADMSG);
        g_assert_cmpuint(warnings(host), ==, 1);
        host->now += 3600 * (guint64) G_USEC_PER_SEC - 1;
        g_assert_cmpint(receive_hex(host, ""), ==, -EBADMSG);
        g_assert_cmpuint(warnings(host), ==, 1);
        host->now++;
        g_assert_cmpint(receive_hex(host, ""), ==, -EBADMSG);
        g_assert_cmpuint(warnings(host), ==, 2);
        g_assert_true(fake_host_logged(host, "not protected as agreed: 1001"));
}

static void assert_unread(FakeHost *host, const guint8 *packet, gsize len)
{
        unsigned reads = host->key_reads;

        g_assert_cmpint(host->plugin->receive(host->session, packet, len, host->now), ==, -EBADMSG);
        g_assert_cmpuint(host->key_reads, ==, reads);
}

/* R20: what does not fit the parameters costs no cryptography; the keys are not even read. */
static void test_parameters_first(void)
{
        const json_t *vector = vectors_find(file, "C-AES128-CC8-GET-MT");
        g_autoptr(FakeHost) host = host_ready(AES, NULL);
        g_autoptr(GBytes) bytes = vector_bytes(vector, "packet");
        gsize len;
        const guint8 *good = g_bytes_get_data(bytes, &len);
        gsize longest = 10 + 16 * 127; /* of 2048 octets */
        g_autofree guint8 *packet = g_malloc0(longest + 16);

        for (gsize i = 0; i < 10; i++) {
                memcpy(packet, good, len);
                packet[i] ^= 0x10;
                assert_unread(host, packet, len);
        }
        for (gsize n = 0; n < len; n++) {
                memcpy(packet, good, len);
                packet[1] = (guint8) (n - 2);
                if (n < 10 + 16 || n % 16 != 10)
                        assert_unread(host, packet, n);
        }

        memcpy(packet, good, len);
        packet[0] = (guint8) ((longest + 14) >> 8);
        packet[1] = (guint8) (longest + 14);
        assert_unread(host, packet, longest + 16);
        packet[0] = (guint8) ((longest - 2) >> 8);
        packet[1] = (guint8) (longest - 2);
        g_assert_cmpint(host->plugin->receive(host->session, packet, longest, host->now), ==,
                        -EBADMSG);
        g_assert_cmpuint(host->key_reads, ==, 3); /* create, start, and now */
}

static void test_key_revoked(void)
{
        g_autoptr(FakeHost) host = host_idle(AES, NULL);

        g_assert_cmpint(fake_host_create(host), ==, 0);
        host->key_error = -EKEYREVOKED;
        g_assert_cmpint(fake_host_start(host), ==, -EKEYREVOKED);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);

        host->key_error = 0;
        account_restart(host);
        host->key_error = -EKEYREVOKED;
        g_assert_cmpint(send_hex(host, REQUEST), ==, -EKEYREVOKED);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);
        g_assert_cmpint(fake_host_status(host)->error, ==, -EKEYREVOKED);
        g_assert_true(g_queue_is_empty(&host->wire));
}

int main(int argc, char **argv)
{
        int r;

        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 3);
        plugin_path = argv[1];
        file = vectors_load(argv[2]);

        g_test_add_func("/secured-packet/states", test_states);
        g_test_add_func("/secured-packet/R14/termination", test_termination);
        g_test_add_func("/secured-packet/R10/both-directions", test_both_directions);
        g_test_add_func("/secured-packet/wrapper", test_wrapper);
        g_test_add_func("/secured-packet/proof/sent", test_proof);
        g_test_add_func("/secured-packet/proof/R20/none", test_no_proof);
        g_test_add_func("/secured-packet/proof/short-form", test_proof_short_form);
        g_test_add_func("/secured-packet/proof/old-host", test_proof_old_host);
        g_test_add_func("/secured-packet/proof/of-lost", test_proof_of_lost);
        g_test_add_func("/secured-packet/R20/counted", test_refusals_are_counted);
        g_test_add_func("/secured-packet/R20/parameters-first", test_parameters_first);
        g_test_add_func("/secured-packet/R18/key-revoked", test_key_revoked);
        r = g_test_run();
        json_decref(file);
        return r;
}
