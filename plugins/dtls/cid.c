/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "cid.h"

#include <errno.h>

uint8_t cid_longest(void)
{
        return MBEDTLS_SSL_CID_IN_LEN_MAX < CID_MAX ? MBEDTLS_SSL_CID_IN_LEN_MAX : CID_MAX;
}

int cid_configure(mbedtls_ssl_config *config, uint8_t len)
{
        if (len > cid_longest())
                return -EINVAL;

        /* another's ID is a stranger's datagram: dropped, not an error */
        return mbedtls_ssl_conf_cid(config, len, MBEDTLS_SSL_UNEXPECTED_CID_IGNORE) == 0 ? 0 : -EIO;
}

int cid_offer(mbedtls_ssl_context *ssl, const uint8_t *id, uint8_t len)
{
        if (len == 0)
                return 0;

        return mbedtls_ssl_set_cid(ssl, MBEDTLS_SSL_CID_ENABLED, id, len) == 0 ? 0 : -EIO;
}

bool cid_in_use(mbedtls_ssl_context *ssl)
{
        int enabled = MBEDTLS_SSL_CID_DISABLED;
        size_t len = 0;
        int r;

        /* the ID that we write is the one the peer finds us by */
        r = mbedtls_ssl_get_peer_cid(ssl, &enabled, NULL, &len);
        return r == 0 && enabled == MBEDTLS_SSL_CID_ENABLED && len > 0;
}
