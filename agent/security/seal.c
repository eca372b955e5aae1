/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/seal.h"

#include <dirent.h>
#include <errno.h>
#include <mbedtls/gcm.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/kernel-key.h"
#include "base/log-events.h"
#include "base/log.h"
#include "base/random.h"
#include "security/master-key.h"

/* magic, version | key identifier | nonce | ciphertext | tag. All before the nonce, and the name,
 * is authenticated. */
#define MAGIC "lwm2md\0\1"
#define MAGIC_SIZE 8
#define HEADER_SIZE (MAGIC_SIZE + MASTER_KEY_ID_SIZE)
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define OVERHEAD (HEADER_SIZE + NONCE_SIZE + TAG_SIZE)

struct Seal {
        char *directory;
        MasterKey key;
};

/* What is in memory until wiped. */
typedef struct Plain {
        size_t len;
        uint8_t data[];
} Plain;

typedef struct Aad {
        uint8_t data[HEADER_SIZE + SEAL_MAX_NAME];
        size_t len;
} Aad;

static void plain_free(void *data)
{
        Plain *plain = data;

        explicit_bzero(plain->data, plain->len);
        g_free(plain);
}

static Plain *plain_new(size_t len)
{
        Plain *plain = g_malloc(sizeof(*plain) + len);

        plain->len = len;
        return plain;
}

static bool name_is_valid(const char *name)
{
        size_t len = strlen(name);

        return len > 0 && len < SEAL_MAX_NAME && name[0] != '.' && !strpbrk(name, "/~");
}

static Aad aad_make(const Seal *seal, const char *name)
{
        Aad aad = {.len = HEADER_SIZE + strlen(name)};

        memcpy(aad.data, MAGIC, MAGIC_SIZE);
        memcpy(aad.data + MAGIC_SIZE, seal->key.id, MASTER_KEY_ID_SIZE);
        memcpy(aad.data + HEADER_SIZE, name, strlen(name));
        return aad;
}

/* The one place where the key's octets are: from here to the wipe. */
static int seal_set_key(const Seal *seal, mbedtls_gcm_context *gcm)
{
        uint8_t key[MASTER_KEY_SIZE];
        ssize_t n = kernel_key_read(seal->key.serial, key, sizeof(key));
        int r = 0;

        if (n < 0)
                r = (int) n;
        else if (n != sizeof(key) ||
                 mbedtls_gcm_setkey(gcm, MBEDTLS_CIPHER_ID_AES, key, sizeof(key) * 8) != 0)
                r = -EIO;
        explicit_bzero(key, sizeof(key));
        return r;
}

static int seal_encrypt(const Seal *seal, const Aad *aad, const void *data, size_t len,
                        uint8_t *sealed)
{
        uint8_t *nonce = sealed + HEADER_SIZE;
        uint8_t *cipher = nonce + NONCE_SIZE;
        mbedtls_gcm_context gcm;
        int r;

        memcpy(sealed, aad->data, HEADER_SIZE);
        random_bytes(nonce, NONCE_SIZE);

        mbedtls_gcm_init(&gcm);
        r = seal_set_key(seal, &gcm);
        if (r == 0 &&
            mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, len, nonce, NONCE_SIZE, aad->data,
                                      aad->len, data, cipher, TAG_SIZE, cipher + len) != 0)
                r = -EIO;
        mbedtls_gcm_free(&gcm);
        return r;
}

static int seal_decrypt(const Seal *seal, const Aad *aad, const uint8_t *sealed, Plain *plain)
{
        const uint8_t *nonce = sealed + HEADER_SIZE;
        const uint8_t *cipher = nonce + NONCE_SIZE;
        mbedtls_gcm_context gcm;
        int r;

        mbedtls_gcm_init(&gcm);
        r = seal_set_key(seal, &gcm);
        if (r == 0 &&
            mbedtls_gcm_auth_decrypt(&gcm, plain->len, nonce, NONCE_SIZE, aad->data, aad->len,
                                     cipher + plain->len, TAG_SIZE, cipher, plain->data) != 0)
                r = -EBADMSG;
        mbedtls_gcm_free(&gcm);
        return r;
}

/* *ret_why is set with -EBADMSG. */
static int seal_open(const Seal *seal, const char *name, GBytes *file, GBytes **ret,
                     const char **ret_why)
{
        Aad aad = aad_make(seal, name);
        size_t len;
        const uint8_t *sealed = g_bytes_get_data(file, &len);
        Plain *plain;
        int r;

        *ret_why = "torn, or not a sealed file";
        if (len < OVERHEAD || memcmp(sealed, MAGIC, MAGIC_SIZE) != 0)
                return -EBADMSG;
        *ret_why = "sealed under another master key";
        if (memcmp(sealed + MAGIC_SIZE, seal->key.id, MASTER_KEY_ID_SIZE) != 0)
                return -EBADMSG;

        plain = plain_new(len - OVERHEAD);
        r = seal_decrypt(seal, &aad, sealed, plain);
        if (r < 0) {
                *ret_why = "torn or tampered with";
                plain_free(plain);
                return r;
        }
        *ret = g_bytes_new_with_free_func(plain->data, plain->len, plain_free, plain);
        return 0;
}

/* One generation. An unusable one is told of here, because the caller goes on with the other. */
static int seal_read_file(const Seal *seal, const char *name, const char *file_name, GBytes **ret)
{
        g_autoptr(GBytes) file = NULL;
        const char *why = NULL;
        int r;

        r = file_read(seal->directory, file_name, SEAL_MAX_SIZE + OVERHEAD, &file);
        if (r == -EFBIG)
                why = "longer than any sealed file";
        if (r == 0)
                r = seal_open(seal, name, file, ret, &why);
        if (!why || r == 0)
                return r;

        log_event(LOG_LEVEL_ERROR, LOG_EVENT_STATE_TAMPERED, NULL, "%s/%s: %s, not used",
                  seal->directory, file_name, why);
        return -EBADMSG;
}

int seal_new(const char *state_directory, const char *credentials_directory, Seal **ret)
{
        MasterKey key;
        Seal *seal;
        int r;

        r = master_key_load(state_directory, credentials_directory, &key);
        if (r < 0)
                return r;

        seal = g_new0(Seal, 1);
        seal->directory = g_strdup(state_directory);
        seal->key = key;
        *ret = seal;
        return 0;
}

void seal_free(Seal *seal)
{
        if (!seal)
                return;
        kernel_key_revoke(seal->key.serial);
        g_free(seal->directory);
        g_free(seal);
}

const char *seal_key_source(const Seal *seal)
{
        return seal->key.source;
}

/* The sound content becomes the generation before. A damaged one must not push out a sound one. */
static int seal_keep_previous(const Seal *seal, const char *name)
{
        g_autofree char *previous = g_strconcat(name, "~", NULL);
        g_autoptr(GBytes) file = NULL;
        g_autoptr(GBytes) content = NULL;
        const char *why;
        int r;

        r = file_read(seal->directory, name, SEAL_MAX_SIZE + OVERHEAD, &file);
        if (r == -ENOENT || r == -EFBIG || r == -EIO)
                return 0;
        if (r < 0)
                return r;

        r = seal_open(seal, name, file, &content, &why);
        if (r == -EBADMSG)
                return 0;
        if (r < 0)
                return r;
        return file_replace(seal->directory, previous, g_bytes_get_data(file, NULL),
                            g_bytes_get_size(file));
}

static int seal_store(const Seal *seal, const char *name, const void *data, size_t len,
                      bool keep_previous)
{
        g_autofree uint8_t *sealed = NULL;
        Aad aad;
        int r;

        if (!name_is_valid(name))
                return -EINVAL;
        if (len > SEAL_MAX_SIZE)
                return -EMSGSIZE;

        aad = aad_make(seal, name);
        sealed = g_malloc(len + OVERHEAD);
        r = seal_encrypt(seal, &aad, data, len, sealed);
        if (r == 0 && keep_previous)
                r = seal_keep_previous(seal, name);
        if (r < 0)
                return r;
        return file_replace(seal->directory, name, sealed, len + OVERHEAD);
}

int seal_write(Seal *seal, const char *name, const void *data, size_t len)
{
        return seal_store(seal, name, data, len, true);
}

int seal_write_only(Seal *seal, const char *name, const void *data, size_t len)
{
        return seal_store(seal, name, data, len, false);
}

int seal_read(Seal *seal, const char *name, GBytes **ret, bool *ret_previous)
{
        g_autofree char *previous = NULL;
        int r, r_previous;

        if (!name_is_valid(name))
                return -EINVAL;

        /* -EIO: a sector that the disk can no longer read. */
        r = seal_read_file(seal, name, name, ret);
        if (r != -ENOENT && r != -EBADMSG && r != -EIO) {
                if (r == 0 && ret_previous)
                        *ret_previous = false;
                return r;
        }

        previous = g_strconcat(name, "~", NULL);
        r_previous = seal_read_file(seal, name, previous, ret);
        if (r_previous == -ENOENT)
                return r;
        if (r_previous < 0)
                return r_previous;
        if (ret_previous)
                *ret_previous = true;
        return 0;
}

bool seal_owns(const Seal *seal, const char *name)
{
        g_autoptr(GBytes) file = NULL;
        Aad aad;

        if (!name_is_valid(name) ||
            file_read(seal->directory, name, SEAL_MAX_SIZE + OVERHEAD, &file) < 0)
                return false;
        aad = aad_make(seal, name);
        return g_bytes_get_size(file) >= HEADER_SIZE &&
               memcmp(g_bytes_get_data(file, NULL), aad.data, HEADER_SIZE) == 0;
}

void seal_bytes_free(GBytes *bytes)
{
        if (bytes)
                g_bytes_unref(bytes);
}

int seal_remove(Seal *seal, const char *name)
{
        g_autofree char *previous = NULL;
        int r;

        if (!name_is_valid(name))
                return -EINVAL;

        previous = g_strconcat(name, "~", NULL);
        r = file_remove(seal->directory, previous);
        if (r < 0)
                return r;
        return file_remove(seal->directory, name);
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static void list_add(GPtrArray *names, const char *file_name, const char *prefix)
{
        g_autofree char *name = g_strdup(file_name);
        size_t len = strlen(name);

        if (len > 0 && name[len - 1] == '~')
                name[len - 1] = '\0';
        if (!g_str_has_prefix(name, prefix) || !name_is_valid(name) ||
            g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                return;
        g_ptr_array_add(names, g_steal_pointer(&name));
}

int seal_list(Seal *seal, const char *prefix, GPtrArray **ret)
{
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        DIR *directory = opendir(seal->directory);
        struct dirent *entry;

        if (!directory)
                return -errno;
        while ((entry = readdir(directory)))
                list_add(names, entry->d_name, prefix);
        closedir(directory);

        g_ptr_array_sort(names, compare_names);
        *ret = g_steal_pointer(&names);
        return 0;
}
