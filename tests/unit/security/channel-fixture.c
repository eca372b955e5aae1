/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "channel-fixture.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "test-util.h"

static void on_line(LogLevel level, const char *line, void *user)
{
        g_string_append_printf(user, "%s\n", line);
}

/* The build directory may be writable for a group, and a plugin in it refused. */
static void load_plugin(Fixture *f)
{
        g_autofree char *from = g_build_filename(g_getenv("TEST_PLUGINS"), "good.so", NULL);
        g_autofree char *to = g_build_filename(f->directory, "good.so", NULL);
        g_autofree char *content = NULL;
        g_autoptr(GError) error = NULL;
        size_t len;

        g_assert_true(g_file_get_contents(from, &content, &len, NULL));
        g_assert_true(g_file_set_contents(to, content, (gssize) len, NULL));
        g_assert_cmpint(chmod(to, 0644), ==, 0);
        f->loader = loader_new();
        loader_load_file(f->loader, to, true, &error);
        g_assert_no_error(error);
        f->config.plugin = loader_get(f->loader, 0)->plugin;
}

void fixture_set_up(Fixture *f, gconstpointer data)
{
        f->directory = test_dir_new();
        f->told = g_string_new(NULL);
        f->log = g_string_new(NULL);
        log_set_sink(on_line, f->log);
        load_plugin(f);
        f->clock = clock_new_manual(FIXTURE_START, FIXTURE_TIME * G_USEC_PER_SEC);
        g_assert_cmpint(seal_new(f->directory, NULL, &f->seal), ==, 0);
        g_assert_cmpint(keystore_new(f->seal, &f->keys), ==, 0);
        g_assert_cmpint(keystore_set(f->keys, 101, KEY_SLOT_PSK, "the key", 7), ==, 0);
        f->vault = vault_new(f->seal);
        f->config.account = 101;
        f->config.keystore = f->keys;
        f->config.vault = f->vault;
        f->config.name = "server 101";
        g_string_truncate(f->log, 0);
}

void fixture_tear_down(Fixture *f, gconstpointer data)
{
        channel_free(f->channel);
        clock_free(f->clock);
        vault_free(f->vault);
        keystore_free(f->keys);
        seal_free(f->seal);
        loader_free(f->loader);
        log_set_sink(NULL, NULL);
        g_string_free(f->told, TRUE);
        g_string_free(f->log, TRUE);
        test_dir_free(f->directory);
}

static void free_if(Fixture *f, const char *where)
{
        if (g_strcmp0(f->free_in, where) == 0)
                g_clear_pointer(&f->channel, channel_free);
}

static void on_ready(void *user)
{
        Fixture *f = user;

        g_string_append(f->told, "ready ");
        free_if(f, "ready");
}

static void on_message(const void *data, size_t len, void *user)
{
        Fixture *f = user;
        g_autofree char *before = g_strndup(data, len);
        g_autofree char *after = NULL;

        g_string_append_printf(f->told, "message:%s ", before);
        if (f->reply) {
                const char *reply = g_steal_pointer(&f->reply);

                g_assert_cmpint(channel_send(f->channel, reply, strlen(reply)), ==, 0);
        }
        if (g_strcmp0(f->close_in, "message") == 0)
                channel_close(f->channel);
        free_if(f, "message");

        /* Whatever was done meanwhile. */
        after = g_strndup(data, len);
        g_assert_cmpstr(after, ==, before);
}

static void on_closed(void *user)
{
        Fixture *f = user;

        g_string_append_printf(f->told, "closed:%d:%s ", channel_error(f->channel),
                               channel_error_text(f->channel));
        free_if(f, "closed");
}

static const ChannelOps ops = {
        .on_ready = on_ready,
        .on_message = on_message,
        .on_closed = on_closed,
};

int fixture_new(Fixture *f, const char *at_start, const char *at_expire)
{
        int r;

        if (at_start)
                g_assert_cmpint(keystore_set(f->keys, 101, KEY_SLOT_PSK_IDENTITY, at_start,
                                             strlen(at_start)),
                                ==, 0);
        f->config.server_name = at_expire;
        f->link = fake_link_new();
        r = channel_new(f->clock, f->link, &f->config, &ops, f, &f->channel);
        if (r < 0)
                f->link = NULL;
        return r;
}

void fixture_start(Fixture *f, const char *at_start, const char *at_expire)
{
        g_assert_cmpint(fixture_new(f, at_start, at_expire), ==, 0);
        g_assert_cmpint(channel_start(f->channel), ==, 0);
        g_assert_cmpstr(f->told->str, ==, "");
}

void fixture_start_ready(Fixture *f)
{
        fixture_start(f, "ready", NULL);
        fixture_run(f, 0);
        fixture_assert_told(f, "ready ");
}

void fixture_receive(Fixture *f, const char *script)
{
        fake_link_inject(f->link, script, strlen(script));
}

void fixture_run(Fixture *f, gint64 by)
{
        clock_advance(f->clock, by);
}

void fixture_assert_told(Fixture *f, const char *expected)
{
        g_assert_cmpstr(f->told->str, ==, expected);
        g_string_truncate(f->told, 0);
}

void fixture_assert_sent(Fixture *f, const char *expected)
{
        g_autoptr(GString) sent = g_string_new(NULL);
        GBytes *datagram;

        while ((datagram = fake_link_take(f->link))) {
                g_string_append_len(sent, g_bytes_get_data(datagram, NULL),
                                    (gssize) g_bytes_get_size(datagram));
                g_string_append_c(sent, ' ');
                g_bytes_unref(datagram);
        }
        g_assert_cmpstr(sent->str, ==, expected);
}

void fixture_assert_logged(Fixture *f, const char *part)
{
        g_assert_nonnull(strstr(f->log->str, part));
}
