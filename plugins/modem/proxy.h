/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon that shares the modem's control port with others, at an abstract socket. */

#include <stdbool.h>

/* Whether it takes connections. The libraries start one of their own where it does not, which would
 * be a child in our sandbox: they are not to be called then. */
bool proxy_is_there(const char *name);
