/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "alert.h"

#include <errno.h>
#include <stddef.h>

typedef struct Alert {
        uint8_t number;
        const char *name;
        int error; /* when it ends a handshake */
} Alert;

static const Alert ALERTS[] = {
        {0, "close_notify", -ECONNRESET},
        {10, "unexpected_message", -EPROTO},
        {20, "bad_record_mac", -EACCES}, /* of our Finished: the keys differ */
        {21, "decryption_failed", -EACCES},
        {22, "record_overflow", -EPROTO},
        {30, "decompression_failure", -EPROTO},
        {40, "handshake_failure", -EPROTO},
        {41, "no_certificate", -EACCES},
        {42, "bad_certificate", -EACCES},
        {43, "unsupported_certificate", -EACCES},
        {44, "certificate_revoked", -EACCES},
        {45, "certificate_expired", -EACCES},
        {46, "certificate_unknown", -EACCES},
        {47, "illegal_parameter", -EPROTO},
        {48, "unknown_ca", -EACCES},
        {49, "access_denied", -EACCES},
        {50, "decode_error", -EPROTO},
        {51, "decrypt_error", -EACCES},
        {70, "protocol_version", -EPROTO},
        {71, "insufficient_security", -EPROTO},
        {80, "internal_error", -ECONNRESET},
        {86, "inappropriate_fallback", -EPROTO},
        {90, "user_canceled", -ECONNRESET},
        {100, "no_renegotiation", -EPROTO},
        {110, "unsupported_extension", -EPROTO},
        {111, "certificate_unobtainable", -EACCES},
        {112, "unrecognized_name", -EPROTO},
        {113, "bad_certificate_status_response", -EACCES},
        {114, "bad_certificate_hash_value", -EACCES},
        {115, "unknown_psk_identity", -EACCES},
        {120, "no_application_protocol", -EPROTO},
};

static const Alert *alert_find(int number)
{
        for (size_t i = 0; i < sizeof(ALERTS) / sizeof(ALERTS[0]); i++) {
                if (ALERTS[i].number == number)
                        return &ALERTS[i];
        }

        return NULL;
}

const char *alert_name(int number)
{
        const Alert *alert = alert_find(number);

        return alert ? alert->name : "unassigned";
}

int alert_to_errno(int number, bool handshake)
{
        const Alert *alert = alert_find(number);

        if (!handshake)
                return -ECONNRESET;

        return alert ? alert->error : -EPROTO;
}
