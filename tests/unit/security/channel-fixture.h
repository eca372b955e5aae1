/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A channel on a manual clock, a fake link and the plugin that does what it is told
 * (test-plugin.c). */

#include "fake-link.h"
#include "security/channel.h"

#define FIXTURE_START (1000 * G_USEC_PER_SEC)
#define FIXTURE_TIME G_GINT64_CONSTANT(1750000000) /* seconds since 1970 */

typedef struct Fixture {
        char *directory;
        Clock *clock;
        Link *link;
        Loader *loader;
        Seal *seal;
        Keystore *keys;
        Vault *vault;
        ChannelConfig config;
        Channel *channel;

        GString *told; /* what was called: "ready", "message …", "closed", each with a blank */
        GString *log;
        const char *reply;    /* sent from within on_message(), once */
        const char *free_in;  /* "ready", "message" or "closed": channel_free() there */
        const char *close_in; /* "message": channel_close() there */
} Fixture;

void fixture_set_up(Fixture *f, gconstpointer data);
void fixture_tear_down(Fixture *f, gconstpointer data);

/* Makes and starts the channel of account 101; `at_start` and `at_expire` are scripts or NULL. */
void fixture_start(Fixture *f, const char *at_start, const char *at_expire);

/* The same, ready. */
void fixture_start_ready(Fixture *f);

/* Without starting it. */
int fixture_new(Fixture *f, const char *at_start, const char *at_expire);

/* A datagram with these commands arrives. */
void fixture_receive(Fixture *f, const char *script);

/* Time goes on, at least by a turn of the loop. */
void fixture_run(Fixture *f, gint64 by);

/* What was told and sent since the last look. */
void fixture_assert_told(Fixture *f, const char *expected);
void fixture_assert_sent(Fixture *f, const char *expected);
void fixture_assert_logged(Fixture *f, const char *part);
