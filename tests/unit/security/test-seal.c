/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/seal.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/kernel-key.h"
#include "seal-fixture.h"
#include "test-util.h"

static void test_round_trip(Fixture *f, gconstpointer data)
{
        g_autofree char *first = NULL, *second = NULL;
        size_t len, second_len;

        assert_error(f->seal, "name", -ENOENT);
        put(f->seal, "name", OLD);
        assert_content(f->seal, "name", OLD, false);
        first = load(f, "name", &len);
        g_assert_null(memmem(first, len, "secret", 6));

        /* A nonce of its own each time (SP 800-38D, 8): the same content does not look the same. */
        put(f->seal, "name", OLD);
        second = load(f, "name", &second_len);
        g_assert_cmpuint(len, ==, second_len);
        g_assert_cmpint(memcmp(first + 16, second + 16, 12), !=, 0);
        g_assert_cmpint(memcmp(first + 28, second + 28, len - 28), !=, 0);

        put(f->seal, "empty", "");
        assert_content(f->seal, "empty", "", false);
}

static void test_restart(Fixture *f, gconstpointer data)
{
        put(f->seal, "name", OLD);
        g_assert_cmpstr(seal_key_source(f->seal), ==, "file");
        g_assert_nonnull(strstr(f->log->str, "no systemd credential"));
        g_clear_pointer(&f->seal, seal_free);

        g_string_truncate(f->log, 0);
        g_assert_cmpint(seal_new(f->directory, NULL, &f->seal), ==, 0);
        g_assert_cmpstr(f->log->str, ==, "");
        assert_content(f->seal, "name", OLD, false);
}

#define SEVENTY "a234567890123456789012345678901234567890123456789012345678901234567890"

static void test_names(Fixture *f, gconstpointer data)
{
        static const char *const bad[] = {"", ".hidden", "a/b", "../a", "a~", SEVENTY};

        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_assert_cmpint(seal_write(f->seal, bad[i], "x", 1), ==, -EINVAL);
                g_assert_cmpint(seal_remove(f->seal, bad[i]), ==, -EINVAL);
                assert_error(f->seal, bad[i], -EINVAL);
        }
}

static void test_too_long(Fixture *f, gconstpointer data)
{
        g_autofree char *text = g_malloc0(SEAL_MAX_SIZE + 1);
        g_autofree char *huge = g_malloc0(SEAL_MAX_SIZE * 2);

        put(f->seal, "name", OLD);
        g_assert_cmpint(seal_write(f->seal, "name", text, SEAL_MAX_SIZE + 1), ==, -EMSGSIZE);
        assert_content(f->seal, "name", OLD, false);
        g_assert_cmpint(seal_write(f->seal, "long", text, SEAL_MAX_SIZE), ==, 0);

        store(f, "huge", huge, SEAL_MAX_SIZE * 2);
        assert_error(f->seal, "huge", -EBADMSG);
}

/* A sealed file under another name is not that other file. */
static void test_renamed(Fixture *f, gconstpointer data)
{
        g_autofree char *content = NULL;
        size_t len;

        put(f->seal, "key-101-psk", OLD);
        content = load(f, "key-101-psk", &len);
        store(f, "key-102-psk", content, len);
        assert_error(f->seal, "key-102-psk", -EBADMSG);
        g_assert_nonnull(strstr(f->log->str, "key-102-psk: torn or tampered with, not used"));
}

static void test_torn(Fixture *f, gconstpointer data)
{
        g_autofree char *content = NULL;
        size_t len;

        put(f->seal, "name", NEW);
        content = load(f, "name", &len);
        for (size_t cut = 0; cut < len; cut++) {
                store(f, "name", content, cut);
                assert_error(f->seal, "name", -EBADMSG);
        }
        store(f, "name", content, len);
        assert_content(f->seal, "name", NEW, false);
}

static void test_tampered(Fixture *f, gconstpointer data)
{
        g_autofree char *content = NULL;
        size_t len;

        put(f->seal, "name", NEW);
        content = load(f, "name", &len);
        for (size_t i = 0; i < len; i++) {
                content[i] ^= 1;
                store(f, "name", content, len);
                assert_error(f->seal, "name", -EBADMSG);
                content[i] ^= 1;
        }
}

static void test_previous(Fixture *f, gconstpointer data)
{
        put(f->seal, "name", OLD);
        put(f->seal, "name", NEW);
        store(f, "name", "torn", 4);
        assert_content(f->seal, "name", OLD, true);
        g_assert_nonnull(strstr(f->log->str, "/name: torn, or not a sealed file, not used"));

        /* What is written over a damaged generation leaves the sound one before it where it is. */
        put(f->seal, "name", NEW);
        assert_content(f->seal, "name", NEW, false);
        store(f, "name", "", 0);
        assert_content(f->seal, "name", OLD, true);

        store(f, "name~", "", 0);
        assert_error(f->seal, "name", -EBADMSG);
}

static void test_remove(Fixture *f, gconstpointer data)
{
        put(f->seal, "name", OLD);
        put(f->seal, "name", NEW);
        g_assert_cmpint(seal_remove(f->seal, "name"), ==, 0);
        assert_error(f->seal, "name", -ENOENT);
        g_assert_cmpint(seal_remove(f->seal, "name"), ==, 0);
}

static void test_list(Fixture *f, gconstpointer data)
{
        g_autoptr(GPtrArray) names = NULL;

        put(f->seal, "key-2", OLD);
        put(f->seal, "key-1", OLD);
        put(f->seal, "key-1", NEW);
        put(f->seal, "other", OLD);
        store(f, "key-3~", "only the generation before", 26);
        g_assert_cmpint(seal_list(f->seal, "key-", &names), ==, 0);
        g_assert_cmpuint(names->len, ==, 3);
        g_assert_cmpstr(names->pdata[0], ==, "key-1");
        g_assert_cmpstr(names->pdata[1], ==, "key-2");
        g_assert_cmpstr(names->pdata[2], ==, "key-3");
}

static void test_another_key(Fixture *f, gconstpointer data)
{
        put(f->seal, "name", OLD);
        g_clear_pointer(&f->seal, seal_free);
        store(f, "master.key", "0123456789abcdef0123456789abcdef", 32);
        g_assert_cmpint(chmod(f->directory, 0700), ==, 0);
        g_autofree char *path = g_build_filename(f->directory, "master.key", NULL);
        g_assert_cmpint(chmod(path, 0600), ==, 0);

        g_assert_cmpint(seal_new(f->directory, NULL, &f->seal), ==, 0);
        assert_error(f->seal, "name", -EBADMSG);
        g_assert_nonnull(strstr(f->log->str, "sealed under another master key"));
}

static void test_key_file(Fixture *f, gconstpointer data)
{
        g_autofree char *path = g_build_filename(f->directory, "master.key", NULL);
        struct stat st;
        Seal *other;

        g_assert_cmpint(stat(path, &st), ==, 0);
        g_assert_cmpuint(st.st_mode & 07777, ==, 0600);
        g_assert_cmpint(st.st_size, ==, 32);

        g_assert_cmpint(chmod(path, 0640), ==, 0);
        g_assert_cmpint(seal_new(f->directory, NULL, &other), ==, -EPERM);
        g_assert_cmpint(chmod(path, 0600), ==, 0);

        g_assert_cmpint(truncate(path, 31), ==, 0);
        g_assert_cmpint(seal_new(f->directory, NULL, &other), ==, -EBADMSG);
        g_assert_cmpint(truncate(path, 33), ==, 0);
        g_assert_cmpint(seal_new(f->directory, NULL, &other), ==, -EBADMSG);
}

static void test_credential(Fixture *f, gconstpointer data)
{
        char *credentials = test_dir_new();
        Seal *seal;

        put(f->seal, "name", OLD);

        /* No such credential: as without. */
        g_assert_cmpint(seal_new(f->directory, credentials, &seal), ==, 0);
        g_assert_cmpstr(seal_key_source(seal), ==, "file");
        assert_content(seal, "name", OLD, false);
        seal_free(seal);

        test_dir_put(credentials, "lwm2md.kmk", "0123456789abcdef0123456789abcdef");
        g_assert_cmpint(seal_new(f->directory, credentials, &seal), ==, 0);
        g_assert_cmpstr(seal_key_source(seal), ==, "credential");
        assert_error(seal, "name", -EBADMSG);
        put(seal, "other", NEW);
        assert_content(seal, "other", NEW, false);
        assert_error(f->seal, "other", -EBADMSG);
        seal_free(seal);

        test_dir_put(credentials, "lwm2md.kmk", "short");
        g_assert_cmpint(seal_new(f->directory, credentials, &seal), ==, -EBADMSG);
        test_dir_free(credentials);
}

#define ADD(name, func)                                                                            \
        g_test_add("/security/seal/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int main(int argc, char **argv)
{
        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        ADD("round-trip", test_round_trip);
        ADD("restart", test_restart);
        ADD("names", test_names);
        ADD("too-long", test_too_long);
        ADD("renamed", test_renamed);
        ADD("torn", test_torn);
        ADD("tampered", test_tampered);
        ADD("previous", test_previous);
        ADD("remove", test_remove);
        ADD("list", test_list);
        ADD("another-key", test_another_key);
        ADD("key-file", test_key_file);
        ADD("credential", test_credential);
        return g_test_run();
}
