/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The accounts as the content of one sealed file. */

#include <glib.h>

#include "security/seal.h"

/* `accounts`: of Account. Durable when it returns; errno of seal_write(). */
int accounts_store_write(Seal *seal, const GArray *accounts);

/*
 * Appends what the file has, up to `max`; accounts that are not valid, or whose numbers another
 * has, are logged and left out. No file, or a damaged one, which is logged, is an empty list. Errno
 * of seal_read() otherwise.
 */
int accounts_store_read(Seal *seal, GArray *accounts, size_t max);
