/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values in CBOR: the rest of cbor-item.h. */

#include <cbor.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "format/cbor-item.h"

#define TAG_TIME 1
#define TAG_DECIMAL_FRACTION 4
#define TAG_SELF_DESCRIBED 55799

/* The longest head: major type and eight octets. */
#define HEAD_MAX 9

/* Beyond, every double is 0 or infinite, whatever 64 bit mantissa it has. */
#define EXPONENT_MAX 400

/* ---- Reading ---------------------------------------------------------------- */

/* The chunks of a string up to the BREAK (RFC 8949, 3.2.3): each of its type and a known length. */
static int read_chunks(ByteReader *reader, CborKind kind, Scalar *ret)
{
        ByteWriter whole = byte_writer_growing(VALUE_MAX_SIZE);
        CborItem chunk;
        int r;

        for (;;) {
                r = cbor_item_read(reader, &chunk);
                if (r < 0 || chunk.kind == CBOR_KIND_BREAK)
                        break;
                if (chunk.kind != kind || chunk.indefinite) {
                        r = -EBADMSG;
                        break;
                }
                byte_writer_bytes(&whole, chunk.data, chunk.len);
        }
        if (r == 0 && byte_writer_result(&whole) < 0)
                r = -E2BIG;
        if (r < 0) {
                byte_writer_clear(&whole);
                return r;
        }

        ret->type = kind == CBOR_KIND_TEXT ? SCALAR_TEXT : SCALAR_BYTES;
        ret->owned = (char *) byte_writer_steal(&whole, &ret->len);
        ret->data = ret->owned;
        return 0;
}

static int negative_scalar(uint64_t number, Scalar *ret)
{
        if (number > INT64_MAX)
                return -ERANGE;

        *ret = (Scalar){.type = SCALAR_NEGATIVE, .integer = -1 - (int64_t) number};
        return 0;
}

static int item_to_scalar(ByteReader *reader, const CborItem *item, Scalar *ret)
{
        switch (item->kind) {
        case CBOR_KIND_UNSIGNED:
                *ret = (Scalar){.type = SCALAR_UNSIGNED, .number = item->number};
                return 0;
        case CBOR_KIND_NEGATIVE:
                return negative_scalar(item->number, ret);
        case CBOR_KIND_FLOAT:
                *ret = (Scalar){.type = SCALAR_FLOAT, .real = item->real};
                return 0;
        case CBOR_KIND_BOOLEAN:
                *ret = (Scalar){.type = SCALAR_BOOLEAN, .boolean = item->boolean};
                return 0;
        case CBOR_KIND_NULL:
                *ret = (Scalar){.type = SCALAR_NULL};
                return 0;
        case CBOR_KIND_TEXT:
        case CBOR_KIND_BYTES:
                *ret = (Scalar){
                        .type = item->kind == CBOR_KIND_TEXT ? SCALAR_TEXT : SCALAR_BYTES,
                        .data = item->data,
                        .len = item->len,
                };
                return item->indefinite ? read_chunks(reader, item->kind, ret) : 0;
        case CBOR_KIND_ARRAY:
        case CBOR_KIND_MAP:
        case CBOR_KIND_TAG:
        case CBOR_KIND_UNDEFINED:
        case CBOR_KIND_BREAK:
                break;
        }
        return -EBADMSG;
}

static int read_integer(ByteReader *reader, Scalar *ret)
{
        CborItem item;
        int r = cbor_item_read(reader, &item);

        if (r < 0)
                return r;
        if (item.kind != CBOR_KIND_UNSIGNED && item.kind != CBOR_KIND_NEGATIVE)
                return -EBADMSG;
        return item_to_scalar(reader, &item, ret);
}

/* An array of exponent and mantissa (RFC 8949, 3.4.4), which SenML allows (RFC 8428, 6). */
static int read_decimal_fraction(ByteReader *reader, Scalar *ret)
{
        Scalar exponent, mantissa;
        CborContainer array;
        char text[64];
        int r;

        r = cbor_container_open(reader, CBOR_KIND_ARRAY, &array);
        if (r < 0)
                return r;
        if (array.indefinite || array.left != 2)
                return -EBADMSG;
        r = read_integer(reader, &exponent);
        if (r == 0)
                r = read_integer(reader, &mantissa);
        if (r < 0)
                return r;
        if (fabs(scalar_to_real(&exponent)) > EXPONENT_MAX)
                return -ERANGE;

        if (mantissa.type == SCALAR_NEGATIVE)
                g_snprintf(text, sizeof(text), "%" G_GINT64_FORMAT "e%d", mantissa.integer,
                           (int) exponent.integer);
        else
                g_snprintf(text, sizeof(text), "%" G_GUINT64_FORMAT "e%d", mantissa.number,
                           (int) exponent.integer);
        *ret = (Scalar){.type = SCALAR_FLOAT, .real = g_ascii_strtod(text, NULL)};
        return 0;
}

int cbor_scalar_read(ByteReader *reader, Scalar *ret)
{
        CborItem item;
        int r;

        r = cbor_item_read(reader, &item);
        if (r == 0 && item.kind == CBOR_KIND_TAG && item.number == TAG_SELF_DESCRIBED)
                r = cbor_item_read(reader, &item);
        if (r < 0)
                return r;
        if (item.kind != CBOR_KIND_TAG)
                return item_to_scalar(reader, &item, ret);
        if (item.number == TAG_DECIMAL_FRACTION)
                return read_decimal_fraction(reader, ret);

        r = item.number == TAG_TIME ? cbor_item_read(reader, &item) : -EBADMSG;
        return r < 0 ? r : item_to_scalar(reader, &item, ret);
}

/* ---- Writing ---------------------------------------------------------------- */

void cbor_write_array(ByteWriter *writer, size_t n_entries)
{
        uint8_t head[HEAD_MAX];

        byte_writer_bytes(writer, head, cbor_encode_array_start(n_entries, head, sizeof(head)));
}

void cbor_write_map(ByteWriter *writer, size_t n_entries)
{
        uint8_t head[HEAD_MAX];

        byte_writer_bytes(writer, head, cbor_encode_map_start(n_entries, head, sizeof(head)));
}

void cbor_write_unsigned(ByteWriter *writer, uint64_t number)
{
        uint8_t head[HEAD_MAX];

        byte_writer_bytes(writer, head, cbor_encode_uint(number, head, sizeof(head)));
}

void cbor_write_integer(ByteWriter *writer, int64_t integer)
{
        uint8_t head[HEAD_MAX];

        if (integer >= 0) {
                cbor_write_unsigned(writer, (uint64_t) integer);
                return;
        }
        byte_writer_bytes(writer, head,
                          cbor_encode_negint((uint64_t) (-1 - integer), head, sizeof(head)));
}

/* The number as a half (IEEE 754 binary16), where nothing is lost. */
static bool float_to_half(double real, uint16_t *ret)
{
        uint16_t sign = signbit(real) ? 0x8000 : 0;
        double fraction, mantissa = fabs(real) * 0x1p24; /* of numbers without leading one */
        int exponent;

        if (!isfinite(real)) {
                *ret = isnan(real) ? 0x7e00 : (uint16_t) (sign | 0x7c00);
                return true;
        }
        if (mantissa < 1024) {
                *ret = (uint16_t) (sign | (uint16_t) mantissa);
                return trunc(mantissa) == mantissa;
        }

        fraction = frexp(fabs(real), &exponent) * 2048; /* 1024 up to 2048, the leading one */
        if (exponent > 16 || trunc(fraction) != fraction)
                return false;
        *ret = (uint16_t) (sign | (exponent + 14) << 10 | ((uint16_t) fraction - 1024));
        return true;
}

void cbor_write_float(ByteWriter *writer, double real)
{
        uint8_t head[HEAD_MAX];
        uint16_t half;

        if (float_to_half(real, &half)) {
                byte_writer_u8(writer, 0xf9);
                byte_writer_u16(writer, half);
                return;
        }
        if ((double) (float) real == real)
                byte_writer_bytes(writer, head,
                                  cbor_encode_single((float) real, head, sizeof(head)));
        else
                byte_writer_bytes(writer, head, cbor_encode_double(real, head, sizeof(head)));
}

void cbor_write_text(ByteWriter *writer, const char *text, size_t len)
{
        uint8_t head[HEAD_MAX];

        byte_writer_bytes(writer, head, cbor_encode_string_start(len, head, sizeof(head)));
        byte_writer_bytes(writer, text, len);
}

static void write_bytes(ByteWriter *writer, const char *data, size_t len)
{
        uint8_t head[HEAD_MAX];

        byte_writer_bytes(writer, head, cbor_encode_bytestring_start(len, head, sizeof(head)));
        byte_writer_bytes(writer, data, len);
}

static void write_link(ByteWriter *writer, ObjectLink link)
{
        char text[sizeof("65535:65535")];

        g_snprintf(text, sizeof(text), "%u:%u", link.object, link.instance);
        cbor_write_text(writer, text, strlen(text));
}

void cbor_write_value(ByteWriter *writer, const Value *value)
{
        uint8_t head[HEAD_MAX];

        switch (value->type) {
        case VALUE_NONE:
                g_assert_not_reached();
        case VALUE_INTEGER:
        case VALUE_TIME:
                cbor_write_integer(writer, value->integer);
                return;
        case VALUE_UNSIGNED:
                cbor_write_unsigned(writer, value->number);
                return;
        case VALUE_FLOAT:
                cbor_write_float(writer, value->real);
                return;
        case VALUE_BOOLEAN:
                byte_writer_bytes(writer, head,
                                  cbor_encode_bool(value->boolean, head, sizeof(head)));
                return;
        case VALUE_STRING:
        case VALUE_CORELNK:
                cbor_write_text(writer, value->bytes.data, value->bytes.len);
                return;
        case VALUE_OPAQUE:
                write_bytes(writer, value->bytes.data, value->bytes.len);
                return;
        case VALUE_OBJLNK:
                write_link(writer, value->link);
                return;
        }
}
