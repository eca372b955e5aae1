/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "ctl.h"

/* Prints `lwm2mctl: what: why` to stderr and returns the exit code for it. `error` comes from a
 * call to the agent; a path at the beginning of its text takes the place of `what`. */
ExitCode error_report(const char *what, const GError *error);

/* Prints `lwm2mctl: ` and the formatted text to stderr, and returns EXIT_USAGE. */
ExitCode error_usage(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* True if `error` says that no agent is on the bus, or no bus. */
bool error_is_no_agent(const GError *error);

/* The words for the name of an agent's error, "timed out" for org.lwm2md1.Error.Timeout; the last
 * part of the name itself where it is not known. */
const char *error_words(const char *dbus_name);

/* `text`, or "" where it says no more than those words. */
const char *error_detail(const char *dbus_name, const char *text);

/* Of two exit codes the one to tell: the first that is not EXIT_DONE. */
ExitCode exit_code_join(ExitCode first, ExitCode second);
