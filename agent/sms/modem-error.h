/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* Why a modem service did not send: of the bus or of the service, as ModemHandler.on_sent says. */
int modem_errno(const GError *error);
