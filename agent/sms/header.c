/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/header.h"

#include <errno.h>
#include <string.h>

int header_next(ByteReader *reader, HeaderElement *ret)
{
        ByteReader ahead = *reader;
        HeaderElement element;

        if (byte_reader_left(&ahead) == 0)
                return 0;
        if (byte_reader_u8(&ahead, &element.id) < 0 || byte_reader_u8(&ahead, &element.len) < 0 ||
            byte_reader_view(&ahead, element.len, &element.data) < 0)
                return -EBADMSG;

        *reader = ahead;
        *ret = element;
        return 1;
}

/* TS 23.040, 9.2.3.24.1 and 9.2.3.24.8 */
static int concatenation_parse(const HeaderElement *element, bool wide, UserData *user_data)
{
        ByteReader reader = byte_reader(element->data, element->len);
        uint64_t reference;
        uint8_t total, sequence;

        if (byte_reader_uint(&reader, wide ? 2 : 1, &reference) < 0 ||
            byte_reader_u8(&reader, &total) < 0 || byte_reader_u8(&reader, &sequence) < 0 ||
            byte_reader_left(&reader) > 0)
                return -EBADMSG;
        if (total == 0 || sequence == 0 || sequence > total)
                return 0;

        user_data->concatenated = true;
        user_data->wide = wide;
        user_data->reference = (uint16_t) reference;
        user_data->total = total;
        user_data->sequence = sequence;
        return 0;
}

/* TS 23.040, 9.2.3.24.3 and 9.2.3.24.4 */
static int ports_parse(const HeaderElement *element, size_t width, UserData *user_data)
{
        ByteReader reader = byte_reader(element->data, element->len);
        uint64_t destination, source;

        if (byte_reader_uint(&reader, width, &destination) < 0 ||
            byte_reader_uint(&reader, width, &source) < 0 || byte_reader_left(&reader) > 0)
                return -EBADMSG;
        user_data->has_ports = true;
        user_data->destination_port = (uint16_t) destination;
        user_data->source_port = (uint16_t) source;
        return 0;
}

/* TS 31.115, 4.1 and 4.2: the element has no content, the packet is the user data. */
static int packet_parse(const HeaderElement *element, PacketKind kind, UserData *user_data)
{
        if (element->len > 0)
                return -EBADMSG;
        if (user_data->kind != PACKET_PLAIN && user_data->kind != kind)
                return -EBADMSG;
        user_data->kind = kind;
        return 0;
}

static int element_parse(const HeaderElement *element, UserData *user_data)
{
        switch (element->id) {
        case ELEMENT_CONCATENATION:
                return concatenation_parse(element, false, user_data);
        case ELEMENT_CONCATENATION_16:
                return concatenation_parse(element, true, user_data);
        case ELEMENT_PORTS_8:
                return ports_parse(element, 1, user_data);
        case ELEMENT_PORTS_16:
                return ports_parse(element, 2, user_data);
        case ELEMENT_COMMAND:
                return packet_parse(element, PACKET_COMMAND, user_data);
        case ELEMENT_RESPONSE:
                return packet_parse(element, PACKET_RESPONSE, user_data);
        default:
                return 0;
        }
}

static int elements_parse(const uint8_t *octets, size_t len, UserData *user_data)
{
        ByteReader reader = byte_reader(octets, len);
        HeaderElement element;
        int r;

        while ((r = header_next(&reader, &element)) > 0) {
                r = element_parse(&element, user_data);
                if (r < 0)
                        return r;
        }
        return r;
}

int header_parse(const uint8_t *octets, size_t len, bool present, UserData *ret)
{
        static const uint8_t response[] = {2, ELEMENT_RESPONSE, 0};
        ByteReader reader = byte_reader(octets, len);
        UserData user_data = {.total = 1, .sequence = 1};
        const uint8_t *elements;
        uint8_t header_len;

        if (len >= sizeof(response) && memcmp(octets, response, sizeof(response)) == 0)
                present = true;
        if (present) {
                if (byte_reader_u8(&reader, &header_len) < 0 ||
                    byte_reader_view(&reader, header_len, &elements) < 0 ||
                    elements_parse(elements, header_len, &user_data) < 0)
                        return -EBADMSG;
        }

        user_data.len = byte_reader_left(&reader);
        user_data.data = octets ? octets + reader.pos : NULL;
        *ret = user_data;
        return 0;
}

void header_add(ByteWriter *writer, uint8_t id, const void *data, uint8_t len)
{
        byte_writer_u8(writer, id);
        byte_writer_u8(writer, len);
        byte_writer_bytes(writer, data, len);
}

void header_add_concatenation(ByteWriter *writer, bool wide, uint16_t reference, uint8_t total,
                              uint8_t sequence)
{
        uint8_t octets[4];
        ByteWriter content = byte_writer(octets, sizeof(octets));

        byte_writer_uint(&content, reference, wide ? 2 : 1);
        byte_writer_u8(&content, total);
        byte_writer_u8(&content, sequence);
        header_add(writer, wide ? ELEMENT_CONCATENATION_16 : ELEMENT_CONCATENATION, octets,
                   (uint8_t) content.len);
}
