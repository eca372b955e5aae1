/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What systemd-logind does for us (org.freedesktop.login1(5)). */

#include <gio/gio.h>

#include "base/clock.h"

/* Asks for a reboot in two seconds, so that the answer to whoever wants it leaves before.
 * `connection`: to the system bus, or NULL. -ENOTCONN without it. A refusal comes later and is
 * logged. */
int login_reboot_soon(Clock *clock, GDBusConnection *connection);
