/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

socklen_t address_size(const struct sockaddr *address)
{
        if (address->sa_family == AF_INET)
                return sizeof(struct sockaddr_in);
        if (address->sa_family == AF_INET6)
                return sizeof(struct sockaddr_in6);
        return 0;
}

bool address_equal(const struct sockaddr *a, const struct sockaddr *b)
{
        const struct sockaddr_in *a4 = (const void *) a, *b4 = (const void *) b;
        const struct sockaddr_in6 *a6 = (const void *) a, *b6 = (const void *) b;

        if (a->sa_family != b->sa_family)
                return false;
        if (a->sa_family == AF_INET)
                return a4->sin_addr.s_addr == b4->sin_addr.s_addr && a4->sin_port == b4->sin_port;
        return a->sa_family == AF_INET6 && IN6_ARE_ADDR_EQUAL(&a6->sin6_addr, &b6->sin6_addr) &&
               a6->sin6_port == b6->sin6_port &&
               (!IN6_IS_ADDR_LINKLOCAL(&a6->sin6_addr) || a6->sin6_scope_id == b6->sin6_scope_id);
}

char *address_to_string(const struct sockaddr *address)
{
        char host[NI_MAXHOST], port[NI_MAXSERV];

        if (getnameinfo(address, address_size(address), host, sizeof(host), port, sizeof(port),
                        NI_NUMERICHOST | NI_NUMERICSERV) != 0)
                return g_strdup("?");
        return address->sa_family == AF_INET6 ? g_strdup_printf("[%s]:%s", host, port)
                                              : g_strdup_printf("%s:%s", host, port);
}

/* inet_pton() alone would not take %interface, and inet_aton() takes "1.2" and octal numbers. */
static bool looks_like_literal(const char *host)
{
        struct in_addr ignored;

        return strchr(host, ':') || inet_pton(AF_INET, host, &ignored) == 1;
}

int address_parse(const char *text, uint16_t port, struct sockaddr_storage *ret)
{
        static const struct addrinfo hints = {
                .ai_flags = AI_NUMERICHOST,
                .ai_socktype = SOCK_DGRAM,
        };
        size_t len = strlen(text);
        g_autofree char *host = text[0] == '[' && len > 2 && text[len - 1] == ']'
                                        ? g_strndup(text + 1, len - 2)
                                        : g_strdup(text);
        struct addrinfo *found;

        if (!looks_like_literal(host) || getaddrinfo(host, NULL, &hints, &found) != 0)
                return -EINVAL;

        memset(ret, 0, sizeof(*ret));
        memcpy(ret, found->ai_addr, MIN(found->ai_addrlen, sizeof(*ret)));
        freeaddrinfo(found);
        if (ret->ss_family == AF_INET6)
                ((struct sockaddr_in6 *) ret)->sin6_port = htons(port);
        else
                ((struct sockaddr_in *) ret)->sin_port = htons(port);
        return 0;
}
