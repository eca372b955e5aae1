/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "ctl.h"

/* A Short Server ID, 1 to 65534. False, with an error on stderr, for anything else. */
bool argument_ssid(const char *text, guint16 *ret_ssid);

/* A whole number within limits. False, without a word, for anything else. */
bool argument_number(const char *text, guint64 min, guint64 max, guint64 *ret_number);

/* The servers named by `args`, or every server where none is. NULL and the exit code to return,
 * after an error on stderr, if that fails. */
GArray *argument_servers(Ctl *ctl, char **args, ExitCode *ret_code);
