/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/master-key.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <mbedtls/hkdf.h>
#include <mbedtls/md.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/kernel-key.h"
#include "base/log.h"
#include "base/random.h"

#define CREDENTIAL_NAME "lwm2md.kmk"

/* RFC 5869, 2.3: different labels give independent keys. */
#define LABEL_SEAL "lwm2md state, AES-256-GCM"
#define LABEL_ID "lwm2md state, key identifier"

/* A credential's mode is systemd's affair; our own file's is ours. */
static int master_key_check_file(int fd)
{
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADMSG;
        if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
                return -EPERM;
        return 0;
}

static int master_key_read_fd(int fd, uint8_t key[MASTER_KEY_SIZE])
{
        uint8_t data[MASTER_KEY_SIZE + 1];
        size_t len = 0;
        int r = 0;

        while (len < sizeof(data)) {
                ssize_t n = read(fd, data + len, sizeof(data) - len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        r = -errno;
                if (n <= 0)
                        break;
                len += (size_t) n;
        }
        if (r == 0 && len != MASTER_KEY_SIZE)
                r = -EBADMSG;
        if (r == 0)
                memcpy(key, data, MASTER_KEY_SIZE);
        explicit_bzero(data, sizeof(data));
        return r;
}

static int master_key_read(const char *directory, const char *name, bool own,
                           uint8_t key[MASTER_KEY_SIZE])
{
        g_autofree char *path = g_build_filename(directory, name, NULL);
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (own ? O_NOFOLLOW : 0));
        int r = 0;

        if (fd < 0)
                return -errno;
        if (own)
                r = master_key_check_file(fd);
        if (r == 0)
                r = master_key_read_fd(fd, key);
        close(fd);
        return r;
}

static int master_key_make(const char *state, uint8_t key[MASTER_KEY_SIZE])
{
        int r;

        random_bytes(key, MASTER_KEY_SIZE);
        r = file_replace(state, MASTER_KEY_FILE, key, MASTER_KEY_SIZE);
        if (r < 0)
                return r;
        log_warning(NULL,
                    "no systemd credential %s: keys at rest are sealed under %s/" MASTER_KEY_FILE
                    ", readable by whoever can read the disk",
                    CREDENTIAL_NAME, state);
        return 0;
}

static int master_key_find(const char *state, const char *credentials, uint8_t key[MASTER_KEY_SIZE],
                           const char **ret_source)
{
        int r = -ENOENT;

        if (credentials)
                r = master_key_read(credentials, CREDENTIAL_NAME, false, key);
        if (r != -ENOENT) {
                *ret_source = "credential";
                return r;
        }

        *ret_source = "file";
        r = master_key_read(state, MASTER_KEY_FILE, true, key);
        if (r == -ENOENT)
                r = master_key_make(state, key);
        return r;
}

static int master_key_derive(const uint8_t key[MASTER_KEY_SIZE], const char *label, void *out,
                             size_t len)
{
        const mbedtls_md_info_t *sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);

        if (!sha256 || mbedtls_hkdf(sha256, NULL, 0, key, MASTER_KEY_SIZE, (const void *) label,
                                    strlen(label), out, len) != 0)
                return -EIO;
        return 0;
}

static int master_key_install(const uint8_t key[MASTER_KEY_SIZE], MasterKey *master)
{
        g_autofree char *description = g_strdup_printf("lwm2md:seal:%08x", random_u32());
        uint8_t seal[MASTER_KEY_SIZE];
        int r;

        r = master_key_derive(key, LABEL_ID, master->id, sizeof(master->id));
        if (r == 0)
                r = master_key_derive(key, LABEL_SEAL, seal, sizeof(seal));
        if (r == 0)
                r = kernel_key_add(description, seal, sizeof(seal), &master->serial);
        explicit_bzero(seal, sizeof(seal));
        return r;
}

int master_key_load(const char *state, const char *credentials, MasterKey *ret)
{
        MasterKey master = {0};
        uint8_t key[MASTER_KEY_SIZE];
        int r;

        r = master_key_find(state, credentials, key, &master.source);
        if (r == 0)
                r = master_key_install(key, &master);
        explicit_bzero(key, sizeof(key));
        if (r < 0)
                return r;
        *ret = master;
        return 0;
}
