/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One typed value of a resource or resource instance (Core 7.2, Appendix C). */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ValueType {
        VALUE_NONE,
        VALUE_STRING,
        VALUE_INTEGER,
        VALUE_UNSIGNED,
        VALUE_FLOAT,
        VALUE_BOOLEAN,
        VALUE_OPAQUE,
        VALUE_TIME, /* seconds since 1970, in `integer` */
        VALUE_OBJLNK,
        VALUE_CORELNK, /* text, as STRING */
} ValueType;

/* The longest string or opaque value taken from outside. */
#define VALUE_MAX_SIZE (1024 * 1024)

typedef struct ObjectLink {
        uint16_t object; /* 65535, with instance 65535: the null link */
        uint16_t instance;
} ObjectLink;

typedef struct Value {
        ValueType type;
        bool borrowed; /* bytes.data is somebody else's */
        union {
                int64_t integer;
                uint64_t number; /* VALUE_UNSIGNED */
                double real;
                bool boolean;
                ObjectLink link;
                struct {
                        char *data; /* owned unless borrowed; a text is followed by a NUL that
                                       `len` does not count */
                        size_t len;
                } bytes; /* STRING, OPAQUE, CORELNK */
        };
} Value;

static inline Value value_integer(int64_t integer)
{
        return (Value){.type = VALUE_INTEGER, .integer = integer};
}
static inline Value value_unsigned(uint64_t number)
{
        return (Value){.type = VALUE_UNSIGNED, .number = number};
}
static inline Value value_float(double real)
{
        return (Value){.type = VALUE_FLOAT, .real = real};
}
static inline Value value_boolean(bool boolean)
{
        return (Value){.type = VALUE_BOOLEAN, .boolean = boolean};
}
static inline Value value_time(int64_t seconds)
{
        return (Value){.type = VALUE_TIME, .integer = seconds};
}
Value value_string(const char *text);
Value value_string_len(const char *text, size_t len);
Value value_opaque(const void *data, size_t len);
Value value_objlnk(uint16_t object, uint16_t instance);

/* Without a copy: what an object has at hand and does not change while its records are read. */
Value value_borrow_string(const char *text);
Value value_borrow_opaque(const void *data, size_t len);

/* Frees what is owned and leaves VALUE_NONE. Wipes bytes first: a value may be a key on its way to
 * the kernel. */
void value_clear(Value *value);
Value value_copy(const Value *value);
bool value_equal(const Value *a, const Value *b);

/* As LwM2M's text format writes it (Core 7.4.1): opaque as base64, objlnk "o:i". Free with
 * g_free(). */
char *value_to_text(const Value *value);

/* The reverse. -EINVAL: not such a value; -ERANGE. Strings must be UTF-8 without NUL. */
int value_from_text(ValueType type, const char *text, size_t len, Value *ret);

/* In place: where no information is lost INTEGER, UNSIGNED, TIME, FLOAT and STRING, CORELNK become
 * each other; -EINVAL, -ERANGE where not. */
int value_convert(Value *value, ValueType type);
