/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "provision-keys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "objects/account-keys.h"

/* One key on its way. */
typedef struct KeyItem {
        const ProvisionKeys *keys;
        const Account *account;
        GBytes *sms_parameters; /* or NULL */
        KeySlot slot;
        unsigned line; /* for errors */
} KeyItem;

/* A key file may be read by its owner and group alone. Returns the length, or -errno with a text in
 * `why`. */
static ssize_t read_key(const char *path, uint8_t *data, size_t size, const char **why)
{
        struct stat info;
        ssize_t len;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

        if (fd < 0) {
                *why = g_strerror(errno);
                return -errno;
        }
        *why = NULL;
        if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
                *why = "not a regular file";
        else if (info.st_mode & 0007)
                *why = "others may read or write it; allowed: mode 0600 or 0640";
        else if (info.st_size == 0 || (size_t) info.st_size > size)
                *why = "empty, or too long for a key";
        len = *why ? -EINVAL : file_read_all(fd, data, size);
        if (!*why && len <= 0)
                *why = "cannot be read";
        close(fd);
        return len > 0 ? len : -EINVAL;
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
        uint8_t difference = 0;

        for (size_t i = 0; i < len; i++)
                difference |= a[i] ^ b[i];
        return difference == 0;
}

static bool is_current_secret(const KeyItem *item, const uint8_t *key, size_t len)
{
        uint8_t current[KERNEL_KEY_MAX_SIZE];
        int32_t serial = keystore_serial(item->keys->keystore, item->account->ssid, item->slot);
        ssize_t current_len =
                serial == 0 ? -ENOKEY : kernel_key_read(serial, current, sizeof(current));
        bool same = current_len == (ssize_t) len && same_bytes(current, key, len);

        explicit_bzero(current, sizeof(current));
        return same;
}

static bool is_current_public(const KeyItem *item, const uint8_t *data, size_t len)
{
        GBytes *current = keystore_public(item->keys->keystore, item->account->ssid, item->slot);

        return current && g_bytes_get_size(current) == len &&
               memcmp(g_bytes_get_data(current, NULL), data, len) == 0;
}

static bool is_current(const KeyItem *item, const uint8_t *data, size_t len)
{
        if (!item->keys->keystore)
                return false;
        return key_slot_is_secret(item->slot) ? is_current_secret(item, data, len)
                                              : is_current_public(item, data, len);
}

static int tell(const KeyItem *item, int r, const char *path, const char *why)
{
        log_error(NULL, "%s:%u: %s%s%s", item->account->source, item->line, path ? path : "",
                  path ? ": " : "", why);
        return r;
}

/* `path`: of the file it comes from, or NULL. */
static int store(const KeyItem *item, const char *path, const uint8_t *data, size_t len)
{
        const ProvisionKeys *keys = item->keys;
        g_autofree char *why = NULL;
        int r;

        if (is_current(item, data, len))
                return 0;
        r = account_try_key(item->account, item->sms_parameters, keys->loader, item->slot, data,
                            len, &why);
        if (r < 0)
                return tell(item, r, path, why);
        if (!keys->keystore)
                return 0;
        r = keystore_set(keys->keystore, item->account->ssid, item->slot, data, len);
        if (r < 0)
                log_error(NULL, "%s:%u: the key cannot be stored: %s", item->account->source,
                          item->line, g_strerror(-r));
        return r;
}

static int store_file(const KeyItem *item, const char *path, bool hex)
{
        uint8_t key[KERNEL_KEY_MAX_SIZE];
        const char *why;
        ssize_t len = read_key(path, key, sizeof(key), &why);
        int r;

        if (len < 0)
                return tell(item, (int) len, path, why);
        if (hex)
                len = hex_decode(key, (size_t) len);
        r = len < 0 ? tell(item, -EINVAL, path, "not an even number of hexadecimal digits")
                    : store(item, path, key, (size_t) len);
        explicit_bzero(key, sizeof(key));
        return r;
}

/* `name`: psk or sms-key. */
static int tell_no_credentials(const KeyItem *item, const char *name)
{
        g_autofree char *why = NULL;

        if (!item->keys->keystore) {
                log_warning(NULL, "%s:%u: %s-credential: passed over, only the service can read it",
                            item->account->source, item->line, name);
                return 0;
        }
        why = g_strdup_printf("%s-credential: this service has no credentials directory", name);
        return tell(item, -ENOENT, NULL, why);
}

/* `name`: psk or sms-key. */
static int apply_source(KeyItem item, const KeySource *source, const char *name)
{
        g_autofree char *path = NULL;

        item.line = source->line;
        if (source->credential && item.keys->credentials)
                path = g_build_filename(item.keys->credentials, source->credential, NULL);
        if (path || source->file)
                return store_file(&item, path ? path : source->file, source->hex);
        return source->credential ? tell_no_credentials(&item, name) : 0;
}

static int apply_identity(KeyItem item, const char *identity)
{
        return identity ? store(&item, NULL, (const uint8_t *) identity, strlen(identity)) : 0;
}

static int apply_parameters(KeyItem item, GBytes *parameters, unsigned line)
{
        item.line = line;
        return parameters ? store(&item, NULL, g_bytes_get_data(parameters, NULL),
                                  g_bytes_get_size(parameters))
                          : 0;
}

static int apply_psk(KeyItem item, const ServerSettings *settings)
{
        int r;

        item.line = settings->psk.line;
        item.slot = KEY_SLOT_PSK_IDENTITY;
        r = apply_identity(item, settings->psk_identity);
        item.slot = KEY_SLOT_PSK;
        return r < 0 ? r : apply_source(item, &settings->psk, "psk");
}

/* The parameters first: they say what key it is. */
static int apply_sms(KeyItem item, const ServerSettings *settings)
{
        int r;

        item.slot = KEY_SLOT_SMS_PARAMETERS;
        r = apply_parameters(item, settings->sms_parameters, settings->sms_parameters_line);
        item.slot = KEY_SLOT_SMS_KEY;
        return r < 0 ? r : apply_source(item, &settings->sms_key, "sms-key");
}

int provision_keys_apply(const ProvisionKeys *keys, const ServerSettings *settings)
{
        const KeyItem item = {
                .keys = keys,
                .account = &settings->account,
                .sms_parameters = settings->sms_parameters,
        };
        int r = apply_psk(item, settings);
        int sms = apply_sms(item, settings);

        return r < 0 ? r : sms;
}
