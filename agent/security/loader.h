/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finds, judges and opens security plugins. A plugin is never closed again, a refused one neither.
 *
 * Judged before it is opened: a regular file NAME.so, not a link out of its directory; file and
 * directory owned by root (or by the agent's own user where it does not run as root, as in tests)
 * and writable by nobody else; a shared ELF object for this machine. Judged before any of its
 * functions is called, except the constructors that dlopen() runs: it exports
 * `lwm_security_plugin`; abi equal, size at least that of the first ABI; every function there; name
 * equal to the file's name; modes, at least one, not already served by an earlier one. What fails
 * is refused with a text that says why; the others load.
 */

#include <glib.h>
#include <stdbool.h>

#include "plugins/lwm2m-security.h"
#include "security/loader-error.h"

/* The most plugins. */
#define LOADER_MAX_PLUGINS 16

typedef struct Loader Loader;

typedef struct LoadedPlugin {
        const LwmSecurityPlugin *plugin;
        char *path;
        bool tainted; /* not from the directory the package installs to, or not owned by root */
} LoadedPlugin;

Loader *loader_new(void);

/* The plugins themselves stay open. */
void loader_free(Loader *loader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Loader, loader_free)

/* Loads all NAME.so of a directory, in order of name. Returns how many; each refusal is logged.
 * -ENOENT … where the directory itself cannot be read, -EPERM where others may write to it.
 * `trusted`: the directory of the package. */
int loader_load_directory(Loader *loader, const char *directory, bool trusted);

/* One file. FALSE with a text for a person, of LOADER_ERROR. */
gboolean loader_load_file(Loader *loader, const char *path, bool trusted, GError **error);

/* The plugin for a value of /0/x/2 (UDP) or /0/x/6 (SMS), NULL where there is none. */
const LoadedPlugin *loader_find(const Loader *loader, LwmSecurityBearer bearer, uint8_t mode);

size_t loader_len(const Loader *loader);
const LoadedPlugin *loader_get(const Loader *loader, size_t index);
