/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.lwm2md1.Sms at /org/lwm2md1/sms, while there is a modem. */

#include <stdbool.h>

#include "bus/object-manager.h"

/* Told of each counter of SmsView.foreach_counter(), and of what is left. */
typedef void (*SmsCounterFunc)(const char *name, guint64 value, void *data);

/* What is to be seen of the SMS bearer. A constant; `user` is bus_set_sms()'s. */
typedef struct SmsView {
        /* "qmi", "mbim"; "" or NULL: there is no modem service, and no object. Borrowed, like the
         * two below, until the main loop runs. */
        const char *(*backend)(void *user);
        const char *(*device)(void *user); /* "" or NULL: not known */
        const char *(*state)(void *user);
        void (*foreach_counter)(SmsCounterFunc func, void *data, void *user);
        bool (*storage_full)(void *user);

        /* What the budget has left, "hour" and "day"; not told of one without a limit. */
        void (*foreach_left)(SmsCounterFunc func, void *data, void *user);
} SmsView;

typedef struct BusSms BusSms;

/* All borrowed. */
BusSms *bus_sms_new(GDBusConnection *connection, Authorizer *authorizer, ObjectManager *objects,
                    const SmsView *view, void *user);
void bus_sms_free(BusSms *sms);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BusSms, bus_sms_free)

/* Looks again: the object comes, goes, or signals what is different. */
void bus_sms_changed(BusSms *sms);

/* Signals Triggered; `what`: "update", "bootstrap". */
void bus_sms_triggered(BusSms *sms, uint16_t ssid, const char *what);
