/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/scalar.h"

#include <errno.h>
#include <math.h>
#include <string.h>

void scalar_clear(Scalar *scalar)
{
        if (scalar->owned) {
                explicit_bzero(scalar->owned, scalar->len);
                g_free(scalar->owned);
        }
        *scalar = (Scalar){.type = SCALAR_NONE};
}

double scalar_to_real(const Scalar *scalar)
{
        if (scalar->type == SCALAR_UNSIGNED)
                return (double) scalar->number;
        return scalar->type == SCALAR_NEGATIVE ? (double) scalar->integer : scalar->real;
}

static bool is_int64(const Scalar *scalar)
{
        return scalar->type == SCALAR_NEGATIVE ||
               (scalar->type == SCALAR_UNSIGNED && scalar->number <= INT64_MAX);
}

int scalar_add(const Scalar *a, const Scalar *b, Scalar *ret)
{
        int64_t sum;

        if (a->type == SCALAR_FLOAT || b->type == SCALAR_FLOAT) {
                *ret = (Scalar){.type = SCALAR_FLOAT,
                                .real = scalar_to_real(a) + scalar_to_real(b)};
                return 0;
        }

        /* Below INT64_MAX the two members of the union are the same octets. */
        if (!is_int64(a) || !is_int64(b) || __builtin_add_overflow(a->integer, b->integer, &sum))
                return -ERANGE;

        if (sum < 0)
                *ret = (Scalar){.type = SCALAR_NEGATIVE, .integer = sum};
        else
                *ret = (Scalar){.type = SCALAR_UNSIGNED, .number = (uint64_t) sum};
        return 0;
}

static int text_to_value(const Scalar *scalar, Value *ret)
{
        if (scalar->len > 0 && !g_utf8_validate_len(scalar->data, scalar->len, NULL))
                return -EINVAL;

        *ret = value_string_len(scalar->data, scalar->len);
        return 0;
}

/* Of the type it has by itself. */
static int natural_value(const Scalar *scalar, Value *ret)
{
        switch (scalar->type) {
        case SCALAR_NONE:
        case SCALAR_NULL:
                return -EINVAL;
        case SCALAR_UNSIGNED:
                *ret = scalar->number > INT64_MAX ? value_unsigned(scalar->number)
                                                  : value_integer((int64_t) scalar->number);
                return 0;
        case SCALAR_NEGATIVE:
                *ret = value_integer(scalar->integer);
                return 0;
        case SCALAR_FLOAT:
                if (!isfinite(scalar->real))
                        return -EINVAL;
                *ret = value_float(scalar->real);
                return 0;
        case SCALAR_BOOLEAN:
                *ret = value_boolean(scalar->boolean);
                return 0;
        case SCALAR_TEXT:
                return text_to_value(scalar, ret);
        case SCALAR_BYTES:
                *ret = value_opaque(scalar->data, scalar->len);
                return 0;
        case SCALAR_LINK:
                return value_from_text(VALUE_OBJLNK, scalar->data, scalar->len, ret);
        }
        return -EINVAL;
}

int scalar_to_value(const Scalar *scalar, ValueType type, Value *ret)
{
        Value value;
        int r;

        if (scalar->len > VALUE_MAX_SIZE)
                return -E2BIG;
        if (type == VALUE_OBJLNK && scalar->type == SCALAR_TEXT)
                return value_from_text(type, scalar->data, scalar->len, ret);

        r = natural_value(scalar, &value);
        if (r < 0)
                return r;
        r = type == VALUE_NONE ? 0 : value_convert(&value, type);
        if (r < 0) {
                value_clear(&value);
                return r;
        }

        *ret = value;
        return 0;
}
