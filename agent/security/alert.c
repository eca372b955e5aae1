/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/alert.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>

static const char *const alert_names[] = {
        /* RFC 5246, 7.2 */
        [0] = "close_notify",
        [10] = "unexpected_message",
        [20] = "bad_record_mac",
        [21] = "decryption_failed",
        [22] = "record_overflow",
        [30] = "decompression_failure",
        [40] = "handshake_failure",
        [41] = "no_certificate",
        [42] = "bad_certificate",
        [43] = "unsupported_certificate",
        [44] = "certificate_revoked",
        [45] = "certificate_expired",
        [46] = "certificate_unknown",
        [47] = "illegal_parameter",
        [48] = "unknown_ca",
        [49] = "access_denied",
        [50] = "decode_error",
        [51] = "decrypt_error",
        [52] = "too_many_cids_requested", /* RFC 9147, 9 */
        [60] = "export_restriction",
        [70] = "protocol_version",
        [71] = "insufficient_security",
        [80] = "internal_error",
        [86] = "inappropriate_fallback", /* RFC 7507, 2 */
        [90] = "user_canceled",
        [100] = "no_renegotiation",
        [109] = "missing_extension", /* RFC 8446, 6 */
        [110] = "unsupported_extension",
        /* RFC 6066, 9 */
        [111] = "certificate_unobtainable",
        [112] = "unrecognized_name",
        [113] = "bad_certificate_status_response",
        [114] = "bad_certificate_hash_value",
        [115] = "unknown_psk_identity",    /* RFC 4279, 6 */
        [116] = "certificate_required",    /* RFC 8446, 6 */
        [120] = "no_application_protocol", /* RFC 7301, 3.2 */
};

const char *alert_name(int alert)
{
        char text[32];

        if (alert >= 0 && (size_t) alert < G_N_ELEMENTS(alert_names) && alert_names[alert])
                return alert_names[alert];

        /* An AlertDescription is one octet: at most 256 of these are ever made. */
        snprintf(text, sizeof(text), "alert %d", CLAMP(alert, -1, 255));
        return g_intern_string(text);
}

static char *explain_timeout(const AlertContext *context)
{
        if (context->link_error == -ECONNREFUSED)
                return g_strdup("no answer from the server: nobody listens at its port "
                                "(connection refused)");
        if (context->link_error < 0)
                return g_strdup_printf("no answer from the server: %s",
                                       g_strerror(-context->link_error));
        if (context->words)
                return g_strdup_printf("no answer from the server: %s", context->words);
        return g_strdup("no answer from the server");
}

static char *explain_error(int error, const char *words)
{
        switch (-error) {
        case ENOKEY:
                return g_strdup("no key is set for this server");
        case EKEYREVOKED:
                return g_strdup("the key of this server was replaced or removed");
        case EKEYEXPIRED:
                return g_strdup("the key of this server has expired");
        case EKEYREJECTED:
                return g_strdup("the key of this server cannot be used with this security mode");
        case EPROTO:
                return g_strdup(words ? words
                                      : "the server or the security plugin broke the protocol");
        default:
                return g_strdup_printf("the security layer failed: %s",
                                       words ? words : g_strerror(-error));
        }
}

static bool is_reason(int16_t alert)
{
        return alert > 0; /* neither absent nor close_notify */
}

char *alert_explain(const LwmSecurityStatus *status, const AlertContext *context)
{
        if (is_reason(status->alert_received))
                return g_strdup_printf("the server %s: %s (alert %d)",
                                       context->was_ready ? "ended the session"
                                                          : "refused the handshake",
                                       alert_name(status->alert_received), status->alert_received);
        if (context->error == -ETIMEDOUT)
                return explain_timeout(context);
        if (is_reason(status->alert_sent))
                return g_strdup_printf("%s: %s (alert %d)",
                                       context->was_ready ? "the server's data was refused"
                                                          : "the server's handshake was refused",
                                       alert_name(status->alert_sent), status->alert_sent);
        if (context->error == 0)
                return g_strdup("the server closed the session");
        return explain_error(context->error, context->words);
}
