/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/tally.h"

#include <string.h>

/* It becomes a name on D-Bus, whatever the plugin says. */
static bool is_name(const char *name)
{
        size_t len = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;

        return len > 0 && len <= TALLY_MAX_NAME && name[len] == '\0';
}

static LwmSecurityCounter *tally_find(Tally *tally, const char *name)
{
        for (size_t i = 0; i < tally->len; i++)
                if (strcmp(tally->item[i].name, name) == 0)
                        return &tally->item[i];
        return NULL;
}

static void tally_add_one(Tally *tally, const LwmSecurityCounter *counter)
{
        LwmSecurityCounter *item;

        if (!is_name(counter->name))
                return;
        item = tally_find(tally, counter->name);
        if (item && counter->flags & LWM_SECURITY_LEVEL)
                item->value = counter->value;
        else if (item)
                item->value += counter->value;
        else if (tally->len < TALLY_MAX)
                tally->item[tally->len++] = *counter;
}

void tally_add(Tally *tally, const Channel *channel)
{
        size_t len;
        const LwmSecurityCounter *counters = channel_counters(channel, &len);

        for (size_t i = 0; i < len; i++)
                tally_add_one(tally, &counters[i]);
}

Tally tally_with(const Tally *tally, const Channel *channel)
{
        Tally sum = *tally;

        if (channel)
                tally_add(&sum, channel);
        return sum;
}
