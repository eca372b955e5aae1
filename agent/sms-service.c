/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms-service.h"

#include <errno.h>

#include "base/bytes.h"
#include "base/log.h"
#include "sms/modem.h"

#define BUDGET_FILE "sms-budget"

/* Of the bus, when it is not there or has gone. */
#define CONNECT_INTERVAL (5 * (gint64) G_USEC_PER_SEC)

struct SmsService {
        SmsServiceParts parts;
        GBusType type;
        SmsServiceFunc on_changed;
        void *user;
        GCancellable *cancellable;
        Timer *retry;
        SmsCounters before;          /* of bearers that are gone */
        GDBusConnection *connection; /* and all below: NULL while not connected */
        gulong closed_handler;
        Modem *modem;
        Bearer *bearer;
};

/* ---- The budget ---- */

static int budget_parse(GBytes *bytes, BudgetState *ret)
{
        ByteReader reader = byte_reader(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        uint64_t fields[4];

        for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
                int r = byte_reader_u64(&reader, &fields[i]);

                if (r < 0)
                        return r;
        }
        *ret = (BudgetState){
                .hour_begin = (gint64) fields[0],
                .hour_used = (unsigned) MIN(fields[1], UINT_MAX),
                .day_begin = (gint64) fields[2],
                .day_used = (unsigned) MIN(fields[3], UINT_MAX),
        };
        return 0;
}

static int budget_read(Seal *seal, BudgetState *ret)
{
        GBytes *bytes = NULL;
        int r = seal_read(seal, BUDGET_FILE, &bytes, NULL);

        if (r < 0)
                return r;
        r = budget_parse(bytes, ret);
        seal_bytes_free(bytes);
        return r;
}

static void store_budget(const BudgetState *state, void *user)
{
        SmsService *service = user;
        uint8_t buffer[32];
        ByteWriter writer = byte_writer(buffer, sizeof(buffer));
        int r;

        byte_writer_u64(&writer, (uint64_t) state->hour_begin);
        byte_writer_u64(&writer, state->hour_used);
        byte_writer_u64(&writer, (uint64_t) state->day_begin);
        byte_writer_u64(&writer, state->day_used);
        r = seal_write_only(service->parts.seal, BUDGET_FILE, buffer, writer.len);
        if (r < 0)
                log_warning("sms", "what was sent cannot be noted: %s", g_strerror(-r));
}

/* ---- The bearer ---- */

static void on_status(void *user)
{
        SmsService *service = user;

        client_modem_changed(service->parts.client);
        service->on_changed(service->user);
}

static const BearerOps bearer_ops = {.store_budget = store_budget, .on_status = on_status};

static void open_bearer(SmsService *service)
{
        const Settings *settings = service->parts.settings;
        BearerConfig config = bearer_config_default();
        BudgetState budget;
        int r;

        config.numbering.country_code = settings->sms.country_code;
        config.numbering.international_prefix = settings->sms.international_prefix;
        config.per_hour = settings->sms.budget_per_hour;
        config.per_day = settings->sms.budget_per_day;
        r = budget_read(service->parts.seal, &budget);
        if (r < 0 && r != -ENOENT)
                log_warning("sms", "how many messages were sent is not known: %s", g_strerror(-r));
        service->modem = modem_new(service->connection);
        service->bearer = bearer_new(service->parts.clock, service->modem, &config,
                                     r == 0 ? &budget : NULL, &bearer_ops, service);
        client_set_bearer(service->parts.client, service->bearer);
        bearer_start(service->bearer);
        service->on_changed(service->user);
}

static void keep_counters(SmsService *service)
{
        for (int i = 0; i < SMS_COUNTERS_N; i++) {
                if (i != SMS_REASSEMBLY_PENDING) /* nothing waits any more */
                        service->before.value[i] += bearer_counter(service->bearer, (SmsCounter) i);
        }
}

static void close_bearer(SmsService *service)
{
        if (!service->connection)
                return;
        keep_counters(service);
        client_set_bearer(service->parts.client, NULL);
        g_clear_pointer(&service->bearer, bearer_free);
        g_clear_pointer(&service->modem, modem_free);
        g_signal_handler_disconnect(service->connection, service->closed_handler);
        g_clear_object(&service->connection);
}

/* ---- The bus ---- */

static void on_closed(GDBusConnection *connection, gboolean remote, GError *error, gpointer user)
{
        SmsService *service = user;

        close_bearer(service);
        service->on_changed(service->user);
        timer_arm_in(service->retry, CONNECT_INTERVAL);
}

static void on_connection(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(GError) error = NULL;
        GDBusConnection *connection = g_bus_get_finish(result, &error);
        SmsService *service = user;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) /* `user` is gone */
                return;
        if (!connection) {
                log_debug("sms", "no bus: %s", error->message);
                timer_arm_in(service->retry, CONNECT_INTERVAL);
                return;
        }
        service->connection = connection;
        g_dbus_connection_set_exit_on_close(connection, FALSE);
        service->closed_handler =
                g_signal_connect(connection, "closed", G_CALLBACK(on_closed), service);
        open_bearer(service);
}

static void on_retry(void *user)
{
        SmsService *service = user;

        g_bus_get(service->type, service->cancellable, on_connection, service);
}

/* ---- The service ---- */

SmsService *sms_service_new(const SmsServiceParts *parts, GBusType type, SmsServiceFunc on_changed,
                            void *user)
{
        SmsService *service = g_new0(SmsService, 1);

        service->parts = *parts;
        service->type = type;
        service->on_changed = on_changed;
        service->user = user;
        service->cancellable = g_cancellable_new();
        service->retry = timer_new(parts->clock, on_retry, service);
        timer_arm_in(service->retry, 0);
        return service;
}

void sms_service_free(SmsService *service)
{
        if (!service)
                return;
        g_cancellable_cancel(service->cancellable);
        g_object_unref(service->cancellable);
        close_bearer(service);
        timer_free(service->retry);
        g_free(service);
}

bool sms_service_has_modem(const SmsService *service)
{
        return service->bearer && bearer_status(service->bearer)->state != MODEM_ABSENT;
}

/* ---- What is shown ---- */

static const char *view_backend(void *user)
{
        const SmsService *service = user;

        return service->bearer ? bearer_status(service->bearer)->backend : NULL;
}

static const char *view_device(void *user)
{
        const SmsService *service = user;

        return service->bearer ? bearer_status(service->bearer)->device : NULL;
}

static const char *view_state(void *user)
{
        const SmsService *service = user;

        return modem_state_to_string(service->bearer ? bearer_status(service->bearer)->state
                                                     : MODEM_ABSENT);
}

static void view_counters(SmsCounterFunc func, void *data, void *user)
{
        const SmsService *service = user;

        for (int i = 0; service->bearer && i < SMS_COUNTERS_N; i++)
                func(sms_counter_to_string((SmsCounter) i),
                     service->before.value[i] + bearer_counter(service->bearer, (SmsCounter) i),
                     data);
}

static bool view_storage_full(void *user)
{
        const SmsService *service = user;

        return service->bearer && bearer_status(service->bearer)->storage_full;
}

static void view_left(SmsCounterFunc func, void *data, void *user)
{
        const SmsService *service = user;
        unsigned hour, day;

        if (!service->bearer)
                return;
        bearer_budget_left(service->bearer, &hour, &day);
        if (service->parts.settings->sms.budget_per_hour > 0)
                func("hour", hour, data);
        if (service->parts.settings->sms.budget_per_day > 0)
                func("day", day, data);
}

const SmsView *sms_service_view(void)
{
        static const SmsView view = {view_backend,  view_device,       view_state,
                                     view_counters, view_storage_full, view_left};

        return &view;
}
