/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/identity-files.h"
#include "host/identity.h"
#include "test-util.h"

typedef struct Fixture {
        char *root;
        Identity *identity;
} Fixture;

static void set_up(Fixture *f, gconstpointer unused)
{
        f->root = test_dir_new();
}

static void tear_down(Fixture *f, gconstpointer unused)
{
        identity_free(f->identity);
        test_dir_free(f->root);
}

static void ask(Fixture *f, const IdentityOverrides *overrides)
{
        identity_free(f->identity);
        f->identity = identity_new(f->root, overrides);
}

static void put_link(Fixture *f, const char *name, const char *target)
{
        g_autofree char *path = g_build_filename(f->root, name, NULL);
        g_autofree char *parent = g_path_get_dirname(path);

        g_mkdir_with_parents(parent, 0755);
        g_unlink(path);
        g_assert_cmpint(symlink(target, path), ==, 0);
}

static void test_pc(Fixture *f, gconstpointer unused)
{
        test_dir_put(f->root, "sys/class/dmi/id/sys_vendor", "ACME \n");
        test_dir_put(f->root, "sys/class/dmi/id/product_name", "Gateway 3000\n");
        test_dir_put(f->root, "sys/class/dmi/id/product_version", "rev B\n");
        test_dir_put(f->root, "sys/class/dmi/id/product_serial", "SN-0042\n");
        ask(f, NULL);
        g_assert_cmpstr(identity_manufacturer(f->identity), ==, "ACME");
        g_assert_cmpstr(identity_model(f->identity), ==, "Gateway 3000");
        g_assert_cmpstr(identity_hardware_version(f->identity), ==, "rev B");
        g_assert_cmpstr(identity_serial(f->identity), ==, "SN-0042");
        g_assert_cmpstr(identity_device_type(f->identity), ==, "");
}

/* What is not filled in is unknown; the board may know better than the product. */
static void test_placeholders(Fixture *f, gconstpointer unused)
{
        test_dir_put(f->root, "sys/class/dmi/id/sys_vendor", "To Be Filled By O.E.M.\n");
        test_dir_put(f->root, "sys/class/dmi/id/board_vendor", "ASRock\n");
        test_dir_put(f->root, "sys/class/dmi/id/product_name", "System Product Name\n");
        test_dir_put(f->root, "sys/class/dmi/id/product_version", "Default string\n");
        test_dir_put(f->root, "sys/class/dmi/id/product_serial", "00000000\n");
        test_dir_put(f->root, "sys/class/dmi/id/board_serial", "\n");
        ask(f, NULL);
        g_assert_cmpstr(identity_manufacturer(f->identity), ==, "ASRock");
        g_assert_cmpstr(identity_model(f->identity), ==, "");
        g_assert_cmpstr(identity_hardware_version(f->identity), ==, "");
        g_assert_cmpstr(identity_serial(f->identity), ==, "");
}

static void test_device_tree(Fixture *f, gconstpointer unused)
{
        g_autofree char *path = g_build_filename(f->root, "sys/firmware/devicetree/base", NULL);
        g_autofree char *compatible = g_build_filename(path, "compatible", NULL);

        test_dir_put(f->root, "sys/firmware/devicetree/base/model",
                     "Raspberry Pi 4 Model B Rev 1.4");
        test_dir_put(f->root, "sys/firmware/devicetree/base/serial-number", "10000000abcdef01");
        /* strings with a final NUL each */
        g_assert_true(
                g_file_set_contents(compatible, "raspberrypi,4-model-b\0brcm,bcm2711", 34, NULL));
        ask(f, NULL);
        g_assert_cmpstr(identity_manufacturer(f->identity), ==, "raspberrypi");
        g_assert_cmpstr(identity_model(f->identity), ==, "Raspberry Pi 4 Model B Rev 1.4");
        g_assert_cmpstr(identity_serial(f->identity), ==, "10000000abcdef01");
}

static void test_nothing(Fixture *f, gconstpointer unused)
{
        char zone[IDENTITY_TIMEZONE_SIZE];
        const char *imei = "x";

        ask(f, NULL);
        g_assert_cmpstr(identity_manufacturer(f->identity), ==, "");
        g_assert_cmpstr(identity_model(f->identity), ==, "");
        g_assert_cmpstr(identity_serial(f->identity), ==, "");
        g_assert_cmpstr(identity_firmware_version(f->identity), ==, "");
        g_assert_cmpstr(identity_machine_id(f->identity), ==, "");
        g_assert_cmpstr(identity_mac(f->identity), ==, "");
        g_assert_cmpstr(identity_eui64(f->identity), ==, "");
        identity_timezone(f->identity, zone);
        g_assert_cmpstr(zone, ==, "");
        g_assert_cmpint(identity_imei(f->identity, &imei), ==, -ENODATA);
        g_assert_cmpstr(imei, ==, "x");
}

static void test_overrides(Fixture *f, gconstpointer unused)
{
        const IdentityOverrides overrides = {
                .manufacturer = "Mine, Inc.",
                .serial = "S1",
                .device_type = "gateway",
        };

        test_dir_put(f->root, "sys/class/dmi/id/sys_vendor", "ACME\n");
        test_dir_put(f->root, "sys/class/dmi/id/product_name", "Gateway 3000\n");
        ask(f, &overrides);
        g_assert_cmpstr(identity_manufacturer(f->identity), ==, "Mine, Inc.");
        g_assert_cmpstr(identity_model(f->identity), ==, "Gateway 3000");
        g_assert_cmpstr(identity_serial(f->identity), ==, "S1");
        g_assert_cmpstr(identity_device_type(f->identity), ==, "gateway");
}

static void test_hostile_text(Fixture *f, gconstpointer unused)
{
        g_autofree char *longest = g_strnfill(100000, 'x');
        g_autofree char *fifo = g_build_filename(f->root, "sys/class/dmi/id/board_name", NULL);
        g_autofree char *wide = NULL;
        g_autoptr(GString) many = g_string_new("x");

        test_dir_put(f->root, "sys/class/dmi/id/sys_vendor", "a\tb\x1b[2J\xff\n");
        test_dir_put(f->root, "sys/class/dmi/id/product_serial", longest);
        g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
        ask(f, NULL);
        g_assert_cmpstr(identity_manufacturer(f->identity), ==, "a b [2J\xef\xbf\xbd");
        g_assert_cmpuint(strlen(identity_serial(f->identity)), ==, IDENTITY_MAX_TEXT);
        g_assert_cmpstr(identity_model(f->identity), ==, "");

        for (unsigned i = 0; i < IDENTITY_MAX_TEXT; i++)
                g_string_append(many, "é");
        wide = identity_text(many->str);
        g_assert_true(g_utf8_validate(wide, -1, NULL));
        g_assert_cmpuint(strlen(wide), ==, IDENTITY_MAX_TEXT - 1);
}

static void test_os_release(Fixture *f, gconstpointer unused)
{
        test_dir_put(f->root, "usr/lib/os-release", "VERSION_ID=1\n");
        ask(f, NULL);
        g_assert_cmpstr(identity_firmware_version(f->identity), ==, "1");

        test_dir_put(f->root, "etc/os-release",
                     "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
                     "# VERSION_ID=9\nXVERSION_ID=8\nVERSION_ID='12'\n");
        ask(f, NULL);
        g_assert_cmpstr(identity_firmware_version(f->identity), ==, "12");

        test_dir_put(f->root, "etc/os-release", "VERSION_ID=12\nIMAGE_VERSION=2024.3\n");
        ask(f, NULL);
        g_assert_cmpstr(identity_firmware_version(f->identity), ==, "2024.3");

        test_dir_put(f->root, "etc/os-release",
                     "PRETTY_NAME=\"Arch Linux\"\nVERSION_ID=\"broken\n");
        ask(f, NULL);
        g_assert_cmpstr(identity_firmware_version(f->identity), ==, "Arch Linux");
}

/* HMAC-SHA256 computed with Python's hmac, and equal to sd_id128_get_machine_app_specific(3). */
static void test_machine_id(Fixture *f, gconstpointer unused)
{
        test_dir_put(f->root, "etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        ask(f, NULL);
        g_assert_cmpstr(identity_machine_id(f->identity), ==,
                        "3cf3649c-970c-4e4d-80cd-6da181c5aa58");

        test_dir_put(f->root, "etc/machine-id", "uninitialized\n");
        ask(f, NULL);
        g_assert_cmpstr(identity_machine_id(f->identity), ==, "");
        test_dir_put(f->root, "etc/machine-id", "0123456789abcdef0123456789abcdef0\n");
        ask(f, NULL);
        g_assert_cmpstr(identity_machine_id(f->identity), ==, "");
}

static void put_interface(Fixture *f, const char *name, const char *address, const char *index,
                          const char *assign_type, bool device)
{
        g_autofree char *base = g_strconcat("sys/class/net/", name, NULL);
        g_autofree char *address_file = g_strconcat(base, "/address", NULL);
        g_autofree char *index_file = g_strconcat(base, "/ifindex", NULL);
        g_autofree char *assign_file = g_strconcat(base, "/addr_assign_type", NULL);
        g_autofree char *type_file = g_strconcat(base, "/type", NULL);
        g_autofree char *device_file = g_strconcat(base, "/device/vendor", NULL);

        test_dir_put(f->root, address_file, address);
        test_dir_put(f->root, index_file, index);
        test_dir_put(f->root, assign_file, assign_type);
        test_dir_put(f->root, type_file, "1\n");
        if (device)
                test_dir_put(f->root, device_file, "");
}

static void test_mac(Fixture *f, gconstpointer unused)
{
        put_interface(f, "lo", "00:00:00:00:00:00\n", "1\n", "0\n", false);
        put_interface(f, "br0", "00:24:be:00:00:01\n", "2\n", "0\n", false);  /* no device */
        put_interface(f, "wwan0", "02:24:be:00:00:02\n", "3\n", "0\n", true); /* local */
        put_interface(f, "eth0", "00:24:be:00:00:03\n", "4\n", "3\n", true);  /* set by hand */
        put_interface(f, "mc0", "01:24:be:00:00:04\n", "5\n", "0\n", true);   /* group */
        put_interface(f, "zero0", "00:00:00:00:00:00\n", "6\n", "0\n", true);
        put_interface(f, "ib0", "00:24:be:00:00:05:06\n", "7\n", "0\n", true); /* too long */
        put_interface(f, "bad0", "nonsense\n", "8\n", "0\n", true);
        ask(f, NULL);
        g_assert_cmpstr(identity_mac(f->identity), ==, "");

        put_interface(f, "aaa", "00:24:be:00:00:06\n", "10\n", "0\n", true);
        put_interface(f, "zzz", "00:24:BE:80:4F:F1\n", "9\n", "0\n", true); /* the lower index */
        ask(f, NULL);
        g_assert_cmpstr(identity_mac(f->identity), ==, "0024be804ff1");
        g_assert_cmpstr(identity_eui64(f->identity), ==, "0024befffe804ff1"); /* RFC 9039, 4.1 */
}

static void assert_zone(Fixture *f, const char *expected)
{
        char zone[IDENTITY_TIMEZONE_SIZE];

        identity_timezone(f->identity, zone);
        g_assert_cmpstr(zone, ==, expected);
}

/* Asked each time: a server may have set it. */
static void test_timezone(Fixture *f, gconstpointer unused)
{
        ask(f, NULL);
        put_link(f, "etc/localtime", "/usr/share/zoneinfo/Europe/Paris");
        assert_zone(f, "Europe/Paris");
        put_link(f, "etc/localtime", "../usr/share/zoneinfo/posix/America/Argentina/Buenos_Aires");
        assert_zone(f, "America/Argentina/Buenos_Aires");
        put_link(f, "etc/localtime", "/usr/share/zoneinfo/Etc/GMT+5");
        assert_zone(f, "Etc/GMT+5");
        put_link(f, "etc/localtime",
                 "/usr/share/zoneinfo/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        assert_zone(f, "");
        put_link(f, "etc/localtime", "/usr/share/zoneinfo/x y;z");
        assert_zone(f, "");
        put_link(f, "etc/localtime", "/somewhere/else");
        test_dir_put(f->root, "etc/timezone", "Asia/Tokyo\n");
        assert_zone(f, "Asia/Tokyo");
}

static void assert_offset(Fixture *f, const char *zone, gint64 seconds, const char *expected)
{
        char offset[IDENTITY_UTC_OFFSET_SIZE];

        setenv("TZ", zone, 1);
        identity_utc_offset(f->identity, seconds * G_USEC_PER_SEC, offset);
        unsetenv("TZ");
        g_assert_cmpstr(offset, ==, expected);
}

static void test_utc_offset(Fixture *f, gconstpointer unused)
{
        const gint64 january = 1704067200, july = 1719792000; /* the firsts of 2024 */

        ask(f, NULL);
        assert_offset(f, "UTC0", january, "+00:00");
        assert_offset(f, "CET-1CEST,M3.5.0,M10.5.0/3", january, "+01:00");
        assert_offset(f, "CET-1CEST,M3.5.0,M10.5.0/3", july, "+02:00");
        assert_offset(f, "NST3:30", january, "-03:30");
        assert_offset(f, "<+0545>-5:45", january, "+05:45");
        assert_offset(f, "XXX0:30", january, "-00:30");
}

static void test_this_machine(void)
{
        g_autoptr(Identity) identity = identity_new(NULL, NULL);
        char name[256];

        gethostname(name, sizeof(name));
        g_assert_cmpstr(identity_hostname(identity), ==, name);
        g_assert_cmpuint(identity_memory_total(identity), >, 16 * 1024);
        g_assert_cmpuint(identity_memory_total(identity), ==,
                         (uint64_t) sysconf(_SC_PHYS_PAGES) * (uint64_t) sysconf(_SC_PAGESIZE) /
                                 1024);
        g_assert_cmpuint(identity_memory_free(identity), >, 0);
        g_assert_cmpuint(identity_memory_free(identity), <, identity_memory_total(identity));
}

/* The raw ID must never leave the machine. */
static void test_machine_id_hidden(void)
{
        g_autoptr(Identity) identity = identity_new(NULL, NULL);
        g_autofree char *raw = identity_file("", "/etc/machine-id");
        g_auto(GStrv) parts = g_strsplit(identity_machine_id(identity), "-", -1);
        g_autofree char *joined = g_strjoinv("", parts);

        if (!raw || strlen(raw) < 32) {
                g_test_skip("no machine-id here");
                return;
        }
        g_assert_cmpuint(strlen(joined), ==, 32);
        g_assert_false(g_str_has_prefix(raw, joined));
}

#define ADD(path, func) g_test_add(path, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        ADD("/identity/pc", test_pc);
        ADD("/identity/placeholders", test_placeholders);
        ADD("/identity/device-tree", test_device_tree);
        ADD("/identity/nothing", test_nothing);
        ADD("/identity/overrides", test_overrides);
        ADD("/identity/hostile-text", test_hostile_text);
        ADD("/identity/os-release", test_os_release);
        ADD("/identity/machine-id", test_machine_id);
        ADD("/identity/mac", test_mac);
        ADD("/identity/timezone", test_timezone);
        ADD("/identity/utc-offset", test_utc_offset);
        g_test_add_func("/identity/this-machine", test_this_machine);
        g_test_add_func("/identity/machine-id-hidden", test_machine_id_hidden);
        return g_test_run();
}
