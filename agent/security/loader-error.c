/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/loader-error.h"

G_DEFINE_QUARK(loader - error - quark, loader_error)

gboolean loader_refuse(GError **error, LoaderError code, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        if (error)
                *error = g_error_new_valist(LOADER_ERROR, (int) code, format, args);
        va_end(args);
        return FALSE;
}
