/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "objects/account.h"

#include <errno.h>
#include <string.h>

#include "base/names.h"
#include "model/path.h"

static const char *const security_mode_names[] = {
        [SECURITY_MODE_PSK] = "psk",
        [SECURITY_MODE_RPK] = "rpk",
        [SECURITY_MODE_CERTIFICATE] = "cert",
        [SECURITY_MODE_NOSEC] = "nosec",
};

NAMES(security_mode, SecurityMode, security_mode_names)

Account account_default(void)
{
        return (Account){
                .lifetime = ACCOUNT_LIFETIME_DEFAULT,
                .mode = SECURITY_MODE_PSK,
                .storing = true,
                .binding = "U",
        };
}

bool account_equal(const Account *a, const Account *b)
{
        return a->ssid == b->ssid && a->security_instance == b->security_instance &&
               a->server_instance == b->server_instance && strcmp(a->uri, b->uri) == 0 &&
               a->mode == b->mode && a->lifetime == b->lifetime && a->pmin == b->pmin &&
               a->pmax == b->pmax && a->storing == b->storing &&
               strcmp(a->binding, b->binding) == 0 && a->retry_count == b->retry_count &&
               a->retry_timer == b->retry_timer && a->sequence_delay == b->sequence_delay &&
               a->sequence_count == b->sequence_count && strcmp(a->source, b->source) == 0 &&
               strcmp(a->digest, b->digest) == 0;
}

/* What is wrong with the URI for this mode, or NULL (Core E.1, resource 0; RFC 7252, 6). */
static const char *check_uri(const char *text, SecurityMode mode)
{
        g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_ENCODED, NULL);
        const char *scheme;

        if (text[0] == '\0')
                return "the URI is missing; allowed: coap://host[:port] or coaps://host[:port]";
        if (!uri || !g_uri_get_host(uri) || g_uri_get_host(uri)[0] == '\0')
                return "the URI is malformed; allowed: coap://host[:port] or coaps://host[:port]";

        scheme = g_uri_get_scheme(uri);
        if (strcmp(scheme, "coap") != 0 && strcmp(scheme, "coaps") != 0)
                return "the URI has an unknown scheme; allowed: coap, coaps";
        if (g_uri_get_userinfo(uri) || g_uri_get_query(uri) || g_uri_get_fragment(uri))
                return "the URI has a user, a query or a fragment; allowed: scheme, host, port, "
                       "path";
        if (g_uri_get_port(uri) == 0)
                return "the URI has port 0; allowed: 1 to 65535";

        if (mode == SECURITY_MODE_NOSEC && strcmp(scheme, "coap") != 0)
                return "mode nosec needs a coap URI, not coaps";
        if (mode != SECURITY_MODE_NOSEC && strcmp(scheme, "coaps") != 0)
                return "a secure mode needs a coaps URI, not coap";
        return NULL;
}

static const char *check(const Account *account)
{
        if (account->ssid == 0 || account->ssid > PATH_ID_MAX)
                return "the ssid is out of range; allowed: 1 to 65534";
        if ((unsigned) account->mode > SECURITY_MODE_NOSEC)
                return "the mode is unknown; allowed: psk, rpk, cert, nosec";
        if (account->lifetime == 0)
                return "the lifetime is 0; allowed: 1 to 4294967295 s";
        if (strcmp(account->binding, "U") != 0)
                return "the binding is not supported; allowed: U";
        return check_uri(account->uri, account->mode);
}

int account_check(const Account *account, const char **ret_why)
{
        const char *why = check(account);

        if (!why)
                return 0;
        *ret_why = why;
        return -EINVAL;
}
