/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* psk.so against the servers of OpenSSL and GnuTLS, over real sockets. */

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "udp-peer.h"

#define CCM_8 0xC0A8
#define CBC_SHA256 0x00AE
#define KEY "0123456789abcdef"
#define KEY_HEX "30313233343536373839616263646566"

typedef struct Suite {
        guint16 number;
        const char *openssl; /* cipher list */
        const char *gnutls;  /* priority */
} Suite;

static const Suite CCM = {
        CCM_8,
        "PSK-AES128-CCM8",
        "NONE:+VERS-DTLS1.2:+PSK:+AES-128-CCM-8:+AEAD:+SIGN-ALL:+COMP-NULL:+GROUP-ALL",
};
static const Suite CBC = {
        CBC_SHA256,
        "PSK-AES128-CBC-SHA256",
        "NONE:+VERS-DTLS1.2:+PSK:+AES-128-CBC:+SHA256:+SIGN-ALL:+COMP-NULL:+GROUP-ALL",
};

static const char *plugin_path;

static gboolean has_program(const char *name)
{
        g_autofree char *path = g_find_program_in_path(name);
        g_autofree char *text = g_strdup_printf("no %s here", name);

        if (!path)
                g_test_skip(text);

        return path != NULL;
}

/* It shows what it gets, and sends what is typed. */
static UdpPeer *openssl_new(FakeHost *host, const Suite *suite, const char *key_hex)
{
        g_autofree char *cipher = g_strdup_printf("%s:@SECLEVEL=0", suite->openssl);
        const char *argv[] = {
                "openssl", "s_server", "-accept",       "127.0.0.1:PORT", "-dtls1_2", "-nocert",
                "-psk",    key_hex,    "-psk_identity", "device-1",       "-cipher",  cipher,
                "-quiet",  NULL,
        };

        host->config.initial_timeout_ms = 200; /* until it listens */
        host->config.handshake_limit_ms = 6000;
        return udp_peer_new(host, argv);
}

/* It sends each message back. */
static UdpPeer *gnutls_new(FakeHost *host, const Suite *suite, const char *passwords)
{
        const char *argv[] = {
                "gnutls-serv", "--udp",      "--port=PORT", "--echo", "--pskpasswd",
                passwords,     "--priority", suite->gnutls, NULL,
        };

        host->config.initial_timeout_ms = 200;
        host->config.handshake_limit_ms = 6000;
        return udp_peer_new(host, argv);
}

static void assert_ready(FakeHost *host, const Suite *suite, gboolean resumed)
{
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        g_assert_cmpuint(fake_host_status(host)->cipher_suite, ==, suite->number);
        g_assert_cmpint(fake_host_status(host)->resumed, ==, resumed);
}

static void assert_answer(UdpPeer *peer, FakeHost *host, const char *text, const char *answer)
{
        g_autofree char *message = NULL;

        g_assert_cmpint(fake_host_send(host, text), ==, 0);
        message = udp_peer_wait_message(peer);
        g_assert_cmpstr(message, ==, answer);
}

/* A line each way. */
static void assert_talks(UdpPeer *peer, FakeHost *host, const char *ours, const char *theirs)
{
        g_autofree char *message = NULL;

        g_assert_cmpint(fake_host_send(host, ours), ==, 0);
        g_assert_true(udp_peer_shows(peer, ours));
        udp_peer_type(peer, theirs);
        message = udp_peer_wait_message(peer);
        g_assert_cmpstr(message, ==, theirs);
}

static void test_openssl(gconstpointer data)
{
        const Suite *suite = data;
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(UdpPeer) peer = NULL;

        if (!has_program("openssl"))
                return;

        peer = openssl_new(host, suite, KEY_HEX);
        g_assert_cmpint(fake_host_create(host), ==, 0);
        udp_peer_connect(peer);
        assert_ready(host, suite, FALSE);
        assert_talks(peer, host, "one\n", "eno\n");
        assert_talks(peer, host, "seven\n", "neves\n");
        g_assert_cmpint(fake_host_close(host), ==, 0);
}

static void test_openssl_resumes(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(UdpPeer) peer = NULL;
        g_autoptr(GBytes) saved = NULL;
        int error = 0;

        if (!has_program("openssl"))
                return;

        peer = openssl_new(host, &CCM, KEY_HEX);
        g_assert_cmpint(fake_host_create(host), ==, 0);
        udp_peer_connect(peer);
        assert_ready(host, &CCM, FALSE);
        assert_talks(peer, host, "one\n", "eno\n");
        saved = fake_host_save(host, LWM_SECURITY_SAVE_TICKET, &error);
        g_assert_nonnull(saved);
        g_assert_cmpint(fake_host_close(host), ==, 0);
        udp_peer_flush(peer);

        fake_host_destroy(host);
        fake_host_clear(host);
        udp_peer_reopen(peer);
        g_assert_cmpint(fake_host_restore(host, LWM_SECURITY_SAVE_TICKET, saved), ==, 0);
        udp_peer_connect(peer);
        assert_ready(host, &CCM, TRUE);
        g_assert_cmpuint(host->key_reads, ==, 1);
        assert_talks(peer, host, "two\n", "owt\n");
}

static void test_openssl_context(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(UdpPeer) peer = NULL;
        g_autoptr(GBytes) saved = NULL;
        int error = 0;

        if (!has_program("openssl"))
                return;

        peer = openssl_new(host, &CCM, KEY_HEX);
        g_assert_cmpint(fake_host_create(host), ==, 0);
        udp_peer_connect(peer);
        assert_talks(peer, host, "one\n", "eno\n");
        saved = fake_host_save(host, LWM_SECURITY_SAVE_CONTEXT, &error);
        g_assert_nonnull(saved);
        fake_host_destroy(host);
        g_assert_cmpint(fake_host_restore(host, LWM_SECURITY_SAVE_CONTEXT, saved), ==, 0);
        assert_ready(host, &CCM, TRUE);
        assert_talks(peer, host, "two\n", "owt\n");
}

/* OpenSSL drops a Finished it cannot read and says nothing (RFC 6347, 4.1.2.7). */
static void test_openssl_wrong_key(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(UdpPeer) peer = NULL;

        if (!has_program("openssl"))
                return;

        peer = openssl_new(host, &CCM, "ffeeddccbbaa99887766554433221100");
        host->config.handshake_limit_ms = 2000;
        g_assert_cmpint(fake_host_create(host), ==, 0);
        udp_peer_connect(peer);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);
        g_assert_cmpint(fake_host_status(host)->error, ==, -ETIMEDOUT);
        g_assert_true(fake_host_logged(host, "its key may not be ours"));
}

static char *write_passwords(char **ret_dir)
{
        g_autofree char *dir = g_dir_make_tmp("lwm2md-test-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(dir, "psk", NULL);

        g_assert_true(g_file_set_contents(path, "device-1:" KEY_HEX "\n", -1, NULL));
        *ret_dir = g_steal_pointer(&dir);
        return g_steal_pointer(&path);
}

static void remove_passwords(const char *path, const char *dir)
{
        g_remove(path);
        g_rmdir(dir);
}

static void test_gnutls(gconstpointer data)
{
        const Suite *suite = data;
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autofree char *dir = NULL;
        g_autofree char *passwords = NULL;
        UdpPeer *peer;

        if (!has_program("gnutls-serv"))
                return;

        passwords = write_passwords(&dir);
        peer = gnutls_new(host, suite, passwords);
        g_assert_cmpint(fake_host_create(host), ==, 0);
        udp_peer_connect(peer);
        assert_ready(host, suite, FALSE);
        assert_answer(peer, host, "one\n", "one\n");
        udp_peer_free(peer);
        remove_passwords(passwords, dir);
}

/* GnuTLS does not tell who is unknown to it: it goes on with a key of chance. */
static void test_gnutls_unknown_identity(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autofree char *dir = NULL;
        g_autofree char *passwords = NULL;
        UdpPeer *peer;

        if (!has_program("gnutls-serv"))
                return;

        passwords = write_passwords(&dir);
        peer = gnutls_new(host, &CCM, passwords);
        host->config.handshake_limit_ms = 2000;
        fake_host_set_identity(host, "device-2");
        g_assert_cmpint(fake_host_create(host), ==, 0);
        udp_peer_connect(peer);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);
        g_assert_cmpint(fake_host_status(host)->error, ==, -ETIMEDOUT);
        g_assert_true(fake_host_logged(host, "its key may not be ours"));
        udp_peer_free(peer);
        remove_passwords(passwords, dir);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 2);
        plugin_path = argv[1];

        g_test_add_data_func("/psk/openssl/ccm-8", &CCM, test_openssl);
        g_test_add_data_func("/psk/openssl/cbc-sha256", &CBC, test_openssl);
        g_test_add_func("/psk/openssl/resumes", test_openssl_resumes);
        g_test_add_func("/psk/openssl/context", test_openssl_context);
        g_test_add_func("/psk/openssl/wrong-key", test_openssl_wrong_key);
        g_test_add_data_func("/psk/gnutls/ccm-8", &CCM, test_gnutls);
        g_test_add_data_func("/psk/gnutls/cbc-sha256", &CBC, test_gnutls);
        g_test_add_func("/psk/gnutls/unknown-identity", test_gnutls_unknown_identity);
        return g_test_run();
}
