/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "complaint.h"

#include <stdarg.h>
#include <stdio.h>

int complain(Complaint *complaint, int error, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(complaint->text, sizeof(complaint->text), format, arguments);
        va_end(arguments);
        return error;
}
