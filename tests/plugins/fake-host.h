/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A host for one session of any security plugin: a clock that is set, queues
 * for what the plugin emits, one kernel key that is none, counters, and the
 * log lines.
 */

#include <glib.h>

#include "lwm2m-security.h"

#define FAKE_SERIAL 1234

typedef struct FakeHost {
        const LwmSecurityPlugin *plugin;
        LwmSecuritySession *session;
        LwmSecurityConfig config; /* for the next create or restore; change it freely */
        guint64 now;              /* microseconds */
        GQueue wire;              /* GBytes: datagrams for the peer */
        GQueue messages;          /* GBytes: for CoAP */
        GPtrArray *log;           /* char * */
        guint8 key[64];           /* each octet xor 0xff, so that no scan finds it here */
        gsize key_len;
        guint8 identity[32]; /* of fake_host_set_identity_bytes() */
        int key_error;       /* what key_read() answers, 0: the key */
        unsigned key_reads;  /* how often the payload was asked for */
        int emit_result;     /* what the emit callbacks answer */

        GHashTable *counters;     /* id: value; they outlive the sessions */
        guint64 counter_begin[2]; /* what those begin with that were never set, by id & 1 */
        int counter_error;        /* what counter_get() and _set() answer, 0: nothing special */
        unsigned counter_sets;    /* how often one was set */
        unsigned sets_at_message; /* and how often when the last message was emitted */
        GQueue others;            /* GBytes: what was emitted under another information element */
        guint8 other_id;          /* and the last such element */
        gboolean without_wire_as; /* a host of before emit_wire_as() */
        int judge_result;         /* what judge_message() answers */
        GBytes *judged;           /* the last message it was asked of, or NULL */
} FakeHost;

/* Opens the plugin, for good. The configuration is that of a PSK account. */
FakeHost *fake_host_new(const char *plugin_path);
void fake_host_free(FakeHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FakeHost, fake_host_free)

void fake_host_set_key(FakeHost *host, const void *key, gsize len);
void fake_host_set_identity(FakeHost *host, const char *identity);
void fake_host_set_identity_bytes(FakeHost *host, const void *data, gsize len);

/* The plugin's functions, on this session and this clock. */
int fake_host_create(FakeHost *host);
int fake_host_restore(FakeHost *host, LwmSecuritySave kind, GBytes *saved);
int fake_host_start(FakeHost *host);
int fake_host_receive(FakeHost *host, GBytes *datagram);
int fake_host_send(FakeHost *host, const char *message);
int fake_host_expire(FakeHost *host);
int fake_host_close(FakeHost *host);
void fake_host_destroy(FakeHost *host);
const LwmSecurityStatus *fake_host_status(const FakeHost *host);

/* The size is asked for first. NULL and the error where there is nothing to save. */
GBytes *fake_host_save(FakeHost *host, LwmSecuritySave kind, int *ret_error);

/* The next datagram or message, or NULL. The caller owns it. */
GBytes *fake_host_pop_wire(FakeHost *host);
char *fake_host_pop_message(FakeHost *host);

/* A counter's present value, by id & 1 of the only one that was set; else what it begins with. */
guint64 fake_host_counter(const FakeHost *host, guint direction);

/* What the session counts under a name; it must be there. */
guint64 fake_host_count(const FakeHost *host, const char *name);

/* Forgets what was emitted. */
void fake_host_clear(FakeHost *host);

/* Whether a line of the log contains `text`. */
gboolean fake_host_logged(const FakeHost *host, const char *text);
