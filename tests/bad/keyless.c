/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded: a kernel that refuses keys, as the seccomp filters of container managers make it do.
 */
#include <errno.h>
#include <keyutils.h>
#include <stddef.h>

key_serial_t add_key(const char *type, const char *description, const void *payload, size_t len,
                     key_serial_t ring)
{
        (void) type;
        (void) description;
        (void) payload;
        (void) len;
        (void) ring;
        errno = EPERM;
        return -1;
}
