/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/identity.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "host/identity-files.h"
#include "host/identity-mac.h"

#define DMI "/sys/class/dmi/id"
#define DEVICE_TREE "/sys/firmware/devicetree/base"

/* Names the purpose of the derived machine ID. */
static const guint8 application_id[16] = {
        0x5b, 0x7c, 0x0e, 0x59, 0x8d, 0x0b, 0x4a, 0x5e,
        0x9c, 0x41, 0x3f, 0x0d, 0x5a, 0x92, 0xe7, 0x16,
};

struct Identity {
        char *root;
        char *localtime; /* the link that names the time zone */
        char *manufacturer;
        char *model;
        char *serial;
        char *hardware_version;
        char *device_type;
        char *firmware_version;
        char *machine_id;
        char *mac;
        char *eui64;
        char *hostname;
        uint64_t memory_total;
};

/* The override, or the first of the files (until NULL) that says something. */
static char *first_text(const char *root, const char *override, const char *const *paths)
{
        if (override)
                return identity_text(override);

        for (; *paths; paths++) {
                g_autofree char *text = identity_file_text(root, *paths);

                if (text[0] != '\0')
                        return g_steal_pointer(&text);
        }
        return g_strdup("");
}

/* A device tree names the manufacturer only before the comma: "raspberrypi,4-model-b". */
static char *find_manufacturer(const char *root, const char *override)
{
        static const char *const paths[] = {DMI "/sys_vendor", DMI "/board_vendor", NULL};
        g_autofree char *text = first_text(root, override, paths);

        if (override || text[0] != '\0')
                return g_steal_pointer(&text);
        g_free(text);
        text = identity_file_text(root, DEVICE_TREE "/compatible");
        text[strcspn(text, ",")] = '\0';
        return g_steal_pointer(&text);
}

static char *find_firmware_version(const char *root)
{
        static const char *const names[] = {"IMAGE_VERSION", "VERSION_ID", "BUILD_ID",
                                            "PRETTY_NAME"};
        g_autofree char *content = identity_file(root, "/etc/os-release");

        if (!content)
                content = identity_file(root, "/usr/lib/os-release");
        for (size_t i = 0; content && i < G_N_ELEMENTS(names); i++) {
                g_autofree char *value = identity_os_release(content, names[i]);

                if (value[0] != '\0')
                        return g_steal_pointer(&value);
        }
        return g_strdup("");
}

static int machine_id_read(const char *root, guint8 *ret)
{
        g_autofree char *text = identity_file(root, "/etc/machine-id");

        if (!text)
                return -ENOENT;
        if (strspn(text, "0123456789abcdef") != 32 || (text[32] != '\n' && text[32] != '\0'))
                return -EBADMSG; /* "uninitialized", for one */
        for (int i = 0; i < 16; i++)
                ret[i] = (guint8) (g_ascii_xdigit_value(text[2 * i]) << 4 |
                                   g_ascii_xdigit_value(text[2 * i + 1]));
        return 0;
}

/* HMAC-SHA256, keyed with the machine's ID, of the application's, cut to a version 4 UUID. */
static char *find_machine_id(const char *root)
{
        g_autoptr(GHmac) hmac = NULL;
        guint8 id[16], d[32];
        gsize len = sizeof(d);

        if (machine_id_read(root, id) < 0)
                return g_strdup("");

        hmac = g_hmac_new(G_CHECKSUM_SHA256, id, sizeof(id));
        g_hmac_update(hmac, application_id, sizeof(application_id));
        g_hmac_get_digest(hmac, d, &len);
        d[6] = (guint8) ((d[6] & 0x0F) | 0x40);
        d[8] = (guint8) ((d[8] & 0x3F) | 0x80);
        return g_strdup_printf(
                "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1],
                d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14],
                d[15]);
}

static char *find_hostname(void)
{
        char name[256] = "";

        gethostname(name, sizeof(name) - 1);
        return identity_text(name);
}

/* In kilobytes, whatever the kernel's unit. */
static uint64_t kilobytes(uint64_t amount, unsigned unit)
{
        return amount * unit / 1024;
}

static uint64_t find_memory_total(void)
{
        struct sysinfo info;

        return sysinfo(&info) < 0 ? 0 : kilobytes(info.totalram, info.mem_unit);
}

Identity *identity_new(const char *root, const IdentityOverrides *overrides)
{
        static const char *const models[] = {DMI "/product_name", DMI "/board_name",
                                             DEVICE_TREE "/model", NULL};
        static const char *const serials[] = {DMI "/product_serial", DMI "/board_serial",
                                              DEVICE_TREE "/serial-number", NULL};
        static const char *const versions[] = {DMI "/product_version", DMI "/board_version", NULL};
        static const char *const nothing[] = {NULL};
        static const IdentityOverrides none = {0};
        Identity *identity = g_new0(Identity, 1);

        if (!root)
                root = "";
        if (!overrides)
                overrides = &none;
        identity->root = g_strdup(root);
        identity->localtime = g_strconcat(root, "/etc/localtime", NULL);
        identity->manufacturer = find_manufacturer(root, overrides->manufacturer);
        identity->model = first_text(root, overrides->model, models);
        identity->serial = first_text(root, overrides->serial, serials);
        identity->hardware_version = first_text(root, overrides->hardware_version, versions);
        identity->device_type = first_text(root, overrides->device_type, nothing);
        identity->firmware_version = find_firmware_version(root);
        identity->machine_id = find_machine_id(root);
        identity->mac = identity_find_mac(root);
        identity->eui64 = identity->mac[0] == '\0'
                                  ? g_strdup("")
                                  : g_strdup_printf("%.6sfffe%s", identity->mac, identity->mac + 6);
        identity->hostname = find_hostname();
        identity->memory_total = find_memory_total();
        return identity;
}

void identity_free(Identity *identity)
{
        if (!identity)
                return;

        g_free(identity->root);
        g_free(identity->localtime);
        g_free(identity->manufacturer);
        g_free(identity->model);
        g_free(identity->serial);
        g_free(identity->hardware_version);
        g_free(identity->device_type);
        g_free(identity->firmware_version);
        g_free(identity->machine_id);
        g_free(identity->mac);
        g_free(identity->eui64);
        g_free(identity->hostname);
        g_free(identity);
}

const char *identity_manufacturer(const Identity *identity)
{
        return identity->manufacturer;
}

const char *identity_model(const Identity *identity)
{
        return identity->model;
}

const char *identity_serial(const Identity *identity)
{
        return identity->serial;
}

const char *identity_hardware_version(const Identity *identity)
{
        return identity->hardware_version;
}

const char *identity_device_type(const Identity *identity)
{
        return identity->device_type;
}

const char *identity_firmware_version(const Identity *identity)
{
        return identity->firmware_version;
}

const char *identity_machine_id(const Identity *identity)
{
        return identity->machine_id;
}

const char *identity_mac(const Identity *identity)
{
        return identity->mac;
}

const char *identity_eui64(const Identity *identity)
{
        return identity->eui64;
}

const char *identity_hostname(const Identity *identity)
{
        return identity->hostname;
}

int identity_imei(const Identity *identity, const char **ret)
{
        return -ENODATA;
}

void identity_utc_offset(const Identity *identity, gint64 realtime,
                         char ret[static IDENTITY_UTC_OFFSET_SIZE])
{
        time_t seconds = (time_t) (realtime / G_USEC_PER_SEC);
        struct tm local = {0};
        long minutes;

        tzset(); /* /etc/localtime may be another one than it was */
        minutes = localtime_r(&seconds, &local) ? local.tm_gmtoff / 60 : 0;
        minutes = CLAMP(minutes, -99 * 60, 99 * 60);
        snprintf(ret, IDENTITY_UTC_OFFSET_SIZE, "%c%02ld:%02ld", minutes < 0 ? '-' : '+',
                 labs(minutes) / 60, labs(minutes) % 60);
}

/* "Europe/Paris" of "/usr/share/zoneinfo/Europe/Paris". */
static bool zone_of_link(const Identity *identity, char ret[static IDENTITY_TIMEZONE_SIZE])
{
        char target[PATH_MAX];
        ssize_t len = readlink(identity->localtime, target, sizeof(target) - 1);
        const char *zone;

        if (len < 0)
                return false;
        target[len] = '\0';
        zone = strstr(target, "/zoneinfo/");
        if (!zone)
                return false;
        zone += strlen("/zoneinfo/");
        if (g_str_has_prefix(zone, "posix/") || g_str_has_prefix(zone, "right/"))
                zone += strlen("posix/");
        return g_strlcpy(ret, zone, IDENTITY_TIMEZONE_SIZE) < IDENTITY_TIMEZONE_SIZE;
}

/* Debian's copy, where localtime is no link. */
static bool zone_of_text(const Identity *identity, char ret[static IDENTITY_TIMEZONE_SIZE])
{
        g_autofree char *zone = identity_file_text(identity->root, "/etc/timezone");

        return g_strlcpy(ret, zone, IDENTITY_TIMEZONE_SIZE) < IDENTITY_TIMEZONE_SIZE;
}

void identity_timezone(const Identity *identity, char ret[static IDENTITY_TIMEZONE_SIZE])
{
        static const char allowed[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_+-/";

        if ((!zone_of_link(identity, ret) && !zone_of_text(identity, ret)) ||
            ret[strspn(ret, allowed)] != '\0')
                ret[0] = '\0';
}

uint64_t identity_memory_total(const Identity *identity)
{
        return identity->memory_total;
}

uint64_t identity_memory_free(const Identity *identity)
{
        struct sysinfo info;

        return sysinfo(&info) < 0 ? 0 : kilobytes(info.freeram, info.mem_unit);
}
