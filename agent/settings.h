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
        struct {
                bool enabled;               /* where there is a modem service */
                char *own_number;           /* digits with or without '+', NULL: ask the modem */
                char *country_code;         /* what national numbers lack, NULL: none */
                char *international_prefix; /* what is dialled for '+' */
                uint32_t budget_per_hour;   /* short messages that may be sent, 0: no limit */
                uint32_t budget_per_day;    /* the same */
                uint32_t response_timeout;  /* seconds until a request of ours has failed */
                uint32_t block_size;        /* octets of a CoAP block */
                bool delivery_reports;      /* are asked for */
                uint32_t max_segments;      /* short messages of one message */
        } sms;
} Settings;

/* The defaults where the file does not exist. FALSE with lines for a person. */
gboolean settings_read(const char *path, Settings *ret, GError **error);
void settings_free(Settings *settings);

/* Where a key comes from. */
typedef struct KeySource {
        char *file;       /* absolute, NULL: none */
        char *credential; /* a name below $CREDENTIALS_DIRECTORY, NULL: none */
        bool hex;
        unsigned line; /* for errors */
} KeySource;

/* One file of servers.d/: an account, and where its keys come from. */
typedef struct ServerSettings {
        Account account;
        char *psk_identity; /* NULL: not set */
        KeySource psk;
        GBytes *sms_parameters; /* NULL: not set */
        KeySource sms_key;
        unsigned ssid_line;
        unsigned sms_parameters_line;
} ServerSettings;

gboolean server_settings_read(const char *path, ServerSettings *ret, GError **error);

/* As server_settings_read() of a file's content. */
gboolean server_settings_parse(const char *name, const char *text, size_t len, ServerSettings *ret,
                               GError **error);
void server_settings_clear(ServerSettings *settings);
