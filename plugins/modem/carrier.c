/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "carrier.h"

#include <errno.h>

#include "base/log.h"
#include "device.h"
#include "proxy.h"

#define OBJECT "modem"

/* The proxy's socket cannot be waited for but by looking, nor a port whose folder is not there. */
#define LOOK_INTERVAL G_USEC_PER_SEC

/* A port that appears is heard of, and looked at when the kernel and udev are done with it. It is
 * looked for now and then all the same. */
#define LOOK_SETTLE (G_USEC_PER_SEC / 10)
#define LOOK_SELDOM (60 * (gint64) G_USEC_PER_SEC)

/* A modem that hangs, or a stream that is out of step, makes no noise until something is asked of
 * it. When that has had no answer, the modem is asked so soon whether it is there. */
#define CHECK_SOON G_USEC_PER_SEC

/* A modem that is not ready is asked this often, and what could not be forgotten tried again. */
#define RETRY_INTERVAL (30 * (gint64) G_USEC_PER_SEC)

/* After the modem did not open: doubled each time. */
#define RETRY_FIRST G_USEC_PER_SEC
#define RETRY_MAX (32 * G_USEC_PER_SEC)

typedef enum CarrierState {
        CARRIER_IDLE,
        CARRIER_WAITING, /* for port and proxy */
        CARRIER_OPENING,
        CARRIER_OPEN,
        CARRIER_CLOSING, /* to begin again */
        CARRIER_STOPPING,
        CARRIER_STOPPED,
} CarrierState;

static const char *const carrier_state_names[] = {
        [CARRIER_IDLE] = "idle",       [CARRIER_WAITING] = "waiting",
        [CARRIER_OPENING] = "opening", [CARRIER_OPEN] = "open",
        [CARRIER_CLOSING] = "closing", [CARRIER_STOPPING] = "stopping",
        [CARRIER_STOPPED] = "stopped",
};

/* moves[from] has a bit for each state that may follow. */
static const unsigned carrier_moves[] = {
        [CARRIER_IDLE] = 1u << CARRIER_WAITING | 1u << CARRIER_STOPPED,
        [CARRIER_WAITING] = 1u << CARRIER_WAITING | 1u << CARRIER_OPENING | 1u << CARRIER_STOPPED,
        [CARRIER_OPENING] = 1u << CARRIER_OPEN | 1u << CARRIER_CLOSING | 1u << CARRIER_STOPPING,
        [CARRIER_OPEN] = 1u << CARRIER_OPEN | 1u << CARRIER_CLOSING | 1u << CARRIER_STOPPING,
        [CARRIER_CLOSING] = 1u << CARRIER_WAITING | 1u << CARRIER_STOPPING,
        [CARRIER_STOPPING] = 1u << CARRIER_STOPPED,
        [CARRIER_STOPPED] = 0,
};

struct Carrier {
        char *wanted_device;
        char *wanted_protocol;
        char *proxy;
        Manager *manager;
        Clock *clock;
        const CarrierOps *ops;
        void *user;
        CarrierState state;
        Backend *backend;
        Inbox *inbox;
        char *device;       /* NULL: none */
        const char *hurdle; /* what is waited for, once told; NULL: nothing */
        PortWatch *ports;   /* NULL: their folder is not there */
        Timer *look;        /* armed in CARRIER_WAITING alone */
        Timer *check;       /* armed in CARRIER_OPEN alone */
        Timer *again;       /* likewise */
        gint64 check_interval;
        gint64 retry;   /* how long until the next attempt */
        bool announced; /* on_protocol was called */
        bool readable;  /* the SIM was not locked when the inbox was looked through */
};

static const char waiting_for_modem[] = "the modem";
static const char waiting_for_protocol[] = "a modem whose protocol is built in";
static const char waiting_for_proxy[] = "the proxy";

/* Whether nothing but a port that appears can help. */
static bool carrier_wants_port(const Carrier *carrier)
{
        return carrier->hurdle == waiting_for_modem || carrier->hurdle == waiting_for_protocol;
}

static gint64 carrier_look_interval(const Carrier *carrier)
{
        if (carrier->retry > 0)
                return carrier->retry;
        return carrier->ports && carrier_wants_port(carrier) ? LOOK_SELDOM : LOOK_INTERVAL;
}

static void carrier_set_state(Carrier *carrier, CarrierState state)
{
        g_assert(carrier_moves[carrier->state] & 1u << state);
        if (carrier->state != state)
                log_debug(OBJECT, "%s, was %s", carrier_state_names[state],
                          carrier_state_names[carrier->state]);
        carrier->state = state;
        timer_disarm(carrier->look);
        timer_disarm(carrier->check);
        timer_disarm(carrier->again);
        if (state == CARRIER_WAITING)
                timer_arm_in(carrier->look, carrier_look_interval(carrier));
        if (state == CARRIER_OPEN) {
                timer_arm_in(carrier->check, carrier->check_interval);
                timer_arm_in(carrier->again, MIN(carrier->check_interval, RETRY_INTERVAL));
        }
}

/* ---- The backend --------------------------------------------------------------------- */

static void carrier_on_message(const Place *place, const uint8_t *tpdu, size_t len, void *user)
{
        const Carrier *carrier = user;

        inbox_on_message(carrier->inbox, place, tpdu, len);
}

static void carrier_on_missed(void *user)
{
        const Carrier *carrier = user;

        inbox_on_missed(carrier->inbox);
}

static void carrier_on_status(void *user)
{
        Carrier *carrier = user;
        bool readable = carrier->backend->status.state != MODEM_LOCKED;

        /* With the PIN comes the card's storage. */
        if (carrier->state == CARRIER_OPEN && readable && !carrier->readable)
                inbox_start(carrier->inbox, carrier->device);
        carrier->readable = readable;
        inbox_on_status(carrier->inbox);
        carrier->ops->on_status(carrier->user);
}

static void carrier_on_closed(int result, void *user);

static void carrier_on_gone(void *user)
{
        Carrier *carrier = user;

        if (carrier->state != CARRIER_OPEN)
                return;
        carrier_set_state(carrier, CARRIER_CLOSING);
        inbox_stop(carrier->inbox);
        carrier->backend->ops->close(carrier->backend, carrier_on_closed, carrier);
}

static void carrier_on_silent(void *user)
{
        Carrier *carrier = user;

        if (carrier->state == CARRIER_OPEN)
                timer_arm_in(carrier->check, MIN(carrier->check_interval, CHECK_SOON));
}

static const BackendHandler carrier_handler = {
        .on_message = carrier_on_message,
        .on_missed = carrier_on_missed,
        .on_status = carrier_on_status,
        .on_gone = carrier_on_gone,
        .on_silent = carrier_on_silent,
};

static Backend *backend_new(const char *protocol, const char *proxy)
{
        return g_str_equal(protocol, "qmi") ? qmi_backend_new(proxy) : mbim_backend_new();
}

static int carrier_set_protocol(Carrier *carrier, const char *protocol)
{
        carrier->backend = backend_new(protocol, carrier->proxy);
        if (!carrier->backend)
                return -EOPNOTSUPP;
        carrier->backend->handler = &carrier_handler;
        carrier->backend->user = carrier;
        carrier->inbox = inbox_new(carrier->backend, carrier->manager, carrier->clock,
                                   carrier->ops->announce, carrier->user);
        return 0;
}

/* ---- Opening ------------------------------------------------------------------------- */

static void carrier_set_device(Carrier *carrier, char *device)
{
        g_free(carrier->device);
        carrier->device = device;
        carrier->ops->on_status(carrier->user);
}

static void carrier_on_closed(int result, void *user)
{
        Carrier *carrier = user;

        carrier_set_device(carrier, NULL);
        if (carrier->state == CARRIER_STOPPING) {
                carrier_set_state(carrier, CARRIER_STOPPED);
                carrier->ops->on_stopped(carrier->user);
        } else {
                carrier_set_state(carrier, CARRIER_WAITING);
        }
}

static void carrier_on_opened(int result, void *user)
{
        Carrier *carrier = user;

        if (carrier->state == CARRIER_STOPPING)
                return; /* it is being closed */
        if (result < 0) {
                carrier->retry = CLAMP(carrier->retry * 2, RETRY_FIRST, RETRY_MAX);
                log_notice(OBJECT, "%s does not open: %s, again in %d s", carrier->device,
                           g_strerror(-result), (int) (carrier->retry / G_USEC_PER_SEC));
                carrier_set_state(carrier, CARRIER_CLOSING);
                carrier->backend->ops->close(carrier->backend, carrier_on_closed, carrier);
                return;
        }
        log_notice(OBJECT, "%s is open", carrier->device);
        carrier->retry = 0;
        carrier->readable = carrier->backend->status.state != MODEM_LOCKED;
        carrier_set_state(carrier, CARRIER_OPEN);
        inbox_start(carrier->inbox, carrier->device);
        carrier->ops->on_status(carrier->user);
}

static void carrier_wait(Carrier *carrier, const char *hurdle)
{
        if (carrier->hurdle != hurdle)
                log_notice(OBJECT, "waiting for %s", hurdle);
        carrier->hurdle = hurdle;
        carrier->retry = 0;
        carrier_set_state(carrier, CARRIER_WAITING);
}

static void carrier_on_look(void *user)
{
        Carrier *carrier = user;
        const char *protocol =
                carrier->backend ? carrier->backend->ops->name : carrier->wanted_protocol;
        g_autofree char *device = device_choose(carrier->wanted_device, &protocol);
        const char *proxy;

        if (!device) {
                carrier_wait(carrier, waiting_for_modem);
                return;
        }
        if (!carrier->backend && carrier_set_protocol(carrier, protocol) < 0) {
                carrier_wait(carrier, waiting_for_protocol);
                return;
        }
        if (!carrier->announced) {
                carrier->announced = true;
                carrier->ops->on_protocol(carrier->backend->ops, carrier->user);
        }
        proxy = carrier->proxy ? carrier->proxy : carrier->backend->ops->proxy;
        if (!proxy_is_there(proxy)) {
                carrier_wait(carrier, waiting_for_proxy);
                return;
        }

        carrier->hurdle = NULL;
        carrier_set_state(carrier, CARRIER_OPENING);
        carrier_set_device(carrier, g_steal_pointer(&device));
        carrier->backend->ops->open(carrier->backend, carrier->device, carrier_on_opened, carrier);
}

static void carrier_on_port(void *user)
{
        Carrier *carrier = user;

        if (carrier->state == CARRIER_WAITING && carrier_wants_port(carrier))
                timer_arm_in(carrier->look, LOOK_SETTLE);
}

static void carrier_on_check(void *user)
{
        Carrier *carrier = user;

        timer_arm_in(carrier->check, carrier->check_interval);
        carrier->backend->ops->check(carrier->backend);
}

static void carrier_on_again(void *user)
{
        Carrier *carrier = user;

        timer_arm_in(carrier->again, MIN(carrier->check_interval, RETRY_INTERVAL));
        if (carrier->backend->status.state != MODEM_READY)
                carrier->backend->ops->check(carrier->backend);
        inbox_retry(carrier->inbox);
}

/* ---- All of it ----------------------------------------------------------------------- */

void carrier_start(Carrier *carrier)
{
        carrier_set_state(carrier, CARRIER_WAITING);
        if (carrier->backend) {
                carrier->announced = true;
                carrier->ops->on_protocol(carrier->backend->ops, carrier->user);
        }
        timer_arm_in(carrier->look, 0);
}

void carrier_stop(Carrier *carrier)
{
        switch (carrier->state) {
        case CARRIER_IDLE:
        case CARRIER_WAITING:
                carrier_set_state(carrier, CARRIER_STOPPED);
                carrier->ops->on_stopped(carrier->user);
                break;
        case CARRIER_OPENING:
        case CARRIER_OPEN:
                carrier_set_state(carrier, CARRIER_STOPPING);
                inbox_stop(carrier->inbox);
                carrier->backend->ops->close(carrier->backend, carrier_on_closed, carrier);
                break;
        case CARRIER_CLOSING:
                carrier_set_state(carrier, CARRIER_STOPPING);
                break;
        case CARRIER_STOPPING:
        case CARRIER_STOPPED:
                break;
        }
}

int carrier_new(const CarrierConfig *config, Manager *manager, Clock *clock, const CarrierOps *ops,
                void *user, Carrier **ret)
{
        g_autoptr(Carrier) carrier = g_new0(Carrier, 1);
        int r;

        carrier->wanted_device = g_strdup(config->device);
        carrier->wanted_protocol = g_strdup(config->protocol);
        carrier->proxy = g_strdup(config->proxy);
        carrier->manager = manager;
        carrier->clock = clock;
        carrier->ops = ops;
        carrier->user = user;
        carrier->look = timer_new(clock, carrier_on_look, carrier);
        carrier->ports = port_watch_new(config->device, carrier_on_port, carrier);
        carrier->check = timer_new(clock, carrier_on_check, carrier);
        carrier->again = timer_new(clock, carrier_on_again, carrier);
        carrier->check_interval = config->check_s * (gint64) G_USEC_PER_SEC;
        if (config->protocol) {
                r = carrier_set_protocol(carrier, config->protocol);
                if (r < 0)
                        return r;
        }
        *ret = g_steal_pointer(&carrier);
        return 0;
}

void carrier_free(Carrier *carrier)
{
        if (!carrier)
                return;
        timer_free(carrier->look);
        timer_free(carrier->check);
        timer_free(carrier->again);
        port_watch_free(carrier->ports);
        inbox_free(carrier->inbox);
        backend_free(carrier->backend);
        g_free(carrier->device);
        g_free(carrier->wanted_device);
        g_free(carrier->wanted_protocol);
        g_free(carrier->proxy);
        g_free(carrier);
}

const BackendStatus *carrier_status(const Carrier *carrier)
{
        return carrier->backend ? &carrier->backend->status : NULL;
}

const char *carrier_device(const Carrier *carrier)
{
        return carrier->device ? carrier->device : "";
}

Inbox *carrier_inbox(const Carrier *carrier)
{
        return carrier->inbox;
}

Backend *carrier_backend(const Carrier *carrier)
{
        return carrier->backend;
}
