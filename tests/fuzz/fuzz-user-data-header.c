/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* User data with and without TP-UDHI. What a header says is written again and says the same. */

#include <errno.h>
#include <glib.h>

#include "fuzz.h"
#include "sms/header.h"

/* A header of the elements that matter. */
static size_t header_write(const UserData *user_data, uint8_t *octets, size_t size)
{
        ByteWriter writer = byte_writer(octets + 1, size - 1);
        uint8_t ports[4] = {
                (uint8_t) (user_data->destination_port >> 8), (uint8_t) user_data->destination_port,
                (uint8_t) (user_data->source_port >> 8), (uint8_t) user_data->source_port};

        if (user_data->concatenated)
                header_add_concatenation(&writer, user_data->wide, user_data->reference,
                                         user_data->total, user_data->sequence);
        if (user_data->has_ports)
                header_add(&writer, ELEMENT_PORTS_16, ports, sizeof(ports));
        if (user_data->kind == PACKET_COMMAND)
                header_add(&writer, ELEMENT_COMMAND, NULL, 0);
        if (user_data->kind == PACKET_RESPONSE)
                header_add(&writer, ELEMENT_RESPONSE, NULL, 0);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        octets[0] = (uint8_t) writer.len;
        return writer.len + 1;
}

static void fuzz_header(const uint8_t *data, size_t size, bool present)
{
        uint8_t octets[64];
        UserData user_data, again;
        int r = header_parse(data, size, present, &user_data);

        if (r < 0) {
                g_assert_cmpint(r, ==, -EBADMSG);
                return;
        }
        g_assert_cmpuint(user_data.len, <=, size);
        g_assert_true(user_data.sequence >= 1 && user_data.sequence <= user_data.total);
        g_assert_true(user_data.concatenated || user_data.total == 1);
        if (!present)
                g_assert_true(user_data.kind != PACKET_COMMAND);

        size = header_write(&user_data, octets, sizeof(octets));
        g_assert_cmpint(header_parse(octets, size, true, &again), ==, 0);
        g_assert_true(again.kind == user_data.kind &&
                      again.concatenated == user_data.concatenated &&
                      again.wide == user_data.wide && again.reference == user_data.reference &&
                      again.total == user_data.total && again.sequence == user_data.sequence &&
                      again.has_ports == user_data.has_ports &&
                      again.destination_port == user_data.destination_port &&
                      again.source_port == user_data.source_port && again.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        fuzz_header(data, size, true);
        /* Without TP-UDHI one thing alone makes a header, and then any element may be in it. */
        if (size < 2 || data[0] != 2 || data[1] != ELEMENT_RESPONSE)
                fuzz_header(data, size, false);
        return 0;
}
