/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The client of org.lwm2md1.Modem with services on a private bus. */

#include "sms/modem.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "fake-service.h"
#include "test-util.h"

#define QMI "org.lwm2md1.Modem.Qmi"
#define MBIM "org.lwm2md1.Modem.Mbim"

typedef struct Fixture {
        GTestDBus *bus;
        GDBusConnection *connection;
        Modem *modem;
        FakeService *service;
        GString *log; /* what the modem tells */
} Fixture;

static void on_received(const ModemMessage *message, void *user)
{
        Fixture *f = user;

        g_string_append_printf(f->log, "received %" G_GUINT64_FORMAT " %.*s%s;", message->id,
                               (int) MIN(message->len, 20), (const char *) message->tpdu,
                               message->stored ? " stored" : "");
}

static void on_sent(guint64 token, int result, unsigned reference, void *user)
{
        Fixture *f = user;

        g_string_append_printf(f->log, "sent %" G_GUINT64_FORMAT " %d %u;", token, result,
                               reference);
}

static void on_status(void *user)
{
        Fixture *f = user;

        g_string_append_printf(f->log, "%s;", modem_state_to_string(modem_status(f->modem)->state));
}

static void on_connected(void *user)
{
        Fixture *f = user;

        g_string_append(f->log, "connected;");
        modem_replay(f->modem);
}

static const ModemHandler handler = {
        .on_received = on_received,
        .on_sent = on_sent,
        .on_status = on_status,
        .on_connected = on_connected,
};

static void on_line(LogLevel level, const char *line, void *user)
{
}

static void fixture_set_up(Fixture *f, gconstpointer data)
{
        g_autoptr(GError) error = NULL;

        log_set_sink(on_line, NULL);
        f->bus = g_test_dbus_new(G_TEST_DBUS_NONE);
        g_test_dbus_up(f->bus);
        f->connection = g_dbus_connection_new_for_address_sync(
                g_test_dbus_get_bus_address(f->bus),
                G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                        G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                NULL, NULL, &error);
        g_assert_no_error(error);
        f->log = g_string_new(NULL);
        f->modem = modem_new(f->connection);
        modem_set_handler(f->modem, &handler, f);
}

static void fixture_tear_down(Fixture *f, gconstpointer data)
{
        modem_free(f->modem);
        fake_service_free(f->service);
        g_dbus_connection_close_sync(f->connection, NULL, NULL);
        g_object_unref(f->connection);
        /* GDBus lets go of the last references from the loop. */
        for (unsigned i = 0; i < 3; i++)
                g_main_context_iteration(NULL, FALSE);
        g_test_dbus_down(f->bus);
        g_object_unref(f->bus);
        g_string_free(f->log, TRUE);
        log_set_sink(NULL, NULL);
}

static bool has(const GString *log, const char *text)
{
        return strstr(log->str, text) != NULL;
}

static void start(Fixture *f, const char *name)
{
        f->service = fake_service_new(g_test_dbus_get_bus_address(f->bus), name);
        test_wait_until(NULL, has(f->log, "ready;") && has(f->service->log, "replay;"));
        g_string_truncate(f->log, 0);
        g_string_truncate(f->service->log, 0);
}

static void wait_log(Fixture *f, const char *expect)
{
        test_wait_until(NULL, f->log->len >= strlen(expect));
        g_assert_cmpstr(f->log->str, ==, expect);
        g_string_truncate(f->log, 0);
}

static void wait_service(Fixture *f, const char *expect)
{
        test_wait_until(NULL, f->service->log->len >= strlen(expect));
        g_assert_cmpstr(f->service->log->str, ==, expect);
        g_string_truncate(f->service->log, 0);
}

static void test_status(Fixture *f, gconstpointer data)
{
        const ModemStatus *status = modem_status(f->modem);

        g_assert_cmpint(status->state, ==, MODEM_ABSENT);
        g_assert_cmpstr(status->backend, ==, "");
        start(f, MBIM);
        status = modem_status(f->modem);
        g_assert_cmpstr(status->backend, ==, "mbim");
        g_assert_cmpstr(status->device, ==, "/dev/cdc-wdm0");
        g_assert_cmpstr(status->own_number, ==, "14155550125");
        g_assert_false(status->storage_full);

        /* What has a wrong type is passed over. */
        fake_service_set_state(f->service, "searching");
        wait_log(f, "searching;");
        g_assert_true(status->storage_full);
        g_assert_cmpstr(status->device, ==, "/dev/cdc-wdm0");
        fake_service_set_state(f->service, "on fire");
        wait_log(f, "absent;");
}

static void test_receive(Fixture *f, gconstpointer data)
{
        g_autofree char *text = g_strnfill(300, 'x');

        start(f, QMI);
        fake_service_receive(f->service, g_dbus_connection_get_unique_name(f->connection), 7, "abc",
                             FALSE);
        wait_log(f, "received 7 abc;");
        fake_service_receive(f->service, g_dbus_connection_get_unique_name(f->connection), 8, "",
                             TRUE);
        wait_log(f, "received 8  stored;");
        fake_service_receive(f->service, NULL, 9, text, FALSE);
        wait_log(f, "received 9 xxxxxxxxxxxxxxxxxxxx;");
        modem_acknowledge(f->modem, 7, false);
        modem_acknowledge(f->modem, 8, true);
        wait_service(f, "ack 7;ack 8f;");
        g_assert_cmpstr(f->service->agent, ==, g_dbus_connection_get_unique_name(f->connection));
}

/* Signals of a wrong type, and of somebody who is not the service. */
static void test_impostor(Fixture *f, gconstpointer data)
{
        FakeService *impostor;

        start(f, QMI);
        impostor = fake_service_new(g_test_dbus_get_bus_address(f->bus), "org.example.Impostor");
        fake_service_receive(impostor, NULL, 1, "forged", FALSE);
        fake_service_receive(impostor, g_dbus_connection_get_unique_name(f->connection), 1,
                             "forged", FALSE);
        fake_service_set_state(impostor, "locked");
        fake_service_emit(f->service, "Received", g_variant_new("(s)", "nonsense"));
        g_dbus_connection_flush_sync(impostor->connection, NULL, NULL);
        fake_service_receive(f->service, NULL, 2, "genuine", FALSE);
        wait_log(f, "received 2 genuine;");
        fake_service_free(impostor);
}

static void test_send(Fixture *f, gconstpointer data)
{
        start(f, QMI);
        modem_send(f->modem, (const uint8_t *) "\1\2\3", 3, 5);
        wait_service(f, "send 010203;");
        g_assert_cmpuint(f->log->len, ==, 0);
        fake_service_answer(f->service, 77);
        wait_log(f, "sent 5 0 77;");
}

static void test_send_refused(Fixture *f, gconstpointer data)
{
        static const struct {
                const char *error;
                int result;
        } all[] = {
                {"org.lwm2md1.Error.Refused", -EIO},
                {"org.lwm2md1.Error.NotConnected", -ENODEV},
                {"org.lwm2md1.Error.Timeout", -ETIMEDOUT},
                {"org.lwm2md1.Error.Busy", -EBUSY},
                {"org.lwm2md1.Error.NotAuthorized", -EACCES},
                {"org.freedesktop.DBus.Error.AccessDenied", -EACCES},
                {"org.freedesktop.DBus.Error.NoReply", -ENODEV},
                {"org.freedesktop.DBus.Error.Timeout", -ETIMEDOUT},
        };

        start(f, QMI);
        for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
                g_autofree char *expect = g_strdup_printf("sent 1 %d 0;", all[i].result);

                f->service->error = all[i].error;
                modem_send(f->modem, (const uint8_t *) "x", 1, 1);
                wait_log(f, expect);
        }
}

/* Without a service the answer is the same, and later. */
static void test_absent(Fixture *f, gconstpointer data)
{
        g_autofree char *expect = g_strdup_printf("sent 5 %d 0;", -ENODEV);

        modem_acknowledge(f->modem, 1, false);
        modem_replay(f->modem);
        modem_send(f->modem, (const uint8_t *) "x", 1, 5);
        g_assert_cmpuint(f->log->len, ==, 0);
        wait_log(f, expect);
}

/* The service dies with a message in its hands, and comes back. */
static void test_gone_and_back(Fixture *f, gconstpointer data)
{
        g_autofree char *expect = g_strdup_printf("sent 5 %d 0;", -ENODEV);

        start(f, QMI);
        modem_send(f->modem, (const uint8_t *) "x", 1, 5);
        wait_service(f, "send 78;");
        g_dbus_connection_close_sync(f->service->connection, NULL, NULL);
        test_wait_until(NULL, has(f->log, expect) && has(f->log, "absent;"));
        g_assert_cmpstr(modem_status(f->modem)->device, ==, "");
        fake_service_free(f->service);
        start(f, QMI);
        modem_send(f->modem, (const uint8_t *) "x", 1, 6);
        wait_service(f, "send 78;");
        fake_service_answer(f->service, 1);
        wait_log(f, "sent 6 0 1;");
}

/* Two services: the first is used until it goes. */
static void test_two(Fixture *f, gconstpointer data)
{
        FakeService *first;

        start(f, MBIM);
        first = f->service;
        f->service = fake_service_new(g_test_dbus_get_bus_address(f->bus), QMI);
        modem_acknowledge(f->modem, 3, false);
        test_wait_until(NULL, has(first->log, "ack 3;"));
        g_assert_cmpstr(f->service->log->str, ==, "");
        fake_service_free(first);
        test_wait_until(NULL, has(f->service->log, "replay;") && has(f->log, "ready;"));
        g_assert_cmpstr(modem_status(f->modem)->backend, ==, "qmi");
}

/* Freed with a call under way: nothing comes any more. */
static void test_freed(Fixture *f, gconstpointer data)
{
        start(f, QMI);
        modem_send(f->modem, (const uint8_t *) "x", 1, 5);
        modem_acknowledge(f->modem, 1, false);
        wait_service(f, "send 78;ack 1;");
        g_clear_pointer(&f->modem, modem_free);
        fake_service_answer(f->service, 1);
        fake_service_receive(f->service, NULL, 1, "late", FALSE);
        g_dbus_connection_flush_sync(f->service->connection, NULL, NULL);
        for (unsigned i = 0; i < 5; i++)
                test_loop_turn(NULL);
        g_assert_cmpstr(f->log->str, ==, "");
}

#define ADD(name, func)                                                                            \
        g_test_add("/sms/modem/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        ADD("status", test_status);
        ADD("receive", test_receive);
        ADD("impostor", test_impostor);
        ADD("send", test_send);
        ADD("send-refused", test_send_refused);
        ADD("absent", test_absent);
        ADD("gone-and-back", test_gone_and_back);
        ADD("two", test_two);
        ADD("freed", test_freed);
        return g_test_run();
}
