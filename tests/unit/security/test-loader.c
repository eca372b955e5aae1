/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/loader.h"

#include <elf.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "test-util.h"

/* In many-00.so: what stands where its SMS modes are. */
#define MANY_MODES 0x5ec0de77u

typedef struct Fixture {
        char *directory;
        Loader *loader;
        GString *log;
} Fixture;

static void on_line(LogLevel level, const char *line, void *user)
{
        g_string_append_printf(user, "%s\n", line);
}

static void set_up(Fixture *f, gconstpointer data)
{
        f->directory = test_dir_new();
        f->loader = loader_new();
        f->log = g_string_new(NULL);
        log_set_sink(on_line, f->log);
}

static void tear_down(Fixture *f, gconstpointer data)
{
        loader_free(f->loader);
        log_set_sink(NULL, NULL);
        g_string_free(f->log, TRUE);
        test_dir_free(f->directory);
}

static char *read_plugin(const char *name, size_t *ret_len)
{
        g_autofree char *file = g_strconcat(name, ".so", NULL);
        g_autofree char *path = g_build_filename(g_getenv("TEST_PLUGINS"), file, NULL);
        char *content;

        g_assert_true(g_file_get_contents(path, &content, ret_len, NULL));
        return content;
}

static char *write_file(Fixture *f, const char *name, const char *data, size_t len)
{
        char *path = g_build_filename(f->directory, name, NULL);

        g_assert_true(g_file_set_contents(path, data, (gssize) len, NULL));
        g_assert_cmpint(chmod(path, 0644), ==, 0);
        return path;
}

/* The path, to be freed. */
static char *install_as(Fixture *f, const char *plugin, const char *file)
{
        size_t len;
        g_autofree char *content = read_plugin(plugin, &len);

        return write_file(f, file, content, len);
}

static char *install(Fixture *f, const char *plugin)
{
        g_autofree char *file = g_strconcat(plugin, ".so", NULL);

        return install_as(f, plugin, file);
}

static void assert_loads(Fixture *f, const char *path)
{
        g_autoptr(GError) error = NULL;
        gboolean ok = loader_load_file(f->loader, path, true, &error);

        g_assert_no_error(error);
        g_assert_true(ok);
}

/* `reason` follows the path in the text. */
static void assert_refused(Fixture *f, const char *path, LoaderError code, const char *reason)
{
        g_autofree char *text = g_strdup_printf("plugin %s %s", path, reason);
        g_autoptr(GError) error = NULL;
        size_t before = loader_len(f->loader);

        g_assert_false(loader_load_file(f->loader, path, true, &error));
        g_assert_error(error, LOADER_ERROR, (int) code);
        g_assert_cmpstr(error->message, ==, text);
        g_assert_cmpuint(loader_len(f->loader), ==, before);
        g_assert_false(loader_load_file(f->loader, path, true, NULL));
}

static void test_good(Fixture *f, gconstpointer data)
{
        g_autofree char *path = install(f, "good");
        const LoadedPlugin *loaded;

        assert_loads(f, path);
        g_assert_cmpuint(loader_len(f->loader), ==, 1);
        loaded = loader_get(f->loader, 0);
        g_assert_cmpstr(loaded->path, ==, path);
        g_assert_cmpstr(loaded->plugin->name, ==, "good");
        g_assert_true(loaded->tainted == (geteuid() != 0));

        g_assert_true(loader_find(f->loader, LWM_SECURITY_BEARER_UDP, 0) == loaded);
        g_assert_true(loader_find(f->loader, LWM_SECURITY_BEARER_UDP, 3) == loaded);
        g_assert_null(loader_find(f->loader, LWM_SECURITY_BEARER_UDP, 2));
        g_assert_null(loader_find(f->loader, LWM_SECURITY_BEARER_UDP, 32));
        g_assert_null(loader_find(f->loader, LWM_SECURITY_BEARER_UDP, 255));
        g_assert_null(loader_find(f->loader, LWM_SECURITY_BEARER_SMS, 3));
}

static void test_tainted(Fixture *f, gconstpointer data)
{
        g_autofree char *path = install(f, "good");

        g_assert_true(loader_load_file(f->loader, path, false, NULL));
        g_assert_true(loader_get(f->loader, 0)->tainted);
}

static void test_sms(Fixture *f, gconstpointer data)
{
        g_autofree char *path = install(f, "only-sms");

        assert_loads(f, path);
        g_assert_null(loader_find(f->loader, LWM_SECURITY_BEARER_UDP, 2));
        g_assert_nonnull(loader_find(f->loader, LWM_SECURITY_BEARER_SMS, 2));
        g_assert_nonnull(loader_find(f->loader, LWM_SECURITY_BEARER_SMS, 204));
        g_assert_null(loader_find(f->loader, LWM_SECURITY_BEARER_UDP, 204));
        g_assert_null(loader_find(f->loader, LWM_SECURITY_BEARER_SMS, 205));
}

/* A plugin of before the first appended member is good, and what stands behind it is not read. */
static void test_first_size(Fixture *f, gconstpointer data)
{
        g_autofree char *path = install(f, "first-size");

        assert_loads(f, path);
        g_assert_nonnull(loader_find(f->loader, LWM_SECURITY_BEARER_UDP, 0));
        g_assert_null(loader_find(f->loader, LWM_SECURITY_BEARER_SMS, 204));
}

typedef struct Refusal {
        const char *plugin;
        LoaderError code;
        const char *reason;
} Refusal;

static const Refusal refusals[] = {
        {"bad-abi", LOADER_ERROR_PLUGIN,
         "is built for version 2 of the plugin ABI, this agent has version 1"},
        {"bad-name", LOADER_ERROR_PLUGIN,
         "calls itself \"other\", but its file is named \"bad-name.so\""},
        {"bad-symbol", LOADER_ERROR_PLUGIN,
         "does not export lwm_security_plugin: it is not a plugin of this agent"},
        {"bad-function", LOADER_ERROR_PLUGIN, "has no function receive()"},
        {"bad-modes", LOADER_ERROR_PLUGIN, "serves no security mode"},
};

static void test_bad_plugin(Fixture *f, gconstpointer data)
{
        const Refusal *refusal = data;
        g_autofree char *path = install(f, refusal->plugin);

        assert_refused(f, path, refusal->code, refusal->reason);
}

static void test_bad_size(Fixture *f, gconstpointer data)
{
        g_autofree char *path = install(f, "bad-size");
        g_autofree char *reason = g_strdup_printf(
                "its lwm_security_plugin is too short: %zu bytes, at least %zu are needed",
                offsetof(LwmSecurityPlugin, sms_proprietary) - 1,
                offsetof(LwmSecurityPlugin, sms_proprietary));

        assert_refused(f, path, LOADER_ERROR_PLUGIN, reason);
}

static void test_duplicate(Fixture *f, gconstpointer data)
{
        g_autofree char *good = install(f, "good");
        g_autofree char *same = install(f, "same-ip");
        g_autofree char *sms = install(f, "only-sms");
        g_autofree char *same_sms = install(f, "same-sms");
        g_autofree char *text = g_strdup_printf("is loaded already, from %s", good);

        assert_loads(f, good);
        assert_loads(f, sms);
        assert_refused(f, same, LOADER_ERROR_TAKEN, "serves IP mode 3, which good serves already");
        assert_refused(f, same_sms, LOADER_ERROR_TAKEN,
                       "serves SMS mode 2, which only-sms serves already");
        assert_refused(f, good, LOADER_ERROR_TAKEN, text);
}

static void test_not_elf(Fixture *f, gconstpointer data)
{
        g_autofree char *text = write_file(f, "text.so", "#!/bin/sh\necho I am no plugin\n", 29);
        g_autofree char *empty = write_file(f, "empty.so", "", 0);
        g_autofree char *cut = NULL;
        size_t len;
        g_autofree char *content = read_plugin("good", &len);

        assert_refused(f, text, LOADER_ERROR_FILE, "is not an ELF file");
        assert_refused(f, empty, LOADER_ERROR_FILE, "is not an ELF file");

        /* It begins as one. dlopen() has its own words for the rest. */
        cut = write_file(f, "good.so", content, 64);
        g_autoptr(GError) error = NULL;
        g_assert_false(loader_load_file(f->loader, cut, true, &error));
        g_assert_error(error, LOADER_ERROR, LOADER_ERROR_FILE);
        g_assert_nonnull(strstr(error->message, "good.so cannot be opened: "));
}

static void test_other_machine(Fixture *f, gconstpointer data)
{
        size_t len;
        g_autofree char *content = read_plugin("good", &len);
        g_autofree char *path = NULL;
        g_autofree char *program = NULL;
        ElfW(Ehdr) header;

        memcpy(&header, content, sizeof(header));
        header.e_machine ^= 1;
        memcpy(content, &header, sizeof(header));
        path = write_file(f, "good.so", content, len);
        assert_refused(f, path, LOADER_ERROR_FILE, "is built for another kind of machine");

        header.e_machine ^= 1;
        header.e_type = ET_EXEC;
        memcpy(content, &header, sizeof(header));
        program = write_file(f, "good.so", content, len);
        assert_refused(f, program, LOADER_ERROR_FILE, "is not a shared object");
}

static void test_modes(Fixture *f, gconstpointer data)
{
        g_autofree char *path = install(f, "good");

        g_assert_cmpint(chmod(path, 0664), ==, 0);
        assert_refused(f, path, LOADER_ERROR_FILE, "can be written by its group (mode 0664)");
        g_assert_cmpint(chmod(path, 0646), ==, 0);
        assert_refused(f, path, LOADER_ERROR_FILE, "can be written by everybody (mode 0646)");
        g_assert_cmpint(chmod(path, 0644), ==, 0);

        g_assert_cmpint(chmod(f->directory, 0770), ==, 0);
        assert_refused(f, path, LOADER_ERROR_FILE,
                       "lies in a directory that can be written by its group (mode 0770)");
        g_assert_cmpint(chmod(f->directory, 01777), ==, 0);
        assert_refused(f, path, LOADER_ERROR_FILE,
                       "lies in a directory that can be written by everybody (mode 1777)");
        g_assert_cmpint(loader_load_directory(f->loader, f->directory, true), ==, -EPERM);
        g_assert_nonnull(strstr(f->log->str, "can be written by everybody (mode 1777)"));

        g_assert_cmpint(chmod(f->directory, 0755), ==, 0);
        assert_loads(f, path);
}

static void test_owner(Fixture *f, gconstpointer data)
{
        g_autofree char *path = install(f, "good");

        if (!test_needs_root())
                return;
        g_assert_cmpint(chown(path, 12345, 0), ==, 0);
        assert_refused(f, path, LOADER_ERROR_FILE, "is owned by user 12345, not by root");
        g_assert_cmpint(chown(path, 0, 0), ==, 0);
        g_assert_cmpint(chown(f->directory, 12345, 0), ==, 0);
        assert_refused(f, path, LOADER_ERROR_FILE,
                       "lies in a directory that is owned by user 12345, not by root");
        g_assert_cmpint(chown(f->directory, 0, 0), ==, 0);
        assert_loads(f, path);
}

static void test_links(Fixture *f, gconstpointer data)
{
        char *elsewhere = test_dir_new();
        g_autofree char *real = install_as(f, "good", "good-1.so");
        g_autofree char *link = g_build_filename(f->directory, "good.so", NULL);
        g_autofree char *outside = g_build_filename(elsewhere, "good-1.so", NULL);
        g_autofree char *text = g_strdup_printf("is a link out of its directory, to %s", outside);

        /* Within its directory a link is a name like another. */
        g_assert_cmpint(symlink("good-1.so", link), ==, 0);
        assert_loads(f, link);
        g_assert_cmpstr(loader_get(f->loader, 0)->path, ==, real);

        g_assert_cmpint(unlink(link), ==, 0);
        g_assert_cmpint(rename(real, outside), ==, 0);
        g_assert_cmpint(symlink(outside, link), ==, 0);
        assert_refused(f, link, LOADER_ERROR_FILE, text);

        g_assert_cmpint(unlink(outside), ==, 0);
        assert_refused(f, link, LOADER_ERROR_FILE, "cannot be opened: No such file or directory");
        test_dir_free(elsewhere);
}

static void test_strange_files(Fixture *f, gconstpointer data)
{
        g_autofree char *directory = g_build_filename(f->directory, "dir.so", NULL);
        g_autofree char *fifo = g_build_filename(f->directory, "fifo.so", NULL);
        g_autofree char *missing = g_build_filename(f->directory, "missing.so", NULL);
        g_autofree char *other = install_as(f, "good", "good.txt");
        g_autofree char *nameless = install_as(f, "good", ".so");

        g_assert_cmpint(mkdir(directory, 0755), ==, 0);
        g_assert_cmpint(mkfifo(fifo, 0644), ==, 0);
        assert_refused(f, directory, LOADER_ERROR_FILE, "is not a regular file");
        assert_refused(f, fifo, LOADER_ERROR_FILE, "is not a regular file");
        assert_refused(f, missing, LOADER_ERROR_FILE,
                       "cannot be opened: No such file or directory");
        assert_refused(f, other, LOADER_ERROR_FILE, "is not named NAME.so");
        assert_refused(f, nameless, LOADER_ERROR_FILE, "is not named NAME.so");
}

static void test_directory(Fixture *f, gconstpointer data)
{
        static const char *const names[] = {"same-ip", "good", "bad-abi", "only-sms"};

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                g_free(install(f, names[i]));
        test_dir_put(f->directory, "README", "not a plugin, and not tried");

        /* In order of name, so that good is there before same-ip. */
        g_assert_cmpint(loader_load_directory(f->loader, f->directory, true), ==, 2);
        g_assert_cmpstr(loader_get(f->loader, 0)->plugin->name, ==, "good");
        g_assert_cmpstr(loader_get(f->loader, 1)->plugin->name, ==, "only-sms");
        g_assert_nonnull(strstr(f->log->str, "bad-abi.so is built for version 2"));
        g_assert_nonnull(strstr(f->log->str, "same-ip.so serves IP mode 3"));
        g_assert_null(strstr(f->log->str, "README"));

        g_assert_cmpint(loader_load_directory(f->loader, "/nonexistent", true), ==, -ENOENT);
}

/* The same plugin with another name and another mode. */
static void install_many(Fixture *f, unsigned i)
{
        size_t len;
        g_autofree char *content = read_plugin("many-00", &len);
        g_autofree char *name = g_strdup_printf("many-%02u", i);
        g_autofree char *file = g_strconcat(name, ".so", NULL);
        uint32_t modes = MANY_MODES, mode = 1u << i;
        char *at;

        at = memmem(content, len, &modes, sizeof(modes));
        g_assert_nonnull(at);
        memcpy(at, &mode, sizeof(mode));
        at = memmem(content, len, "many-00", 8);
        g_assert_nonnull(at);
        memcpy(at, name, 7);
        g_free(write_file(f, file, content, len));
}

static void test_many(Fixture *f, gconstpointer data)
{
        for (unsigned i = 1; i <= LOADER_MAX_PLUGINS + 1; i++)
                install_many(f, i);
        g_assert_cmpint(loader_load_directory(f->loader, f->directory, true), ==,
                        LOADER_MAX_PLUGINS);
        g_assert_nonnull(
                strstr(f->log->str, "many-17.so is one too many: there are 16 plugins already"));
}

#define ADD(name, data, func)                                                                      \
        g_test_add("/security/loader/" name, Fixture, data, set_up, func, tear_down)

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        ADD("good", NULL, test_good);
        ADD("tainted", NULL, test_tainted);
        ADD("sms", NULL, test_sms);
        for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
                g_autofree char *path = g_strconcat("/security/loader/", refusals[i].plugin, NULL);

                g_test_add(path, Fixture, &refusals[i], set_up, test_bad_plugin, tear_down);
        }
        ADD("bad-size", NULL, test_bad_size);
        ADD("first-size", NULL, test_first_size);
        ADD("duplicate", NULL, test_duplicate);
        ADD("not-elf", NULL, test_not_elf);
        ADD("other-machine", NULL, test_other_machine);
        ADD("modes", NULL, test_modes);
        ADD("owner", NULL, test_owner);
        ADD("links", NULL, test_links);
        ADD("strange-files", NULL, test_strange_files);
        ADD("directory", NULL, test_directory);
        ADD("many", NULL, test_many);
        return g_test_run();
}
