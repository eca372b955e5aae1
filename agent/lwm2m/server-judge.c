/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a message that opened under the SMS keys can be the server's: keys are the same both
 * ways, and what we sent opens as well when somebody sends it back. */
#include <errno.h>

#include "lwm2m/server-impl.h"

int server_sms_judge(const void *data, size_t len, void *judge_user)
{
        const Server *server = judge_user;
        CoapMessage message;
        bool header, wanted;

        /* What cannot be read is nothing we sent. */
        if (!server->sms.transport || coap_message_parse(data, len, &message, &header) < 0)
                return 0;

        if (coap_code_is_request(message.code))
                wanted = !request_is_of_client(&message, &server->registration);
        else
                wanted = endpoint_expects(transport_endpoint(server->sms.transport), &message);
        return wanted ? 0 : -EBADMSG;
}
