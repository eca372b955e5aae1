/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/value.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* The longest float that is read: sign, digits, point, exponent. */
#define FLOAT_TEXT_MAX 400

/* The fewest digits that read back as the same number. */
static char *float_to_text(double real)
{
        char buffer[G_ASCII_DTOSTR_BUF_SIZE];

        for (int digits = 15; digits <= 17; digits++) {
                char format[8];

                g_snprintf(format, sizeof(format), "%%.%dg", digits);
                g_ascii_formatd(buffer, sizeof(buffer), format, real);
                if (g_ascii_strtod(buffer, NULL) == real)
                        break;
        }
        return g_strdup(buffer);
}

char *value_to_text(const Value *value)
{
        switch (value->type) {
        case VALUE_NONE:
                return g_strdup("");
        case VALUE_STRING:
        case VALUE_CORELNK:
                return g_strndup(value->bytes.data, value->bytes.len);
        case VALUE_INTEGER:
        case VALUE_TIME:
                return g_strdup_printf("%" G_GINT64_FORMAT, value->integer);
        case VALUE_UNSIGNED:
                return g_strdup_printf("%" G_GUINT64_FORMAT, value->number);
        case VALUE_FLOAT:
                return float_to_text(value->real);
        case VALUE_BOOLEAN:
                return g_strdup(value->boolean ? "1" : "0");
        case VALUE_OPAQUE:
                return g_base64_encode((const guchar *) value->bytes.data, value->bytes.len);
        case VALUE_OBJLNK:
                return g_strdup_printf("%u:%u", value->link.object, value->link.instance);
        }
        g_return_val_if_reached(NULL);
}

/* Decimal digits and nothing else. -EINVAL, -ERANGE above `max`. */
static int parse_digits(const char *text, size_t len, uint64_t max, uint64_t *ret)
{
        uint64_t number = 0;
        bool over = false;

        if (len == 0)
                return -EINVAL;

        for (size_t i = 0; i < len; i++) {
                uint64_t digit = (uint64_t) (text[i] - '0');

                if (!g_ascii_isdigit(text[i]))
                        return -EINVAL;
                if (over || number > max / 10 || number * 10 > max - digit)
                        over = true;
                else
                        number = number * 10 + digit;
        }
        if (over)
                return -ERANGE;

        *ret = number;
        return 0;
}

static int parse_integer(const char *text, size_t len, int64_t *ret)
{
        bool negative = len > 0 && text[0] == '-';
        uint64_t number;
        int r;

        if (negative) {
                r = parse_digits(text + 1, len - 1, (uint64_t) INT64_MAX + 1, &number);
                if (r < 0)
                        return r;
                *ret = (int64_t) (0 - number);
                return 0;
        }

        r = parse_digits(text, len, INT64_MAX, &number);
        if (r < 0)
                return r;
        *ret = (int64_t) number;
        return 0;
}

static size_t count_digits(const char *text)
{
        return strspn(text, "0123456789");
}

/* What g_ascii_strtod() takes, less white space, hexadecimal, "inf" and "nan". */
static bool is_decimal_float(const char *text)
{
        size_t whole, fraction = 0;

        if (*text == '-' || *text == '+')
                text++;

        whole = count_digits(text);
        text += whole;
        if (*text == '.') {
                fraction = count_digits(text + 1);
                text += 1 + fraction;
        }
        if (whole + fraction == 0)
                return false;

        if (*text == 'e' || *text == 'E') {
                text++;
                if (*text == '-' || *text == '+')
                        text++;
                if (count_digits(text) == 0)
                        return false;
                text += count_digits(text);
        }
        return *text == '\0';
}

static int parse_float(const char *text, size_t len, double *ret)
{
        char copy[FLOAT_TEXT_MAX + 1];
        double real;

        if (len == 0 || len > FLOAT_TEXT_MAX)
                return -EINVAL;

        memcpy(copy, text, len);
        copy[len] = '\0';
        if (strlen(copy) != len || !is_decimal_float(copy))
                return -EINVAL;

        real = g_ascii_strtod(copy, NULL);
        if (isinf(real))
                return -ERANGE;

        *ret = real;
        return 0;
}

/* GLib's decoder passes over what is not base64, so that is looked for here (RFC 4648, 3.3). */
static bool is_base64(const char *text, size_t len)
{
        size_t padding = 0;

        if (len % 4 != 0)
                return false;

        while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
                padding++;
        for (size_t i = 0; i < len - padding; i++) {
                if (!g_ascii_isalnum(text[i]) && text[i] != '+' && text[i] != '/')
                        return false;
        }
        return true;
}

static int parse_opaque(const char *text, size_t len, Value *ret)
{
        g_autofree char *copy = NULL;
        gsize decoded = 0;

        if (!is_base64(text, len))
                return -EINVAL;
        if (len == 0) {
                *ret = value_opaque(NULL, 0);
                return 0;
        }

        copy = g_strndup(text, len);
        g_base64_decode_inplace(copy, &decoded);
        *ret = value_opaque(copy, decoded);
        explicit_bzero(copy, len);
        return 0;
}

static int parse_objlnk(const char *text, size_t len, Value *ret)
{
        const char *colon = len > 0 ? memchr(text, ':', len) : NULL;
        uint64_t object, instance;
        size_t left;
        int r;

        if (!colon)
                return -EINVAL;

        left = (size_t) (colon - text);
        r = parse_digits(text, left, UINT16_MAX, &object);
        if (r < 0)
                return r;
        r = parse_digits(colon + 1, len - left - 1, UINT16_MAX, &instance);
        if (r < 0)
                return r;

        *ret = value_objlnk((uint16_t) object, (uint16_t) instance);
        return 0;
}

static int parse_boolean(const char *text, size_t len, bool *ret)
{
        if (len != 1 || (text[0] != '0' && text[0] != '1'))
                return -EINVAL;

        *ret = text[0] == '1';
        return 0;
}

static int parse_string(ValueType type, const char *text, size_t len, Value *ret)
{
        if (len > 0 && !g_utf8_validate_len(text, len, NULL))
                return -EINVAL;

        *ret = value_string_len(text, len);
        ret->type = type;
        return 0;
}

int value_from_text(ValueType type, const char *text, size_t len, Value *ret)
{
        Value value = {.type = type};
        int r = -EINVAL;

        if (len > VALUE_MAX_SIZE)
                return -ERANGE;

        switch (type) {
        case VALUE_NONE:
                return -EINVAL;
        case VALUE_STRING:
        case VALUE_CORELNK:
                return parse_string(type, text, len, ret);
        case VALUE_OPAQUE:
                return parse_opaque(text, len, ret);
        case VALUE_OBJLNK:
                return parse_objlnk(text, len, ret);
        case VALUE_INTEGER:
        case VALUE_TIME:
                r = parse_integer(text, len, &value.integer);
                break;
        case VALUE_UNSIGNED:
                r = parse_digits(text, len, UINT64_MAX, &value.number);
                break;
        case VALUE_FLOAT:
                r = parse_float(text, len, &value.real);
                break;
        case VALUE_BOOLEAN:
                r = parse_boolean(text, len, &value.boolean);
                break;
        }
        if (r < 0)
                return r;

        *ret = value;
        return 0;
}
