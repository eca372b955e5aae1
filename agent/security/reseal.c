/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/reseal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "security/master-key.h"

/* What no key opens. */
static bool is_unusable(int error)
{
        return error == -EBADMSG || error == -ENOENT || error == -EISDIR || error == -EINVAL;
}

/* 1: it cannot be read at present, and may be the next time. */
static int reseal_one(Seal *seal, Seal *earlier, const char *name)
{
        Seal *source = seal_owns(seal, name) ? seal : earlier;
        g_autoptr(GBytes) content = NULL;
        int r = seal_read(source, name, &content, NULL);

        if (r == -EIO)
                return 1;
        if (r < 0)
                return is_unusable(r) ? 0 : r;

        /* Twice: the generation before is under the earlier key as well. */
        for (int i = 0; r == 0 && i < 2; i++)
                r = seal_write(seal, name, g_bytes_get_data(content, NULL),
                               g_bytes_get_size(content));
        return r;
}

/* How many cannot be read at present. */
static int reseal_all(Seal *seal, Seal *earlier)
{
        g_autoptr(GPtrArray) names = NULL;
        int left = 0;
        int r = seal_list(earlier, "", &names);

        for (unsigned i = 0; r >= 0 && i < names->len; i++) {
                if (strcmp(names->pdata[i], MASTER_KEY_FILE) == 0)
                        continue;
                r = reseal_one(seal, earlier, names->pdata[i]);
                left += MAX(r, 0);
        }
        return r < 0 ? r : left;
}

int reseal(Seal *seal, const char *state_directory)
{
        g_autofree char *path = g_build_filename(state_directory, MASTER_KEY_FILE, NULL);
        g_autoptr(Seal) earlier = NULL;
        int r;

        if (strcmp(seal_key_source(seal), "credential") != 0 || access(path, F_OK) < 0)
                return 0;
        r = seal_new(state_directory, NULL, &earlier);
        if (r == -EBADMSG || r == -EPERM) {
                log_warning(NULL, "%s: cannot be used, nor what it sealed", path);
                return 0;
        }
        if (r == 0)
                r = reseal_all(seal, earlier);
        if (r > 0) {
                log_warning(NULL, "%s: kept, %d of the files it sealed cannot be read", path, r);
                return 0;
        }
        if (r == 0)
                r = file_remove(state_directory, MASTER_KEY_FILE);
        if (r < 0)
                return r;
        log_notice(NULL, "%s: what it sealed is under the credential from here on, removed", path);
        return 0;
}
