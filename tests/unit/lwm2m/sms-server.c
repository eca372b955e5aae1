/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms-server.h"

#include <string.h>

#include "keys.h"
#include "packet.h"
#include "sms/coding.h"
#include "sms/header.h"
#include "sms/split.h"
#include "sms/tpdu.h"

#define KEY 16

static const uint8_t parameters[] = {0x12, 0x12, 0x16, 0x00, 0xBF, 0xFF, 0x00};

static void fill_keys(uint8_t octets[2 * KEY])
{
        for (uint8_t i = 0; i < KEY; i++) {
                octets[i] = i;
                octets[KEY + i] = (uint8_t) (0xA0 + i);
        }
}

static Keys make_keys(void)
{
        Keys keys = {{.algorithm = ALGORITHM_AES, .len = KEY},
                     {.algorithm = ALGORITHM_AES, .len = KEY}};
        uint8_t octets[2 * KEY];

        fill_keys(octets);
        memcpy(keys.kic.octets, octets, KEY);
        memcpy(keys.kid.octets, octets + KEY, KEY);
        return keys;
}

static void on_status(void *user)
{
        const SmsServer *server = user;

        if (server->world->client)
                client_modem_changed(server->world->client);
}

static const BearerOps bearer_ops = {.on_status = on_status};

void sms_server_open(SmsServer *server, World *world)
{
        BearerConfig config = bearer_config_default();
        Complaint complaint;
        Options options;

        *server = (SmsServer){.world = world,
                              .number = SMS_NUMBER,
                              .next_id = 500,
                              .pid = SMS_PID_DEVICE,
                              .dcs = SMS_DCS_DEVICE,
                              .to_pid = SMS_PID_DEVICE,
                              .to_dcs = SMS_DCS_DEVICE};
        g_assert_cmpint(options_parse(NULL, &options, &complaint), ==, 0);
        g_assert_cmpint(policy_parse((Bytes){parameters, sizeof(parameters)}, &options,
                                     &server->policy, &complaint),
                        ==, 0);
        world->vault = vault_new(world->seal);
        g_assert_true(
                loader_load_file(world->loader, g_getenv("SECURED_PACKET_PLUGIN"), false, NULL));
        server->modem = fake_modem_new();
        server->bearer =
                bearer_new(world->clock, server->modem, &config, NULL, &bearer_ops, server);
        bearer_start(server->bearer);
}

void sms_server_close(SmsServer *server)
{
        if (server->world->client)
                client_set_bearer(server->world->client, NULL);
        bearer_free(server->bearer);
        modem_free(server->modem);
        g_clear_pointer(&server->taken, g_bytes_unref);
}

void sms_set_keys(World *world, uint16_t ssid)
{
        uint8_t keys[2 * KEY];

        fill_keys(keys);
        g_assert_cmpint(keystore_set(world->keystore, ssid, KEY_SLOT_SMS_PARAMETERS, parameters,
                                     sizeof(parameters)),
                        ==, 0);
        g_assert_cmpint(keystore_set(world->keystore, ssid, KEY_SLOT_SMS_KEY, keys, sizeof(keys)),
                        ==, 0);
}

Account sms_account(World *world, uint16_t ssid)
{
        Account account = world_account(ssid, 5683);

        g_strlcpy(account.uri, "tel:" SMS_NUMBER, sizeof(account.uri));
        g_strlcpy(account.binding, "S", sizeof(account.binding));
        account.sms_mode = SMS_MODE_SECURED_PACKET_DEVICE;
        g_assert_cmpint(account_set_sms_number(&account, SMS_NUMBER), ==, 0);
        sms_set_keys(world, ssid);
        return account;
}

/* ---- What we send ---- */

/* The user data of one short message, and whether others of the same message follow. */
static bool take_segment(SmsServer *server, GByteArray *octets)
{
        g_autoptr(GBytes) bytes = fake_modem_take(server->modem);
        const uint8_t *octet;
        UserData data;
        Tpdu tpdu;
        size_t len;

        if (!bytes)
                return false;
        server->segments++;
        octet = g_bytes_get_data(bytes, &len);
        g_assert_cmpint(tpdu_parse(octet, len, TPDU_TO_NETWORK, &tpdu), ==, 0);
        g_assert_cmpstr(tpdu.address.text, ==, server->number + (server->number[0] == '+'));
        server->to = tpdu.address;
        server->report = tpdu.report;
        g_assert_cmphex(tpdu.pid, ==, server->pid);
        g_assert_cmphex(tpdu.dcs, ==, server->dcs);
        g_assert_cmpint(header_parse(tpdu.data, tpdu.len, tpdu.header, &data), ==, 0);
        g_byte_array_append(octets, data.data, (guint) data.len);
        fake_modem_answer(server->modem, 0);
        world_advance(server->world, 0);
        return data.concatenated && data.sequence < data.total;
}

static void open_packet(SmsServer *server, GByteArray *octets)
{
        Keys keys = make_keys();
        Refusal refusal;
        Packet packet;
        int r;

        r = packet_judge(&server->policy, octets->data, octets->len, &refusal);
        g_assert_cmpint(r, ==, 0);
        r = packet_open(&server->policy, &keys, octets->data, octets->len, &packet, &refusal);
        g_assert_cmpint(r, ==, 0);
        g_assert_cmpuint(packet.counter, >, server->heard);
        server->heard = packet.counter;
        server->taken = g_bytes_new(packet.data, packet.data_len);
}

const CoapMessage *sms_take(SmsServer *server)
{
        g_autoptr(GByteArray) octets = g_byte_array_new();
        const void *data;
        size_t len;

        g_clear_pointer(&server->taken, g_bytes_unref);
        server->segments = 0;
        world_advance(server->world, 0);
        while (take_segment(server, octets))
                continue;
        if (octets->len == 0)
                return NULL;
        open_packet(server, octets);
        data = g_bytes_get_data(server->taken, &len);
        g_assert_cmpint(coap_message_parse(data, len, &server->message, NULL), ==, 0);
        return &server->message;
}

const CoapMessage *sms_expect(SmsServer *server, uint8_t code)
{
        const CoapMessage *message = sms_take(server);

        g_assert_nonnull(message);
        g_assert_cmphex(message->code, ==, code);
        return message;
}

/* ---- What the server sends ---- */

static size_t seal_packet(SmsServer *server, const CoapMessage *message, uint8_t packet[PACKET_MAX])
{
        uint8_t *place = packet + (server->open ? 0 : packet_data_offset(&server->policy));
        ByteWriter writer = byte_writer(place, 1024);
        uint8_t cc[CHECKSUM_MAX];
        Keys keys = make_keys();
        ssize_t len;

        coap_message_write(message, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        if (server->open)
                return writer.len;
        len = packet_seal(&server->policy, &keys, ++server->counter, packet, writer.len, cc);
        g_assert_cmpint(len, >, 0);
        return (size_t) len;
}

/* Core 1.0, appendix L: ports, then the header of the push. */
static const uint8_t push[] = {0x06, 0x05, 0x04, 0x0B, 0x84, 0xC0, 0x02,
                               0x01, 0x06, 0x03, 0xC4, 0xAF, 0x9A};

static GBytes *deliver(SmsServer *server, const char *number, const SplitConfig *split,
                       const void *data, size_t len, unsigned index, unsigned count)
{
        uint8_t user_data[TPDU_MAX_USER_DATA], octets[TPDU_MAX_OCTETS];
        ByteWriter content = byte_writer(user_data, sizeof(user_data));
        ByteWriter writer = byte_writer(octets, sizeof(octets));
        Tpdu tpdu = {.type = TPDU_DELIVER,
                     .no_more = true,
                     .pid = server->open ? SMS_PID_PLAIN : server->to_pid,
                     .dcs = server->open ? SMS_DCS_PLAIN : server->to_dcs};

        g_assert_cmpint(sms_address_from_text(number, NULL, &tpdu.address), ==, 0);
        if (server->type != SMS_NUMBER_UNKNOWN)
                tpdu.address.type = server->type;
        if (server->push)
                byte_writer_bytes(&content, push, sizeof(push));
        tpdu.header = split_write(split, data, len, index, count, &content) || server->push;
        tpdu.data = user_data;
        tpdu.len = content.len;
        tpdu_write(&tpdu, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        return g_bytes_new(octets, writer.len);
}

void sms_send_from(SmsServer *server, const char *number, const CoapMessage *message)
{
        SplitConfig split = {.kind = server->open ? PACKET_PLAIN : PACKET_COMMAND,
                             .reference = (uint16_t) server->counter,
                             .max_segments = 4};
        uint8_t packet[PACKET_MAX];
        size_t len = seal_packet(server, message, packet);
        int count = split_count(&split, len);

        g_assert_cmpint(count, >, 0);
        for (int i = 0; i < count; i++) {
                g_autoptr(GBytes) tpdu = deliver(server, number, &split, packet, len, (unsigned) i,
                                                 (unsigned) count);

                fake_modem_receive(server->modem, ++server->id, tpdu, false);
        }
        world_advance(server->world, 0);
}

void sms_send(SmsServer *server, const CoapMessage *message)
{
        sms_send_from(server, server->number, message);
}

static void add_parts(CoapMessage *message, uint16_t number, char **parts)
{
        for (char **part = parts; *part; part++)
                g_assert_cmpint(coap_message_add_text(message, number, *part), ==, 0);
}

void sms_answer(SmsServer *server, const CoapMessage *request, uint8_t code, const char *location)
{
        CoapMessage message = {
                .type = COAP_ACK, .code = code, .id = request->id, .token = request->token};
        g_auto(GStrv) parts = g_strsplit(location ? location : "", "/", -1);

        if (location)
                add_parts(&message, COAP_OPTION_LOCATION_PATH, parts);
        sms_send(server, &message);
}

void sms_ask_from(SmsServer *server, const char *number, Request request)
{
        CoapMessage message = {
                .type = COAP_CON,
                .code = request.code,
                .id = server->next_id++,
                .token = {.len = 1, .data = {request.token}},
                .payload = (const uint8_t *) request.payload,
                .payload_len = request.payload ? strlen(request.payload) : 0,
        };
        g_auto(GStrv) path = g_strsplit(request.path, "/", -1);
        g_auto(GStrv) query = g_strsplit(request.query ? request.query : "", "&", -1);

        if (request.observe > 0)
                coap_message_add_uint(&message, COAP_OPTION_OBSERVE,
                                      (uint32_t) request.observe - 1);
        add_parts(&message, COAP_OPTION_URI_PATH, path);
        if (request.format > 0)
                coap_message_add_uint(&message, COAP_OPTION_CONTENT_FORMAT,
                                      (uint32_t) request.format - 1);
        add_parts(&message, COAP_OPTION_URI_QUERY, query);
        sms_send_from(server, number, &message);
}

void sms_ask(SmsServer *server, Request request)
{
        sms_ask_from(server, server->number, request);
}

const CoapMessage *sms_request(SmsServer *server, Request request)
{
        const CoapMessage *answer;

        sms_ask(server, request);
        answer = sms_take(server);
        g_assert_nonnull(answer);
        g_assert_cmpint(answer->type, ==, COAP_ACK);
        g_assert_cmpuint(answer->id, ==, server->next_id - 1);
        return answer;
}

void sms_register(SmsServer *server, const char *location)
{
        const CoapMessage *request = sms_expect(server, COAP_POST);
        g_autofree char *path = message_join(request, COAP_OPTION_URI_PATH, "/");

        g_assert_cmpstr(path, ==, "rd");
        sms_answer(server, request, COAP_CREATED, location);
}
