/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One record of TLV: its head (Core 7.4.3, table 7.4.3-1), and the values in it (Appendix C). */

#include "base/bytes.h"
#include "model/value.h"

/* The longest value a record can hold: its length has three octets. */
#define TLV_VALUE_MAX 0xffffff

typedef enum TlvType {
        TLV_INSTANCE = 0,
        TLV_RESOURCE_INSTANCE = 1,
        TLV_MULTIPLE = 2,
        TLV_RESOURCE = 3,
} TlvType;

typedef struct TlvRecord {
        TlvType type;
        uint16_t id;
        const uint8_t *data; /* borrowed */
        size_t len;
} TlvRecord;

/* 1 and a record, 0 at the end, -EBADMSG. The cursor goes behind the value. */
int tlv_record_parse(ByteReader *reader, TlvRecord *ret);

/* How long the head of a record is. */
size_t tlv_head_size(uint16_t id, size_t len);

/* The head; `len` octets of value are to follow. -EMSGSIZE above TLV_VALUE_MAX. */
int tlv_head_write(ByteWriter *writer, TlvType type, uint16_t id, size_t len);

/* How many octets the value takes, and the octets. */
size_t tlv_value_size(const Value *value);
void tlv_value_write(ByteWriter *writer, const Value *value);

/* VALUE_NONE as type: octets of unknown meaning, kept as opaque. -EINVAL, -E2BIG. */
int tlv_value_parse(ValueType type, const void *data, size_t len, Value *ret);
