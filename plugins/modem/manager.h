/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* ModemManager, where it runs: whether it has our modem, and its way to delete a message. */

#include <gio/gio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

typedef struct Manager Manager;

/* It may hear of a message later than we do. */
#define MANAGER_DELETE_TIME_MS 2000
#define MANAGER_DELETE_INTERVAL_MS 250

/* Of its messages, how many are looked at for one that is to be deleted. */
#define MANAGER_MAX_MESSAGES 512

/* Both are borrowed. Freed behind the main loop; what is not done ends with -ECANCELED. */
Manager *manager_new(GDBusConnection *connection, Clock *clock);
void manager_free(Manager *manager);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Manager, manager_free)

/* `modem`: its object for the modem with this control port, or NULL where it has none, or has it
 * and keeps no messages of it: nobody has enabled it. Negative where it is there and does not tell.
 * Who asks while it is being asked for the same device is given the same answer: the bus lets
 * nobody wait for more than some replies. */
typedef void (*ManagerOwner)(int result, const char *modem, void *user);
void manager_ask(Manager *manager, const char *device, ManagerOwner func, void *user);

/* Deletes the message equal to `tpdu` (SMS-DELIVER, SMS-STATUS-REPORT); one that was put together
 * of several by any of them. `func` later: -ENOENT where there is none within
 * MANAGER_DELETE_TIME_MS, -EIO where it is not deleted. */
typedef void (*ManagerDone)(int result, void *user);
void manager_delete(Manager *manager, const char *modem, const uint8_t *tpdu, size_t len,
                    ManagerDone func, void *user);

/* Whether a message of ModemManager's, by its properties (a{sv}), is this one. */
bool manager_message_is(GVariant *properties, const uint8_t *tpdu, size_t len);
