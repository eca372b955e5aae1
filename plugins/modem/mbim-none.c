/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backend.h"

Backend *mbim_backend_new(void)
{
        return NULL;
}
