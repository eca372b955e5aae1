/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "library.h"

int library_init(void)
{
        return 0;
}

void library_require_dtls12(mbedtls_ssl_config *config)
{
        /* the library counts DTLS 1.2 as TLS 1.2, which is "SSL 3.3" */
        mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3,
                                     MBEDTLS_SSL_MINOR_VERSION_3);
        mbedtls_ssl_conf_max_version(config, MBEDTLS_SSL_MAJOR_VERSION_3,
                                     MBEDTLS_SSL_MINOR_VERSION_3);
}
