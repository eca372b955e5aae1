/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What systemd-logind does for us (org.freedesktop.login1(5)). */

#include <gio/gio.h>

#include "base/clock.h"

/* How long a reboot waits, so that the answer to whoever wants it leaves before. */
#define LOGIN_REBOOT_DELAY (2 * G_TIME_SPAN_SECOND)

typedef struct Login Login;

/* `clock` is borrowed. */
Login *login_new(Clock *clock);

/* A reboot that is still waiting does not happen. Takes NULL. */
void login_free(Login *login);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Login, login_free)

/* Asks for a reboot after LOGIN_REBOOT_DELAY; nothing more where one is waiting already.
 * `connection`: to the system bus, or NULL. -ENOTCONN without it. A refusal comes later and is
 * logged. */
int login_reboot_soon(Login *login, GDBusConnection *connection);
