/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What comes as text in paths and plain text values. What is read is written the same
 * again. */

#include <string.h>

#include "fuzz.h"
#include "model/path.h"
#include "model/value.h"

static void fuzz_path(const char *text)
{
        char buffer[PATH_TEXT_SIZE];
        Path path;

        if (path_parse(text, &path) >= 0)
                g_assert_cmpstr(path_to_text(path, buffer), ==, text);
}

static void fuzz_value(ValueType type, const char *text, size_t len)
{
        g_autofree char *written = NULL;
        Value value, again;

        if (value_from_text(type, text, len, &value) < 0)
                return;

        written = value_to_text(&value);
        g_assert_cmpint(value_from_text(type, written, strlen(written), &again), ==, 0);
        g_assert_true(value_equal(&value, &again));
        value_clear(&value);
        value_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autofree char *text = g_strndup(size > 0 ? (const char *) data : "", size);

        fuzz_path(text);
        for (ValueType type = VALUE_NONE; type <= VALUE_CORELNK; type++)
                fuzz_value(type, (const char *) data, size);
        return 0;
}
