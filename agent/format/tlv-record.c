/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/tlv-record.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define TYPE_SHIFT 6
#define WIDE_ID 0x20
#define LENGTH_SHIFT 3
#define LENGTH_MASK 0x03
#define SHORT_LENGTH_MASK 0x07

int tlv_record_parse(ByteReader *reader, TlvRecord *ret)
{
        ByteReader ahead = *reader;
        TlvRecord record;
        uint64_t id, len;
        size_t length_size;
        uint8_t head;

        if (byte_reader_left(reader) == 0)
                return 0;

        if (byte_reader_u8(&ahead, &head) < 0 ||
            byte_reader_uint(&ahead, head & WIDE_ID ? 2 : 1, &id) < 0)
                return -EBADMSG;
        if (id > UINT16_MAX - 1) /* 65535 is reserved (Core 7.1) */
                return -EBADMSG;

        length_size = (head >> LENGTH_SHIFT) & LENGTH_MASK;
        len = head & SHORT_LENGTH_MASK;
        if (length_size > 0 && byte_reader_uint(&ahead, length_size, &len) < 0)
                return -EBADMSG;
        if (byte_reader_view(&ahead, (size_t) len, &record.data) < 0)
                return -EBADMSG;

        record.type = (TlvType) (head >> TYPE_SHIFT);
        record.id = (uint16_t) id;
        record.len = (size_t) len;
        *ret = record;
        *reader = ahead;
        return 1;
}

/* Octets of a separate length; 0: it fits into the type. */
static size_t length_size_of(size_t len)
{
        if (len <= SHORT_LENGTH_MASK)
                return 0;
        if (len <= UINT8_MAX)
                return 1;
        return len <= UINT16_MAX ? 2 : 3;
}

static size_t id_size_of(uint16_t id)
{
        return id <= UINT8_MAX ? 1 : 2;
}

size_t tlv_head_size(uint16_t id, size_t len)
{
        return 1 + id_size_of(id) + length_size_of(len);
}

int tlv_head_write(ByteWriter *writer, TlvType type, uint16_t id, size_t len)
{
        size_t length_size = length_size_of(len);
        uint8_t head = (uint8_t) ((unsigned) type << TYPE_SHIFT | length_size << LENGTH_SHIFT);

        if (len > TLV_VALUE_MAX)
                return -EMSGSIZE;

        if (id_size_of(id) == 2)
                head |= WIDE_ID;
        if (length_size == 0)
                head |= (uint8_t) len;

        byte_writer_u8(writer, head);
        byte_writer_uint(writer, id, id_size_of(id));
        byte_writer_uint(writer, len, length_size);
        return 0;
}

/* ---- Values ---------------------------------------------------------------------- */

static size_t integer_size(int64_t integer)
{
        if (integer >= INT8_MIN && integer <= INT8_MAX)
                return 1;
        if (integer >= INT16_MIN && integer <= INT16_MAX)
                return 2;
        return integer >= INT32_MIN && integer <= INT32_MAX ? 4 : 8;
}

/* With the highest bit clear where that is possible: many read it as signed. */
static size_t unsigned_size(uint64_t number)
{
        return number <= INT64_MAX ? integer_size((int64_t) number) : 8;
}

static bool is_single_precision(double real)
{
        return isnan(real) || (double) (float) real == real;
}

size_t tlv_value_size(const Value *value)
{
        switch (value->type) {
        case VALUE_NONE:
                return 0;
        case VALUE_STRING:
        case VALUE_OPAQUE:
        case VALUE_CORELNK:
                return value->bytes.len;
        case VALUE_INTEGER:
        case VALUE_TIME:
                return integer_size(value->integer);
        case VALUE_UNSIGNED:
                return unsigned_size(value->number);
        case VALUE_FLOAT:
                return is_single_precision(value->real) ? 4 : 8;
        case VALUE_BOOLEAN:
                return 1;
        case VALUE_OBJLNK:
                return 4;
        }
        g_return_val_if_reached(0);
}

static void write_float(ByteWriter *writer, double real)
{
        uint32_t single_bits;
        uint64_t double_bits;
        float single = (float) real;

        if (is_single_precision(real)) {
                memcpy(&single_bits, &single, sizeof(single_bits));
                byte_writer_u32(writer, single_bits);
                return;
        }
        memcpy(&double_bits, &real, sizeof(double_bits));
        byte_writer_u64(writer, double_bits);
}

void tlv_value_write(ByteWriter *writer, const Value *value)
{
        switch (value->type) {
        case VALUE_NONE:
                return;
        case VALUE_STRING:
        case VALUE_OPAQUE:
        case VALUE_CORELNK:
                byte_writer_bytes(writer, value->bytes.data, value->bytes.len);
                return;
        case VALUE_INTEGER:
        case VALUE_TIME:
                byte_writer_uint(writer, (uint64_t) value->integer, tlv_value_size(value));
                return;
        case VALUE_UNSIGNED:
                byte_writer_uint(writer, value->number, tlv_value_size(value));
                return;
        case VALUE_FLOAT:
                write_float(writer, value->real);
                return;
        case VALUE_BOOLEAN:
                byte_writer_u8(writer, value->boolean);
                return;
        case VALUE_OBJLNK:
                byte_writer_u16(writer, value->link.object);
                byte_writer_u16(writer, value->link.instance);
                return;
        }
        g_return_if_reached();
}

/* Appendix C: integers have 1, 2, 4 or 8 octets. */
static int parse_integer(const void *data, size_t len, int64_t *ret)
{
        ByteReader reader = byte_reader(data, len);
        uint64_t raw;

        if ((len != 1 && len != 2 && len != 4 && len != 8) ||
            byte_reader_uint(&reader, len, &raw) < 0)
                return -EINVAL;

        if (len == 1)
                *ret = (int8_t) raw;
        else if (len == 2)
                *ret = (int16_t) raw;
        else if (len == 4)
                *ret = (int32_t) raw;
        else
                *ret = (int64_t) raw;
        return 0;
}

static int parse_unsigned(const void *data, size_t len, uint64_t *ret)
{
        ByteReader reader = byte_reader(data, len);

        if ((len != 1 && len != 2 && len != 4 && len != 8) ||
            byte_reader_uint(&reader, len, ret) < 0)
                return -EINVAL;
        return 0;
}

static int parse_float(const void *data, size_t len, double *ret)
{
        ByteReader reader = byte_reader(data, len);
        uint32_t single_bits;
        uint64_t double_bits;
        float single;

        if (len == sizeof(single) && byte_reader_u32(&reader, &single_bits) == 0) {
                memcpy(&single, &single_bits, sizeof(single));
                *ret = single;
                return 0;
        }
        if (len == sizeof(*ret) && byte_reader_u64(&reader, &double_bits) == 0) {
                memcpy(ret, &double_bits, sizeof(*ret));
                return 0;
        }
        return -EINVAL;
}

static int parse_boolean(const uint8_t *data, size_t len, bool *ret)
{
        if (len != 1 || data[0] > 1)
                return -EINVAL;

        *ret = data[0] == 1;
        return 0;
}

static int parse_objlnk(const void *data, size_t len, ObjectLink *ret)
{
        ByteReader reader = byte_reader(data, len);

        if (len != 4 || byte_reader_u16(&reader, &ret->object) < 0 ||
            byte_reader_u16(&reader, &ret->instance) < 0)
                return -EINVAL;
        return 0;
}

int tlv_value_parse(ValueType type, const void *data, size_t len, Value *ret)
{
        Value value = {.type = type};
        int r = -EINVAL;

        if (len > VALUE_MAX_SIZE)
                return -E2BIG;

        switch (type) {
        case VALUE_NONE:
        case VALUE_OPAQUE:
                *ret = value_opaque(data, len);
                return 0;
        case VALUE_STRING:
        case VALUE_CORELNK: /* octets and text are the same: UTF-8 is looked at there */
                return value_from_text(type, data, len, ret);
        case VALUE_INTEGER:
        case VALUE_TIME:
                r = parse_integer(data, len, &value.integer);
                break;
        case VALUE_UNSIGNED:
                r = parse_unsigned(data, len, &value.number);
                break;
        case VALUE_FLOAT:
                r = parse_float(data, len, &value.real);
                break;
        case VALUE_BOOLEAN:
                r = parse_boolean(data, len, &value.boolean);
                break;
        case VALUE_OBJLNK:
                r = parse_objlnk(data, len, &value.link);
                break;
        }
        if (r < 0)
                return r;

        *ret = value;
        return 0;
}
