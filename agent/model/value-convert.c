/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/value.h"

#include <errno.h>
#include <math.h>

/* The first doubles above the ranges of int64_t and uint64_t. */
#define INT64_END 0x1p63
#define UINT64_END 0x1p64

static bool is_number(ValueType type)
{
        return type == VALUE_INTEGER || type == VALUE_UNSIGNED || type == VALUE_TIME ||
               type == VALUE_FLOAT;
}

static bool is_text(ValueType type)
{
        return type == VALUE_STRING || type == VALUE_CORELNK;
}

static int to_integer(const Value *value, int64_t *ret)
{
        if (value->type == VALUE_UNSIGNED) {
                if (value->number > INT64_MAX)
                        return -ERANGE;
                *ret = (int64_t) value->number;
                return 0;
        }

        if (value->type == VALUE_FLOAT) {
                if (isnan(value->real) || trunc(value->real) != value->real)
                        return -EINVAL;
                if (value->real < -INT64_END || value->real >= INT64_END)
                        return -ERANGE;
                *ret = (int64_t) value->real;
                return 0;
        }

        *ret = value->integer;
        return 0;
}

static int to_unsigned(const Value *value, uint64_t *ret)
{
        if (value->type == VALUE_FLOAT) {
                if (isnan(value->real) || trunc(value->real) != value->real)
                        return -EINVAL;
                if (value->real < 0 || value->real >= UINT64_END)
                        return -ERANGE;
                *ret = (uint64_t) value->real;
                return 0;
        }

        if (value->type != VALUE_UNSIGNED && value->integer < 0)
                return -ERANGE;

        *ret = value->type == VALUE_UNSIGNED ? value->number : (uint64_t) value->integer;
        return 0;
}

static int to_float(const Value *value, double *ret)
{
        double real;

        if (value->type == VALUE_UNSIGNED) {
                real = (double) value->number;
                if (real >= UINT64_END || (uint64_t) real != value->number)
                        return -ERANGE;
        } else {
                real = (double) value->integer;
                if (real >= INT64_END || (int64_t) real != value->integer)
                        return -ERANGE;
        }

        *ret = real;
        return 0;
}

static int convert_number(Value *value, ValueType type)
{
        Value converted = {.type = type};
        int r;

        if (type == VALUE_FLOAT)
                r = to_float(value, &converted.real);
        else if (type == VALUE_UNSIGNED)
                r = to_unsigned(value, &converted.number);
        else
                r = to_integer(value, &converted.integer);
        if (r < 0)
                return r;

        *value = converted;
        return 0;
}

int value_convert(Value *value, ValueType type)
{
        if (value->type == type)
                return 0;

        if (is_number(value->type) && is_number(type))
                return convert_number(value, type);

        if (is_text(value->type) && is_text(type)) {
                value->type = type;
                return 0;
        }
        return -EINVAL;
}
