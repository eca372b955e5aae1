/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/server-uri.h"

#include <errno.h>
#include <stdbool.h>

#include "sms/address.h"

#define PORT_COAP 5683
#define PORT_COAPS 5684

/* Empty segments, as of a final slash, are left out. */
static int split_path(const char *path, char ***ret)
{
        g_auto(GStrv) parts = g_strsplit(path, "/", -1);
        g_autoptr(GPtrArray) segments = g_ptr_array_new_with_free_func(g_free);

        for (char **part = parts; *part; part++) {
                char *segment;

                if (**part == '\0')
                        continue;
                segment = g_uri_unescape_string(*part, NULL);
                if (!segment || segments->len == SERVER_URI_MAX_SEGMENTS) {
                        g_free(segment);
                        return -EINVAL;
                }
                g_ptr_array_add(segments, segment);
        }
        g_ptr_array_add(segments, NULL);
        *ret = (char **) g_ptr_array_free(g_steal_pointer(&segments), FALSE);
        return 0;
}

static bool any_of(const char *scheme, const char *a, const char *b)
{
        return g_ascii_strcasecmp(scheme, a) == 0 || g_ascii_strcasecmp(scheme, b) == 0;
}

/* tel: has the number for a path (RFC 3966), coap+sms: for a host. */
static int parse_number(GUri *uri, bool plain, ServerUri *ret)
{
        const char *number = plain ? g_uri_get_path(uri) : g_uri_get_host(uri);
        const SmsNumbering numbering = {0};
        ServerUri result = {0};
        SmsAddress address;
        int r;

        if (!number || sms_address_from_text(number, &numbering, &address) < 0)
                return -EINVAL;
        r = split_path(plain ? "" : g_uri_get_path(uri), &result.path);
        if (r < 0)
                return r;
        result.number = g_strdup(number);
        *ret = result;
        return 0;
}

int server_uri_parse(const char *text, ServerUri *ret)
{
        g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_ENCODED_PATH, NULL);
        const char *scheme = uri ? g_uri_get_scheme(uri) : "";
        bool secure = g_ascii_strcasecmp(scheme, "coaps") == 0;
        ServerUri result = {0};
        int r;

        if (any_of(scheme, "tel", "sms"))
                return parse_number(uri, true, ret);
        if (any_of(scheme, "coap+tel", "coap+sms"))
                return parse_number(uri, false, ret);

        if (!secure && g_ascii_strcasecmp(scheme, "coap") != 0)
                return -EINVAL;
        if (!g_uri_get_host(uri) || *g_uri_get_host(uri) == '\0' || g_uri_get_port(uri) == 0)
                return -EINVAL;
        r = split_path(g_uri_get_path(uri), &result.path);
        if (r < 0)
                return r;
        result.host = g_strdup(g_uri_get_host(uri));
        result.port = g_uri_get_port(uri) > 0 ? (uint16_t) g_uri_get_port(uri)
                      : secure                ? PORT_COAPS
                                              : PORT_COAP;
        *ret = result;
        return 0;
}

void server_uri_clear(ServerUri *uri)
{
        g_clear_pointer(&uri->host, g_free);
        g_clear_pointer(&uri->number, g_free);
        g_clear_pointer(&uri->path, g_strfreev);
}
