/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "settings.h"

static void parse_server(const char *text, const char *expected_error, ServerSettings *ret)
{
        g_autoptr(GError) error = NULL;
        ServerSettings settings = {0};
        gboolean ok = server_settings_parse("x.conf", text, strlen(text), &settings, &error);

        if (expected_error) {
                g_assert_false(ok);
                g_assert_cmpstr(error->message, ==, expected_error);
                return;
        }
        g_assert_no_error(error);
        g_assert_true(ok);
        if (ret)
                *ret = settings;
        else
                server_settings_clear(&settings);
}

static void test_server(void)
{
        ServerSettings settings;

        parse_server(
                "# a comment\n[Server]\nuri = coaps://lwm2m.example.net:5684\n\nssid=101\n"
                "psk-identity = gateway 17\npsk-file=/etc/key\npsk-encoding = hex\nlifetime = 60\n"
                "pmin=5\npmax=300\nstoring = no\nretry-count=3\n",
                NULL, &settings);
        g_assert_cmpstr(settings.account.uri, ==, "coaps://lwm2m.example.net:5684");
        g_assert_cmpuint(settings.account.ssid, ==, 101);
        g_assert_cmpint(settings.account.mode, ==, SECURITY_MODE_PSK);
        g_assert_cmpuint(settings.account.lifetime, ==, 60);
        g_assert_cmpuint(settings.account.pmin, ==, 5);
        g_assert_cmpuint(settings.account.pmax, ==, 300);
        g_assert_false(settings.account.storing);
        g_assert_cmpuint(settings.account.retry_count, ==, 3);
        g_assert_cmpstr(settings.account.source, ==, "x.conf");
        g_assert_cmpstr(settings.psk_identity, ==, "gateway 17");
        g_assert_cmpstr(settings.psk.file, ==, "/etc/key");
        g_assert_true(settings.psk.hex);
        g_assert_cmpuint(settings.psk.line, ==, 7);
        server_settings_clear(&settings);
}

static void test_server_defaults(void)
{
        ServerSettings settings;

        parse_server("[Server]\nuri=coap://[::1]\nssid=1\n", NULL, &settings);
        g_assert_cmpint(settings.account.mode, ==, SECURITY_MODE_NOSEC);
        g_assert_cmpuint(settings.account.lifetime, ==, 86400);
        g_assert_true(settings.account.storing);
        g_assert_cmpstr(settings.account.binding, ==, "U");
        g_assert_null(settings.psk.file);
        server_settings_clear(&settings);
}

/* Each error names file and line, what is wrong, and what is allowed. */
static void test_server_errors(void)
{
        parse_server("[Server]\nuri = coaps://a\nssid = 65535\n",
                     "x.conf:3: ssid: \"65535\" is not allowed; allowed: a number from 1 to 65534",
                     NULL);
        parse_server("[Server]\nuri = coaps://a\nssid = 7\nmode = pks\n",
                     "x.conf:4: mode: \"pks\" is not allowed; allowed: psk, nosec", NULL);
        parse_server("[Server]\nuri = coaps://a\nssid = 7\nstoring = maybe\n",
                     "x.conf:4: storing: \"maybe\" is not allowed; allowed: yes, no", NULL);
        parse_server("[Server]\nuri = coaps://a\nssid = 7\nssid = 8\n",
                     "x.conf:4: ssid: given already in line 3", NULL);
        parse_server(
                "[Server]\nuri = coaps://a\nssid = 7\npsk = 0123456789abcdef\n",
                "x.conf:4: psk: a key never stands in this file; use psk-file, psk-credential or "
                "\"lwm2mctl key-set\"",
                NULL);
        parse_server("[Server]\nssid = 7\n",
                     "x.conf:2: uri is missing, such as coaps://lwm2m.example.net:5684", NULL);
        parse_server("[Server]\nuri = coaps://a\n",
                     "x.conf:2: ssid is missing; allowed: a number from 1 to 65534", NULL);
        parse_server("[Server]\nuri = coaps://a\nssid = 7\npsk-file = key.bin\n",
                     "x.conf:4: psk-file: the path must begin with /", NULL);
        parse_server("[Server]\nuri = coaps://a\nssid = 7\npsk-file = /k\npsk-credential = k\n",
                     "x.conf:5: psk-file and psk-credential exclude each other", NULL);
        parse_server("[Sever]\nuri = coaps://a\n",
                     "x.conf:2: unknown section [Sever]; allowed: Server", NULL);
        parse_server("uri = coaps://a\n", "x.conf:1: a key before the first [SECTION]", NULL);
        parse_server("[Server\n", "x.conf:1: a section reads [NAME]", NULL);
        parse_server("[Server]\nnonsense\n",
                     "x.conf:2: neither [SECTION], nor key = value, nor a comment", NULL);
        parse_server("[Server]\nuri = coap://a\nssid = 7\npsk-identity = me\n",
                     "x.conf:4: psk-identity: mode nosec has none", NULL);
        parse_server("[Server]\nuri = coap://a\nssid = 7\npsk-file = /k\n",
                     "x.conf:4: psk-file: mode nosec has no key", NULL);
        parse_server("[Server]\nuri = coap://a\nssid = 7\npsk-credential = k\n",
                     "x.conf:4: psk-credential: mode nosec has no key", NULL);
}

static void test_sms_server(void)
{
        static const uint8_t parameters[] = {0x12, 0x12, 0x16, 0x00, 0xB2, 0x02, 0x03};
        ServerSettings settings;

        parse_server("[Server]\nuri = tel:+1-212-555-0178\nssid = 102\nbinding = SQ\n"
                     "sms-mode = secured-packet-device\nsms-parameters = 1212 1600 b20203\n"
                     "sms-key-credential = sms\nsms-key-encoding = hex\n"
                     "sms-options = cc=4,por=yes\ntrigger = yes\n"
                     "sms-coding = 00 04\nsms-strict = yes\n",
                     NULL, &settings);
        g_assert_cmpint(settings.account.mode, ==, SECURITY_MODE_NOSEC);
        g_assert_cmpuint(settings.account.sms_mode, ==, SMS_MODE_SECURED_PACKET_DEVICE);
        g_assert_cmpstr(settings.account.sms_number, ==, "12125550178");
        g_assert_cmpstr(settings.account.binding, ==, "SQ");
        g_assert_cmpstr(settings.account.sms_options, ==, "cc=4,por=yes");
        g_assert_true(settings.account.trigger);
        g_assert_cmphex(settings.account.sms_coding, ==, 0x0004);
        g_assert_true(settings.account.sms_strict);
        g_assert_cmpmem(g_bytes_get_data(settings.sms_parameters, NULL),
                        g_bytes_get_size(settings.sms_parameters), parameters, sizeof(parameters));
        g_assert_cmpuint(settings.sms_parameters_line, ==, 6);
        g_assert_cmpstr(settings.sms_key.credential, ==, "sms");
        g_assert_true(settings.sms_key.hex);
        g_assert_cmpuint(settings.sms_key.line, ==, 7);
        server_settings_clear(&settings);
}

#define SMS_SERVER "[Server]\nuri = tel:+12125550178\nssid = 7\nsms-mode = secured-packet\n"

static void test_sms_server_errors(void)
{
        parse_server("[Server]\nuri = tel:+12125550178\nssid = 7\n",
                     "x.conf:2: binding S needs an SMS mode; allowed: secured-packet, "
                     "secured-packet-device, nosec",
                     NULL);
        parse_server(SMS_SERVER "binding = U\n",
                     "x.conf:5: binding U needs a coap or coaps URI, not a telephone number", NULL);
        parse_server(SMS_SERVER "sms-fallback = yes\n",
                     "x.conf:5: SMS fallback needs a coap or coaps URI, not a telephone number",
                     NULL);
        parse_server(SMS_SERVER "sms-parameters = 12\n",
                     "x.conf:5: sms-parameters: allowed: KIc, KID, SPI and TAR, 12 or 14 "
                     "hexadecimal digits",
                     NULL);
        parse_server(SMS_SERVER "sms-number = gateway\n",
                     "x.conf:5: sms-number: allowed: 3 to 20 digits", NULL);
        parse_server(SMS_SERVER "sms-coding = 0000\n",
                     "x.conf:5: sms-coding: allowed: TP-PID and TP-DCS of 8-bit data, 4 "
                     "hexadecimal digits such as 0004",
                     NULL);
        parse_server(SMS_SERVER "sms-key = 0123456789abcdef\n",
                     "x.conf:5: sms-key: a key never stands in this file; use sms-key-file, "
                     "sms-key-credential or \"lwm2mctl key-set\"",
                     NULL);
        parse_server(SMS_SERVER "sms-key-file = key\n",
                     "x.conf:5: sms-key-file: the path must begin with /", NULL);
        parse_server(SMS_SERVER "sms-key-file = /k\nsms-key-credential = k\n",
                     "x.conf:6: sms-key-file and sms-key-credential exclude each other", NULL);
        parse_server("[Server]\nuri = coaps://a\nssid = 7\nsms-key-file = /k\n",
                     "x.conf:4: sms-key-file: this sms-mode has no key", NULL);
        parse_server("[Server]\nuri = coaps://a\nssid = 7\nsms-parameters = 12121600B20203\n",
                     "x.conf:4: sms-parameters: this sms-mode has none", NULL);
}

/* The path is the account's source: one that is cut would be another file. */
static void test_long_path(void)
{
        g_autofree char *path = g_strnfill(256, 'x');
        const char *text = "[Server]\nuri = coaps://a\nssid = 7\n";
        g_autoptr(GError) error = NULL;
        ServerSettings settings;

        g_assert_false(server_settings_parse(path, text, strlen(text), &settings, &error));
        g_assert_true(g_str_has_suffix(error->message,
                                       ":1: the path of this file is longer than 255 octets"));
        g_clear_error(&error);
        g_assert_true(server_settings_parse(path + 1, text, strlen(text), &settings, &error));
        server_settings_clear(&settings);
}

/* A key that somebody wrote into the file does not get into the error, and so into the log. */
static void test_key_is_not_told(void)
{
        static const char *const texts[] = {
                "[Server]\nuri = coaps://a\nssid = 7\npsk = s3cr3tvalue\n",
                "[Server]\nuri = coaps://a\nssid = 7\npsk s3cr3tvalue\n",
                "[Server]\nuri = coaps://a\nssid = 7\npsk-file =\ns3cr3tvalue\n",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
                g_autoptr(GError) error = NULL;
                ServerSettings settings;

                g_assert_false(server_settings_parse("x.conf", texts[i], strlen(texts[i]),
                                                     &settings, &error));
                g_assert_null(strstr(error->message, "s3cr3t"));
        }
}

static void test_scheme(void)
{
        g_autoptr(GError) error = NULL;
        ServerSettings settings;
        const char *text = "[Server]\nuri = http://a\nssid = 7\n";

        g_assert_false(server_settings_parse("x.conf", text, strlen(text), &settings, &error));
        g_assert_true(g_str_has_prefix(error->message, "x.conf:2: "));
        g_assert_nonnull(strstr(error->message, "coap"));
}

static void test_many_errors(void)
{
        g_autoptr(GString) text = g_string_new("[Server]\n");
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) lines = NULL;
        ServerSettings settings;

        for (int i = 0; i < 30; i++)
                g_string_append_printf(text, "wrong%d = 1\n", i);
        g_assert_false(server_settings_parse("x.conf", text->str, text->len, &settings, &error));
        lines = g_strsplit(error->message, "\n", -1);
        g_assert_cmpuint(g_strv_length(lines), ==, CONFIG_FILE_MAX_ERRORS + 1);
        g_assert_cmpstr(lines[CONFIG_FILE_MAX_ERRORS], ==, "x.conf: and 20 more errors");
}

static void test_not_text(void)
{
        static const char binary[] = "[Server]\nuri = \0\n";
        g_autofree char *huge = g_strnfill(CONFIG_FILE_MAX_SIZE + 1, '\n');
        g_autoptr(GError) error = NULL;

        g_assert_null(config_file_parse("x.conf", binary, sizeof(binary) - 1, &error));
        g_assert_cmpstr(error->message, ==, "x.conf:1: not a text in UTF-8");
        g_clear_error(&error);
        g_assert_null(config_file_parse("x.conf", "\xff\xfe", 2, &error));
        g_assert_cmpstr(error->message, ==, "x.conf:1: not a text in UTF-8");
        g_clear_error(&error);
        g_assert_null(config_file_parse("x.conf", huge, strlen(huge), &error));
        g_assert_cmpstr(error->message, ==, "x.conf:1: longer than 65536 octets");
}

static void test_agent(void)
{
        g_autofree char *path = g_build_filename(g_get_tmp_dir(), "lwm2md-test-XXXXXX", NULL);
        g_autoptr(GError) error = NULL;
        Settings settings;
        int fd = g_mkstemp(path);

        g_close(fd, NULL);
        g_assert_true(g_file_set_contents(
                path, "[Agent]\nendpoint = urn:dev:mac:{mac}\n[Log]\nlevel=debug\n", -1, NULL));
        g_assert_true(settings_read(path, &settings, &error));
        g_assert_cmpstr(settings.endpoint, ==, "urn:dev:mac:{mac}");
        g_assert_cmpstr(settings.log_level, ==, "debug");
        g_assert_cmpstr(settings.lwm2m_version, ==, "1.1");
        settings_free(&settings);
        g_assert_true(g_file_set_contents(path, "[Agent]\nlwm2m-version = 2\n", -1, NULL));
        g_assert_false(settings_read(path, &settings, &error));
        g_assert_true(g_str_has_suffix(
                error->message, ":2: lwm2m-version: \"2\" is not allowed; allowed: 1.1, 1.0"));
        g_clear_error(&error);
        g_assert_true(g_file_set_contents(path, "[Agent]\n\nendpoint = urn:{mac}:{imie}:{serial}\n",
                                          -1, NULL));
        g_assert_false(settings_read(path, &settings, &error));
        g_assert_nonnull(strstr(error->message, ":3: endpoint: {imie} is not known; allowed: "));
        g_remove(path);
        g_clear_error(&error);
        g_assert_true(settings_read(path, &settings, &error)); /* no file: the defaults */
        g_assert_cmpstr(settings.endpoint, ==, "urn:uuid:{machine-id}");
        settings_free(&settings);
}

static void read_text(const char *text, const char *expected_error, Settings *ret)
{
        g_autofree char *path = g_build_filename(g_get_tmp_dir(), "lwm2md-test-XXXXXX", NULL);
        g_autoptr(GError) error = NULL;
        gboolean ok;
        int fd = g_mkstemp(path);

        g_close(fd, NULL);
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
        ok = settings_read(path, ret, &error);
        g_remove(path);
        if (expected_error) {
                g_assert_false(ok);
                g_assert_true(g_str_has_suffix(error->message, expected_error));
        } else {
                g_assert_no_error(error);
        }
}

static void test_sms(void)
{
        Settings settings;

        read_text("", NULL, &settings);
        g_assert_true(settings.sms.enabled);
        g_assert_null(settings.sms.own_number);
        g_assert_cmpuint(settings.sms.budget_per_hour, ==, 100);
        g_assert_cmpuint(settings.sms.budget_per_day, ==, 500);
        g_assert_cmpuint(settings.sms.response_timeout, ==, 180);
        g_assert_cmpuint(settings.sms.block_size, ==, 64);
        g_assert_cmpuint(settings.sms.max_segments, ==, 4);
        settings_free(&settings);

        read_text("[Sms]\nenabled = no\nown-number = +491721234567\ncountry-code = 49\n"
                  "budget-per-hour = 0\nblock-size = 128\nmax-segments = 8\n",
                  NULL, &settings);
        g_assert_false(settings.sms.enabled);
        g_assert_cmpstr(settings.sms.own_number, ==, "+491721234567");
        g_assert_cmpstr(settings.sms.country_code, ==, "49");
        g_assert_cmpstr(settings.sms.international_prefix, ==, "00");
        g_assert_cmpuint(settings.sms.budget_per_hour, ==, 0);
        g_assert_cmpuint(settings.sms.block_size, ==, 128);
        g_assert_cmpuint(settings.sms.max_segments, ==, 8);
        settings_free(&settings);

        read_text("[Sms]\nblock-size = 65\n",
                  ":2: block-size: not allowed; allowed: 16, 32, 64, 128, 256, 512, 1024",
                  &settings);
        read_text("[Sms]\nown-number = gateway\n",
                  ":2: own-number: not allowed; allowed: digits, with + in front or without",
                  &settings);
        read_text("[Sms]\ncountry-code = +49\n",
                  ":2: country-code: not allowed; allowed: 1 to 3 digits", &settings);
        read_text("[Sms]\nmax-segments = 9\n",
                  ":2: max-segments: \"9\" is not allowed; allowed: a number from 2 to 8",
                  &settings);
        /* No Register fits in one. */
        read_text("[Sms]\nmax-segments = 1\n",
                  ":2: max-segments: \"1\" is not allowed; allowed: a number from 2 to 8",
                  &settings);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/settings/server", test_server);
        g_test_add_func("/settings/server-defaults", test_server_defaults);
        g_test_add_func("/settings/server-errors", test_server_errors);
        g_test_add_func("/settings/R22-sms-server", test_sms_server);
        g_test_add_func("/settings/R22-sms-server-errors", test_sms_server_errors);
        g_test_add_func("/settings/sms", test_sms);
        g_test_add_func("/settings/key-is-not-told", test_key_is_not_told);
        g_test_add_func("/settings/long-path", test_long_path);
        g_test_add_func("/settings/scheme", test_scheme);
        g_test_add_func("/settings/many-errors", test_many_errors);
        g_test_add_func("/settings/not-text", test_not_text);
        g_test_add_func("/settings/agent", test_agent);
        return g_test_run();
}
