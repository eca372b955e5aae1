/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon.h"

#include <errno.h>

#include "base/file.h"
#include "base/log.h"
#include "bus/bus.h"
#include "config.h"
#include "endpoint-name.h"
#include "host/identity.h"
#include "host/login.h"
#include "host/network.h"
#include "lwm2m/client.h"
#include "objects/device.h"
#include "objects/security.h"
#include "objects/server.h"
#include "provision.h"
#include "security/reseal.h"
#include "service.h"
#include "sms-service.h"

/* What object 3 says in /3/0/16: SMS needs a modem. */
#define BINDINGS "U"
#define BINDINGS_WITH_SMS "US"
#define BINDINGS_PATH path_resource(3, 0, 16)

struct Daemon {
        const DaemonPaths *paths;
        const Settings *settings;
        Clock *clock;
        Seal *seal;
        Keystore *keystore;
        Vault *vault;
        Loader *loader;
        Changes *changes;
        Tree *tree;
        Accounts *accounts;
        Identity *identity;
        ObjectHooks hooks;
        Object *security, *server, *device;
        Client *client;
        SmsService *sms; /* NULL where it is switched off */
        NetworkMonitor *network;
        Login *login;
        Bus *bus;
        Timer *watchdog;
        void (*stopped)(void *user);
        void *stopped_user;
};

static gboolean fail(int r, const char *what, GError **error)
{
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-r), "%s: %s", what, g_strerror(-r));
        return FALSE;
}

static int daemon_hook_update(uint16_t ssid, void *user)
{
        Daemon *daemon = user;

        return client_hook_update(ssid, daemon->client);
}

static int daemon_hook_reboot(void *user)
{
        Daemon *daemon = user;

        return login_reboot_soon(daemon->login, bus_connection(daemon->bus));
}

static void daemon_on_watchdog(void *user)
{
        Daemon *daemon = user;

        service_watchdog();
        timer_arm_in(daemon->watchdog, service_watchdog_interval());
}

static void daemon_on_network(void *user)
{
        Daemon *daemon = user;

        client_network_changed(daemon->client);
}

static void daemon_on_sms_changed(void *user)
{
        Daemon *daemon = user;
        const char *bindings = sms_service_has_modem(daemon->sms) ? BINDINGS_WITH_SMS : BINDINGS;

        if (device_object_set_bindings(daemon->device, bindings))
                change_post(daemon->changes, BINDINGS_PATH, CHANGE_VALUE, ORIGIN_LOCAL);
        if (daemon->bus)
                bus_on_sms_changed(daemon->bus);
}

static void daemon_on_bus_ready(void *user)
{
        service_ready();
}

static void daemon_tell_status(Daemon *daemon)
{
        unsigned n = 0, registered = 0;
        char text[64];

        for (Server *server = client_next(daemon->client, 0); server;
             server = client_next(daemon->client, server_ssid(server))) {
                ServerInfo info;

                server_get_info(server, &info);
                n++;
                registered += info.state == SERVER_REGISTERED || info.state == SERVER_UPDATING;
        }
        g_snprintf(text, sizeof(text), "registered with %u of %u servers", registered, n);
        service_status(text);
}

static void daemon_on_server_changed(Server *server, void *user)
{
        Daemon *daemon = user;

        daemon_tell_status(daemon);
        if (daemon->bus)
                bus_on_server_changed(server, daemon->bus);
}

static void daemon_on_server_added(Server *server, void *user)
{
        Daemon *daemon = user;

        if (daemon->bus)
                bus_on_server_added(server, daemon->bus);
}

static void daemon_on_server_removed(uint16_t ssid, void *user)
{
        Daemon *daemon = user;

        daemon_tell_status(daemon);
        if (daemon->bus)
                bus_on_server_removed(ssid, daemon->bus);
}

static void daemon_on_triggered(uint16_t ssid, const char *what, void *user)
{
        Daemon *daemon = user;

        if (daemon->bus)
                bus_on_sms_triggered(ssid, what, daemon->bus);
}

static const ClientOps client_ops = {
        .on_server_changed = daemon_on_server_changed,
        .on_server_added = daemon_on_server_added,
        .on_server_removed = daemon_on_server_removed,
        .on_triggered = daemon_on_triggered,
};

/* Of the master key itself the number says too little. */
static gboolean fail_seal(int r, GError **error)
{
        const char *why = g_strerror(-r);

        if (r == -EPERM)
                why = "master.key must be a file of this user alone, mode 0600";
        else if (r == -EBADMSG)
                why = "master.key or the credential must be a file of 32 octets";
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-r),
                    "the key that seals the state: %s", why);
        return FALSE;
}

/* What lies on disk, and who can open it. */
static gboolean daemon_open_state(Daemon *daemon, GError **error)
{
        const char *state = daemon->paths->state;
        int r = file_make_directory(state);

        if (r < 0)
                return fail(r, state, error);
        r = file_sweep(state);
        if (r < 0) /* what lies there is never read */
                log_warning(NULL, "%s: what an interrupted write left cannot be removed: %s", state,
                            g_strerror(-r));
        r = seal_new(state, daemon->paths->credentials, &daemon->seal);
        if (r < 0)
                return fail_seal(r, error);
        r = reseal(daemon->seal, state);
        if (r < 0)
                return fail(r, "the state cannot be sealed under the credential", error);
        r = keystore_new(daemon->seal, &daemon->keystore);
        if (r < 0)
                return fail(r, "the key store", error);
        daemon->vault = vault_new(daemon->seal);
        r = accounts_new(daemon->seal, daemon->changes, &daemon->accounts);
        return r < 0 ? fail(r, "the server accounts", error) : TRUE;
}

static int load_plugins(Loader *loader, const char *directory, bool trusted, int least)
{
        if (loader_load_directory(loader, directory, trusted) >= least)
                return 0;
        log_error(NULL, "%s: no security plugin could be loaded", directory);
        return 1;
}

int daemon_load_plugins(Loader *loader, const char *directory, const Settings *settings)
{
        const char *more = settings->plugin_directory;
        int errors = load_plugins(loader, directory, true, 1);

        return more ? errors + load_plugins(loader, more, false, 0) : errors;
}

static void daemon_make_identity(Daemon *daemon)
{
        const Settings *settings = daemon->settings;
        const IdentityOverrides overrides = {
                .manufacturer = settings->manufacturer,
                .model = settings->model,
                .serial = settings->serial,
                .hardware_version = settings->hardware_version,
                .device_type = settings->device_type,
        };

        daemon->identity = identity_new(daemon->paths->root, &overrides);
}

static void daemon_make_objects(Daemon *daemon)
{
        daemon->hooks = (ObjectHooks){daemon_hook_update, daemon_hook_reboot, daemon};
        daemon->security = security_object_new(daemon->accounts, daemon->keystore);
        daemon->server = server_object_new(daemon->accounts, &daemon->hooks);
        daemon->device = device_object_new(daemon->clock, daemon->identity, LWM2MD_VERSION,
                                           BINDINGS, &daemon->hooks);
        tree_add(daemon->tree, daemon->security);
        tree_add(daemon->tree, daemon->server);
        tree_add(daemon->tree, daemon->device);
}

static void daemon_make_client(Daemon *daemon, const char *endpoint)
{
        const Settings *settings = daemon->settings;
        const ClientConfig config = {
                .endpoint = endpoint,
                .own_number = settings->sms.own_number,
                .sms_timeout = settings->sms.response_timeout,
                .sms_block_size = (uint16_t) settings->sms.block_size,
                .sms_max_segments = settings->sms.max_segments,
                .sms_reports = settings->sms.delivery_reports,
                .version = settings->lwm2m_version,
                .local_port = (uint16_t) settings->local_port,
                .handshake_initial_ms = settings->handshake_timeout,
                .handshake_limit_ms = settings->handshake_limit * 1000,
                .ack_timeout_ms = settings->ack_timeout,
                .max_body = settings->max_body,
                .max_observations = settings->max_observations,
                .deregister_on_stop = settings->deregister_on_stop,
        };
        const ClientParts parts = {
                .clock = daemon->clock,
                .tree = daemon->tree,
                .changes = daemon->changes,
                .accounts = daemon->accounts,
                .keystore = daemon->keystore,
                .vault = daemon->vault,
                .loader = daemon->loader,
        };

        daemon->client = client_new(&config, &parts, &client_ops, daemon);
}

static void daemon_start_sms(Daemon *daemon, GBusType bus_type)
{
        const SmsServiceParts parts = {
                .clock = daemon->clock,
                .seal = daemon->seal,
                .settings = daemon->settings,
                .client = daemon->client,
        };

        if (daemon->settings->sms.enabled)
                daemon->sms = sms_service_new(&parts, bus_type, daemon_on_sms_changed, daemon);
}

static void daemon_start(Daemon *daemon, GBusType bus_type)
{
        const BusParts parts = {
                .clock = daemon->clock,
                .tree = daemon->tree,
                .changes = daemon->changes,
                .accounts = daemon->accounts,
                .keystore = daemon->keystore,
                .loader = daemon->loader,
                .seal = daemon->seal,
                .client = daemon->client,
                .version = LWM2MD_VERSION,
        };

        client_start(daemon->client);
        daemon_start_sms(daemon, bus_type);
        daemon->bus = bus_new(&parts, bus_type, daemon_on_bus_ready, daemon);
        if (daemon->sms)
                bus_set_sms(daemon->bus, sms_service_view(), daemon->sms);
        if (network_monitor_new(daemon->clock, NULL, daemon_on_network, daemon, &daemon->network) <
            0)
                log_warning(NULL, "netlink: address changes will not be noticed");
        if (service_watchdog_interval() > 0) {
                daemon->watchdog = timer_new(daemon->clock, daemon_on_watchdog, daemon);
                daemon_on_watchdog(daemon);
        }
}

Daemon *daemon_new(const DaemonPaths *paths, const Settings *settings, GBusType bus_type,
                   GError **error)
{
        g_autoptr(Daemon) daemon = g_new0(Daemon, 1);
        g_autofree char *endpoint = NULL;

        daemon->paths = paths;
        daemon->settings = settings;
        daemon->clock = clock_new(NULL);
        daemon->changes = changes_new(daemon->clock);
        daemon->tree = tree_new();
        daemon->login = login_new(daemon->clock);
        daemon_make_identity(daemon);
        endpoint = endpoint_name_expand(settings->endpoint, daemon->identity, error);
        if (!endpoint || !daemon_open_state(daemon, error))
                return NULL;
        daemon->loader = loader_new();
        daemon_load_plugins(daemon->loader, paths->plugins, settings);
        provision_apply(paths->servers, paths->credentials, daemon->accounts, daemon->keystore,
                        daemon->loader);
        daemon_make_objects(daemon);
        daemon_make_client(daemon, endpoint);
        daemon_start(daemon, bus_type);
        log_notice(NULL, "lwm2md %s as %s", LWM2MD_VERSION, log_masked(endpoint));
        return g_steal_pointer(&daemon);
}

/* The bus last: callers who wait for a De-register hear how it ended. */
static void daemon_on_client_stopped(void *user)
{
        Daemon *daemon = user;

        bus_stop(daemon->bus, daemon->stopped, daemon->stopped_user);
}

void daemon_stop(Daemon *daemon, void (*done)(void *user), void *user)
{
        service_stopping();
        daemon->stopped = done;
        daemon->stopped_user = user;
        client_stop(daemon->client, daemon_on_client_stopped, daemon);
}

/* In the reverse order of making; each part may be missing. */
void daemon_free(Daemon *daemon)
{
        if (!daemon)
                return;
        timer_free(daemon->watchdog);
        network_monitor_free(daemon->network);
        bus_free(g_steal_pointer(&daemon->bus));
        sms_service_free(daemon->sms);
        client_free(daemon->client);
        device_object_free(daemon->device);
        login_free(daemon->login);
        server_object_free(daemon->server);
        security_object_free(daemon->security);
        accounts_free(daemon->accounts);
        vault_free(daemon->vault);
        keystore_free(daemon->keystore);
        seal_free(daemon->seal);
        loader_free(daemon->loader);
        identity_free(daemon->identity);
        tree_free(daemon->tree);
        changes_free(daemon->changes);
        clock_free(daemon->clock);
        g_free(daemon);
}
