/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What lwm2md.conf and the files of servers.d/ say. lwm2md.conf(5) is their manual. */

#include "config-file.h"
#include "objects/accounts.h"

/* lwm2md.conf, all of it; texts are owned. */
typedef struct Settings {
        char *endpoint; /* a template, see endpoint-name.h */
        char *lwm2m_version;
        bool deregister_on_stop;
        uint32_t local_port;
        uint32_t ack_timeout;       /* milliseconds */
        uint32_t handshake_timeout; /* milliseconds */
        uint32_t handshake_limit;   /* seconds */
        uint32_t max_body;          /* octets */
        uint32_t max_observations;
        char *manufacturer, *model, *serial, *hardware_version,
                *device_type; /* NULL: ask the machine */
        char *key_store;
        char *plugin_directory; /* NULL: none besides the package's own */
        char *log_level;
        bool show_personal;
} Settings;

/* The defaults where the file does not exist. FALSE with lines for a person. */
gboolean settings_read(const char *path, Settings *ret, GError **error);
void settings_free(Settings *settings);

/* One file of servers.d/: an account, and where its key comes from. */
typedef struct ServerSettings {
        Account account;
        char *psk_identity;   /* NULL: not set */
        char *psk_file;       /* absolute, NULL: none */
        char *psk_credential; /* a name below $CREDENTIALS_DIRECTORY, NULL: none */
        bool psk_hex;
        unsigned ssid_line;
        unsigned psk_line; /* of psk-file or psk-credential, for errors */
} ServerSettings;

gboolean server_settings_read(const char *path, ServerSettings *ret, GError **error);

/* As server_settings_read() of a file's content. */
gboolean server_settings_parse(const char *name, const char *text, size_t len, ServerSettings *ret,
                               GError **error);
void server_settings_clear(ServerSettings *settings);
