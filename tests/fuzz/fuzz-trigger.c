/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A short message without security: CoAP, bare or as the content of a WAP push. Whatever it says,
 * it is a trigger or nothing. */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "fuzz.h"
#include "lwm2m/trigger.h"
#include "sms/push.h"

static void fuzz_message(const uint8_t *data, size_t size)
{
        Registration registration;
        CoapMessage message;
        Trigger trigger;

        if (coap_message_parse(data, size, &message, NULL) < 0)
                return;
        registration_init(&registration);
        trigger = trigger_parse(&message, 0);
        if (trigger != TRIGGER_NONE) {
                g_assert_cmpint(message.code, ==, COAP_POST);
                g_assert_false(request_is_of_client(&message, &registration));
                g_assert_cmpint(trigger_parse(&message, 1), ==, TRIGGER_NONE);
        }
        registration_clear(&registration);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *content;
        size_t len;
        int r;

        fuzz_message(data, size);
        r = push_parse(data, size, &content, &len);
        if (r < 0) {
                g_assert_true(r == -EBADMSG || r == -ENOMSG);
                return 0;
        }
        /* The content is the end of what was given, behind the headers. */
        g_assert_true(content == data + size - len && size - len <= 4 + PUSH_MAX_HEADERS);
        fuzz_message(content, len);
        return 0;
}
