/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the answer to a request of ours means, in words and as an errno. */
#include <errno.h>

#include "lwm2m/server-impl.h"
#include "lwm2m/status.h"

/* What a log line takes of a server's diagnostic payload. */
#define PRINTABLE                                                                                  \
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"                      \
        "abcdefghijklmnopqrstuvwxyz{|}~"

/* "no answer", with what the network said of it, if anything. The caller's. */
static char *silence_text(const Server *server)
{
        int hint = server->transport ? channel_link_error(transport_channel(server->transport)) : 0;

        return hint < 0 ? g_strdup_printf("no answer (%s)", status_to_text(hint))
                        : g_strdup("no answer");
}

char *server_answer_text(const Server *server, int result, const CoapMessage *response)
{
        g_autofree char *diagnostic = NULL;

        if (result == -ETIMEDOUT)
                return silence_text(server);
        if (result == -ECONNRESET)
                return g_strdup("reset by the server");
        if (server_is_refused(result))
                return g_strdup_printf("not sent: %s", status_to_text(result));
        if (result < 0)
                return g_strdup_printf("answer not understood: %s", status_to_text(result));
        if (coap_code_class(response->code) < 4 || response->payload_len == 0)
                return g_strdup_printf("server answered %s", coap_code_to_string(response->code));
        diagnostic = g_strndup((const char *) response->payload, MIN(response->payload_len, 80));
        g_strcanon(diagnostic, PRINTABLE, '?');
        return g_strdup_printf("server answered %s: %s", coap_code_to_string(response->code),
                               diagnostic);
}

int server_answer_error(int result, const CoapMessage *response)
{
        if (result < 0)
                return result == -EBADMSG || result == -EMSGSIZE ? -EPROTO : result;
        /* A success of another kind than was asked for is none. */
        return coap_code_class(response->code) == 2 ? -EPROTO : status_from_coap(response->code);
}
