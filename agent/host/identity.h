/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What this machine is: the facts of object 3 (Core E.4) and of endpoint names (Core 6.2.1). Asked
 * of the firmware (DMI or device tree), of os-release and of the kernel. What a manufacturer forgot
 * to fill in ("To be filled by O.E.M.") counts as unknown.
 *
 * Facts that cannot change are read once, by identity_new(), and are "" where unknown; at most 128
 * octets of valid UTF-8 without control characters.
 */

#include <glib.h>
#include <stdint.h>

typedef struct Identity Identity;

/* What an operator knows better than the machine; NULL: ask the machine. Copied. */
typedef struct IdentityOverrides {
        const char *manufacturer;
        const char *model;
        const char *serial;
        const char *hardware_version;
        const char *device_type;
} IdentityOverrides;

/* `root`: where the file system begins, "" or NULL for "/"; `overrides` may be NULL. */
Identity *identity_new(const char *root, const IdentityOverrides *overrides);
void identity_free(Identity *identity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Identity, identity_free)

/* The firmware's own: "Raspberry Pi 4 Model B Rev 1.4" … On PCs only root may read the serial
 * number; for others it is "", unless set. The device type is never known by the machine. */
const char *identity_manufacturer(const Identity *identity);
const char *identity_model(const Identity *identity);
const char *identity_serial(const Identity *identity);
const char *identity_hardware_version(const Identity *identity);
const char *identity_device_type(const Identity *identity);

/* The version of the system's image or distribution: os-release(5), IMAGE_VERSION, VERSION_ID,
 * BUILD_ID or PRETTY_NAME. */
const char *identity_firmware_version(const Identity *identity);

/* A UUID of this installation, derived from /etc/machine-id for this purpose alone, as
 * sd_id128_get_machine_app_specific(3) does: the ID itself is to be kept from networks
 * (machine-id(5)). */
const char *identity_machine_id(const Identity *identity);

/* The first real network interface's address, 12 hex digits in lower case. Only a permanent,
 * universally administered one: it is to name this machine for ever. */
const char *identity_mac(const Identity *identity);

/* The same as an EUI-64, 16 hex digits, which is what urn:dev:mac: takes (RFC 9039, 4.1). */
const char *identity_eui64(const Identity *identity);

const char *identity_hostname(const Identity *identity);

/* The modem's IMEI. -ENODATA: not known. */
int identity_imei(const Identity *identity, const char **ret);

/* Of this moment: the offset from UTC at `realtime` (microseconds since 1970), as "+02:00", and the
 * IANA name of the time zone, "Europe/Paris", "" where unknown or longer than any. */
#define IDENTITY_UTC_OFFSET_SIZE 8
#define IDENTITY_TIMEZONE_SIZE 64
void identity_utc_offset(const Identity *identity, gint64 realtime,
                         char ret[static IDENTITY_UTC_OFFSET_SIZE]);
void identity_timezone(const Identity *identity, char ret[static IDENTITY_TIMEZONE_SIZE]);

/* Memory in kilobytes. */
uint64_t identity_memory_total(const Identity *identity);
uint64_t identity_memory_free(const Identity *identity);
