/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The arguments of Credentials.SetKey that need a look. */

#include "bus/export.h"

/* The descriptor that came with the call, owned by the caller of this. -1: the call is answered. */
int key_argument_take_fd(BusCall *call, gint32 handle);

/* Option "encoding": "raw" (default) or "hex". FALSE: the call is answered. */
gboolean key_argument_is_hex(BusCall *call, GVariant *options, gboolean *ret);
