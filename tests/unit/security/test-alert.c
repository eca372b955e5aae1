/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/alert.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

static void test_names(void)
{
        g_assert_cmpstr(alert_name(0), ==, "close_notify");
        g_assert_cmpstr(alert_name(20), ==, "bad_record_mac");
        g_assert_cmpstr(alert_name(40), ==, "handshake_failure");
        g_assert_cmpstr(alert_name(115), ==, "unknown_psk_identity");
        g_assert_cmpstr(alert_name(200), ==, "alert 200");
        g_assert_cmpstr(alert_name(1), ==, "alert 1");
        g_assert_cmpstr(alert_name(-5), ==, "alert -1");
        g_assert_true(alert_name(200) == alert_name(200));
}

static void test_texts(void)
{
        static const struct {
                int16_t sent, received;
                AlertContext context;
                const char *text;
        } cases[] = {
                {-1,
                 115,
                 {-ECONNABORTED, false},
                 "the server refused the handshake: unknown_psk_identity (alert 115)"},
                {-1,
                 80,
                 {-ECONNRESET, true, 0, "said"},
                 "the server ended the session: internal_error (alert 80)"},
                {20,
                 -1,
                 {-EPROTO, false, 0, "said"},
                 "the server's handshake was refused: bad_record_mac (alert 20)"},
                {20,
                 -1,
                 {-EPROTO, true},
                 "the server's data was refused: bad_record_mac (alert 20)"},
                {-1, -1, {-ETIMEDOUT}, "no answer from the server"},
                {-1,
                 -1,
                 {-ETIMEDOUT, false, 0, "its key may not be ours"},
                 "no answer from the server: its key may not be ours"},
                {-1,
                 -1,
                 {-ETIMEDOUT, false, -ECONNREFUSED, "said"},
                 "no answer from the server: nobody listens at its port (connection refused)"},
                {-1,
                 -1,
                 {-ETIMEDOUT, false, -ENETUNREACH},
                 "no answer from the server: Network is unreachable"},
                {0, 0, {0, true, 0, "said"}, "the server closed the session"},
                {-1, -1, {-ENOKEY, false, 0, "said"}, "no key is set for this server"},
                {-1, -1, {-EKEYREVOKED}, "the key of this server was replaced or removed"},
                {-1, -1, {-EPROTO, false, 0, "no suite in common"}, "no suite in common"},
                {-1, -1, {-EPROTO}, "the server or the security plugin broke the protocol"},
                {-1, -1, {-ENOMEM}, "the security layer failed: Cannot allocate memory"},
                {-1, -1, {-ENOMEM, true, 0, "said"}, "the security layer failed: said"},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                LwmSecurityStatus status = {
                        .size = sizeof(status),
                        .alert_sent = cases[i].sent,
                        .alert_received = cases[i].received,
                };
                g_autofree char *text = alert_explain(&status, &cases[i].context);

                g_assert_cmpstr(text, ==, cases[i].text);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/security/alert/names", test_names);
        g_test_add_func("/security/alert/texts", test_texts);
        return g_test_run();
}
