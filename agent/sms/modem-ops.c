/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/modem-ops.h"

#include "base/names.h"

static const char *const modem_state_names[] = {
        [MODEM_ABSENT] = "absent",
        [MODEM_LOCKED] = "locked",
        [MODEM_SEARCHING] = "searching",
        [MODEM_READY] = "ready",
};

NAMES(modem_state, ModemState, modem_state_names)

void modem_init(Modem *modem, const ModemOps *ops)
{
        modem->ops = ops;
        modem->status = (ModemStatus){
                .backend = "",
                .device = g_strdup(""),
                .own_number = g_strdup(""),
        };
}

void modem_free(Modem *modem)
{
        if (!modem)
                return;

        modem->handler = NULL;
        g_free(modem->status.device);
        g_free(modem->status.own_number);
        modem->ops->free(modem);
}

void modem_set_handler(Modem *modem, const ModemHandler *handler, void *user)
{
        modem->handler = handler;
        modem->user = user;
}

void modem_send(Modem *modem, const uint8_t *tpdu, size_t len, guint64 token)
{
        modem->ops->send(modem, tpdu, len, token);
}

void modem_acknowledge(Modem *modem, guint64 id, bool foreign)
{
        modem->ops->acknowledge(modem, id, foreign);
}

void modem_replay(Modem *modem)
{
        modem->ops->replay(modem);
}

const ModemStatus *modem_status(const Modem *modem)
{
        return &modem->status;
}
