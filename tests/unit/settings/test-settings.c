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

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/settings/server", test_server);
        g_test_add_func("/settings/server-defaults", test_server_defaults);
        g_test_add_func("/settings/server-errors", test_server_errors);
        g_test_add_func("/settings/key-is-not-told", test_key_is_not_told);
        g_test_add_func("/settings/long-path", test_long_path);
        g_test_add_func("/settings/scheme", test_scheme);
        g_test_add_func("/settings/many-errors", test_many_errors);
        g_test_add_func("/settings/not-text", test_not_text);
        g_test_add_func("/settings/agent", test_agent);
        return g_test_run();
}
