/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backend.h"

#include <string.h>

#include "base/log.h"
#include "pdu.h"

#define MAX_NUMBER 20

void backend_init(Backend *backend, const BackendOps *ops)
{
        backend->ops = ops;
        backend->complaints = RATE_LIMIT(60 * G_USEC_PER_SEC, 3);
        backend->status.own_number = g_strdup("");
        backend->fetches = g_array_new(FALSE, FALSE, sizeof(Place));
}

void backend_free(Backend *backend)
{
        if (!backend)
                return;
        g_free(backend->status.own_number);
        g_array_unref(backend->fetches);
        backend->ops->free(backend);
}

static void backend_tell(Backend *backend)
{
        if (backend->handler)
                backend->handler->on_status(backend->user);
}

void backend_set_state(Backend *backend, ModemState state)
{
        if (backend->status.state == state)
                return;
        backend->status.state = state;
        backend_tell(backend);
}

#define STORAGES (8 * sizeof(((BackendStatus *) NULL)->full))

uint32_t backend_storage_bit(uint8_t storage)
{
        return storage < STORAGES ? 1u << storage : 0;
}

static void backend_set_full(Backend *backend, uint32_t full)
{
        if (backend->status.full == full)
                return;
        backend->status.full = full;
        backend->status.storage_full = full != 0;
        backend_tell(backend);
}

void backend_set_storage_full(Backend *backend, uint8_t storage, bool full)
{
        const uint32_t bit = backend_storage_bit(storage);

        if (full && bit & ~backend->status.full)
                log_warning(backend->ops->name, "storage %u for short messages is full", storage);
        else if (!full && bit & backend->status.full)
                log_info(backend->ops->name, "storage %u for short messages has room again",
                         storage);
        backend_set_full(backend, full ? backend->status.full | bit : backend->status.full & ~bit);
}

bool backend_is_full(const Backend *backend, const Place *place)
{
        return backend->status.full & backend_storage_bit(place->storage);
}

void backend_forget_storages(Backend *backend)
{
        backend_set_full(backend, 0);
}

void backend_set_own_number(Backend *backend, const char *number)
{
        char digits[MAX_NUMBER + 1];
        size_t len = 0;

        for (; number && *number && len < MAX_NUMBER; number++) {
                if (g_ascii_isdigit(*number))
                        digits[len++] = *number;
        }
        digits[len] = '\0';
        if (strcmp(backend->status.own_number, digits) == 0)
                return;
        g_free(backend->status.own_number);
        backend->status.own_number = g_strdup(digits);
        backend_tell(backend);
}

void backend_complain(Backend *backend, const Place *place, const char *text)
{
        unsigned suppressed;

        if (rate_limit_pass(&backend->complaints, g_get_monotonic_time(), &suppressed))
                log_warning(backend->ops->name,
                            "message %u cannot be read: %s, %u others since the last such line",
                            place->number, text, suppressed);
}

bool backend_take_pdu(Backend *backend, const Place *place, const uint8_t *pdu, size_t len)
{
        const uint8_t *tpdu;
        size_t tpdu_len;

        if (pdu_parse(pdu, len, &tpdu, &tpdu_len) < 0) {
                backend_complain(backend, place, "no PDU");
                return false;
        }
        if (backend->handler)
                backend->handler->on_message(place, tpdu, tpdu_len, backend->user);
        return true;
}
