/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The links of a list that can be read make the list again, octet for octet. */

#include <string.h>

#include "format/corelink.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(GString) text = g_string_new("");
        ByteReader reader = byte_reader(data, size);
        CoreLink link;
        int r;

        while ((r = corelink_next(&reader, &link)) > 0) {
                if (text->len > 0)
                        g_string_append_c(text, ',');
                g_string_append_c(text, '<');
                g_string_append_len(text, link.target, (gssize) link.target_len);
                g_string_append_c(text, '>');
                if (link.attributes_len > 0)
                        g_string_append_c(text, ';');
                g_string_append_len(text, link.attributes, (gssize) link.attributes_len);
        }

        if (r == 0)
                g_assert_cmpmem(text->str, text->len, data, size);
        return 0;
}
