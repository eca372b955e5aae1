/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/notification.h"

#include <stdio.h>

#include "format/format.h"

/* The options that the Observe request had. Room for the text of a segment, which the message only
 * points to. */
typedef struct RequestKey {
        CoapMessage message;
        char segments[4][6];
} RequestKey;

static void request_key_init(RequestKey *key, const CoapToken *token, Path path,
                             const Composite *composite, int accept)
{
        key->message = (CoapMessage){.type = COAP_CON, .code = COAP_GET, .token = *token};
        if (composite) {
                key->message.code = COAP_FETCH;
                key->message.payload = composite_payload(composite, &key->message.payload_len);
        }
        for (unsigned i = 0; i < path.level; i++) {
                snprintf(key->segments[i], sizeof(key->segments[i]), "%u", path.id[i]);
                coap_message_add_text(&key->message, COAP_OPTION_URI_PATH, key->segments[i]);
        }
        if (accept != FORMAT_NONE)
                coap_message_add_uint(&key->message, COAP_OPTION_ACCEPT, (uint32_t) accept);
}

int notification_send(Endpoint *endpoint, const CoapToken *token, Path path,
                      const Composite *composite, int accept, const Notification *notification)
{
        CoapMessage message = {
                .code = COAP_CONTENT,
                .token = *token,
                .payload = notification->data,
                .payload_len = notification->len,
        };
        RequestKey key;

        request_key_init(&key, token, path, composite, accept);
        coap_message_add_uint(&message, COAP_OPTION_OBSERVE, notification->sequence);
        coap_message_add_uint(&message, COAP_OPTION_CONTENT_FORMAT,
                              (uint32_t) notification->format);
        return endpoint_notify(endpoint, token, &key.message, &message, notification->confirmable);
}

int notification_send_error(Endpoint *endpoint, const CoapToken *token, Path path,
                            const Composite *composite, int accept, uint8_t code)
{
        CoapMessage message = {.code = code, .token = *token};
        RequestKey key;

        request_key_init(&key, token, path, composite, accept);
        return endpoint_notify(endpoint, token, &key.message, &message, true);
}
