/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/value.h"

#include <math.h>
#include <string.h>

/* Whether the value owns memory. */
static bool is_bytes(ValueType type)
{
        return type == VALUE_STRING || type == VALUE_OPAQUE || type == VALUE_CORELNK;
}

static Value value_bytes(ValueType type, const void *data, size_t len)
{
        Value value = {.type = type};

        value.bytes.data = g_malloc(len + 1);
        value.bytes.len = len;
        if (len > 0)
                memcpy(value.bytes.data, data, len);
        value.bytes.data[len] = '\0';
        return value;
}

Value value_string(const char *text)
{
        return value_bytes(VALUE_STRING, text, strlen(text));
}

Value value_string_len(const char *text, size_t len)
{
        return value_bytes(VALUE_STRING, text, len);
}

Value value_opaque(const void *data, size_t len)
{
        return value_bytes(VALUE_OPAQUE, data, len);
}

static Value borrow(ValueType type, const void *data, size_t len)
{
        Value value = {.type = type, .borrowed = true};

        value.bytes.data = (char *) data; /* nobody writes into a value */
        value.bytes.len = len;
        return value;
}

Value value_borrow_string(const char *text)
{
        return borrow(VALUE_STRING, text, strlen(text));
}

Value value_borrow_opaque(const void *data, size_t len)
{
        return borrow(VALUE_OPAQUE, data, len);
}

Value value_objlnk(uint16_t object, uint16_t instance)
{
        return (Value){
                .type = VALUE_OBJLNK,
                .link = {.object = object, .instance = instance},
        };
}

void value_clear(Value *value)
{
        if (is_bytes(value->type) && !value->borrowed && value->bytes.data) {
                explicit_bzero(value->bytes.data, value->bytes.len);
                g_free(value->bytes.data);
        }
        *value = (Value){.type = VALUE_NONE};
}

Value value_copy(const Value *value)
{
        if (is_bytes(value->type))
                return value_bytes(value->type, value->bytes.data, value->bytes.len);
        return *value;
}

bool value_equal(const Value *a, const Value *b)
{
        if (a->type != b->type)
                return false;

        switch (a->type) {
        case VALUE_NONE:
                return true;
        case VALUE_INTEGER:
        case VALUE_TIME:
                return a->integer == b->integer;
        case VALUE_UNSIGNED:
                return a->number == b->number;
        case VALUE_FLOAT:
                /* NaN equals NaN, or it would be a change for ever. */
                return a->real == b->real || (isnan(a->real) && isnan(b->real));
        case VALUE_BOOLEAN:
                return a->boolean == b->boolean;
        case VALUE_OBJLNK:
                return a->link.object == b->link.object && a->link.instance == b->link.instance;
        case VALUE_STRING:
        case VALUE_OPAQUE:
        case VALUE_CORELNK:
                return a->bytes.len == b->bytes.len &&
                       memcmp(a->bytes.data, b->bytes.data, a->bytes.len) == 0;
        }
        g_return_val_if_reached(false);
}
