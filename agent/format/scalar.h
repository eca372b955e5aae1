/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One value as a self-describing format (CBOR, JSON) has it, before the resource's definition says
 * what it means. */

#include "model/value.h"

typedef enum ScalarType {
        SCALAR_NONE, /* nothing was there */
        SCALAR_NULL,
        SCALAR_UNSIGNED, /* integers from 0 on, in `number` */
        SCALAR_NEGATIVE, /* integers below 0, in `integer` */
        SCALAR_FLOAT,
        SCALAR_BOOLEAN,
        SCALAR_TEXT,
        SCALAR_BYTES,
        SCALAR_LINK, /* text that the format marks as Objlnk */
} ScalarType;

typedef struct Scalar {
        ScalarType type;
        union {
                uint64_t number;
                int64_t integer;
                double real;
                bool boolean;
        };
        const char *data; /* TEXT, BYTES, LINK: in the payload, or in `owned`; no NUL follows */
        size_t len;
        char *owned; /* NULL, or memory of the scalar */
} Scalar;

static inline bool scalar_is_number(const Scalar *scalar)
{
        return scalar->type == SCALAR_UNSIGNED || scalar->type == SCALAR_NEGATIVE ||
               scalar->type == SCALAR_FLOAT;
}

/* Wipes and frees what is owned and leaves SCALAR_NONE. */
void scalar_clear(Scalar *scalar);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Scalar, scalar_clear)

/* Of a number, as a float. */
double scalar_to_real(const Scalar *scalar);

/* The sum of two numbers: of integers exact, -ERANGE beyond int64_t. */
int scalar_add(const Scalar *a, const Scalar *b, Scalar *ret);

/*
 * As a value of `type`; VALUE_NONE: of the type it has by itself. Whole numbers are integers
 * however they are written, and integers are floats. -EINVAL: another type, NaN or infinity, text
 * that is not UTF-8 or holds NUL; -ERANGE; -E2BIG above VALUE_MAX_SIZE.
 */
int scalar_to_value(const Scalar *scalar, ValueType type, Value *ret);
