/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Why a plugin was refused. */

#include <glib.h>

#define LOADER_ERROR (loader_error_quark())
GQuark loader_error_quark(void);

typedef enum LoaderError {
        LOADER_ERROR_FILE,   /* not there, not a plugin at all, or somebody else can change it */
        LOADER_ERROR_PLUGIN, /* what it exports cannot be used */
        LOADER_ERROR_TAKEN,  /* its name or a mode is served already, or there are too many */
} LoaderError;

/* Sets the error (`error` may be NULL) and returns FALSE. */
gboolean loader_refuse(GError **error, LoaderError code, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
