/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Short messages of the daemon: the modem's service on the bus, the bearer on it, and how many
 * messages were sent, on disk. */

#include <gio/gio.h>

#include "bus/sms.h"
#include "lwm2m/client.h"
#include "settings.h"
#include "sms/bearer.h"

typedef struct SmsService SmsService;

typedef struct SmsServiceParts { /* borrowed, outlive the service */
        Clock *clock;
        Seal *seal;
        const Settings *settings;
        Client *client; /* started */
} SmsServiceParts;

/* `on_changed`: there is a bearer or there is none any more, or its modem's status has changed. */
typedef void (*SmsServiceFunc)(void *user);

/* Gives the client a bearer as soon as the bus is there, and again whenever it comes back. Never
 * NULL. */
SmsService *sms_service_new(const SmsServiceParts *parts, GBusType type, SmsServiceFunc on_changed,
                            void *user);

/* Takes the bearer away from the client, which must be there still. Takes NULL. */
void sms_service_free(SmsService *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmsService, sms_service_free)

/* Whether there is a modem, of whatever state. */
bool sms_service_has_modem(const SmsService *service);

/* For bus_set_sms(), whose `user` is the service. */
const SmsView *sms_service_view(void);
