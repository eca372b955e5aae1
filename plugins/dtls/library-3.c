/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "library.h"

#include <errno.h>
#include <psa/crypto.h>

int library_init(void)
{
        return psa_crypto_init() == PSA_SUCCESS ? 0 : -EIO;
}

void library_require_dtls12(mbedtls_ssl_config *config)
{
        mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
        mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
}
