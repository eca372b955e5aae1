/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/socket.h>

#include "rehandshake.h"

/* RFC 6347, 4.1 and 4.2.2: where the fields of a ClientHello are in its record. */
#define RECORD_TYPE 0
#define RECORD_EPOCH 3
#define HANDSHAKE_TYPE 13
#define HELLO_RANDOM 27
#define HELLO_LEN (HELLO_RANDOM + SESSION_RANDOM_LEN)

#define TYPE_HANDSHAKE 22
#define TYPE_CLIENT_HELLO 1

static bool is_client_hello(const uint8_t *data)
{
        return data[RECORD_TYPE] == TYPE_HANDSHAKE && data[RECORD_EPOCH] == 0 &&
               data[RECORD_EPOCH + 1] == 0 && data[HANDSHAKE_TYPE] == TYPE_CLIENT_HELLO;
}

static void check_socket(Server *server, int fd)
{
        uint8_t data[HELLO_LEN];
        coap_address_t from;
        Session *session;

        coap_address_init(&from);
        if (fd < 0 || recvfrom(fd, data, sizeof(data), MSG_PEEK | MSG_DONTWAIT, &from.addr.sa,
                               &from.size) < (ssize_t) sizeof(data))
                return;
        if (!is_client_hello(data))
                return;

        session = sessions_find_dtls(server->sessions, &from);
        if (session && session_is_another(session, data + HELLO_RANDOM))
                session_close(session, false);
}

void rehandshake_check(Server *server)
{
        check_socket(server, server->psk.fd[0]);
        check_socket(server, server->psk.fd[1]);
}
