/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "output.h"

typedef struct BusClient BusClient;

/* What lwm2mctl exits with; lwm2mctl.rst promises these numbers to scripts. */
typedef enum {
        EXIT_DONE = 0,
        EXIT_FAILED = 1,
        EXIT_USAGE = 2,
        EXIT_NO_AGENT = 3,
        EXIT_NOT_ALLOWED = 4,
        EXIT_NOT_FOUND = 5,
        EXIT_REFUSED = 6,
        EXIT_TIMED_OUT = 7,
} ExitCode;

/* The command line, parsed. */
typedef struct {
        BusClient *bus;
        OutputOptions output;
        bool quiet;           /* say nothing about what was done */
        bool wait;            /* for the server's answer */
        bool replace;         /* write --replace */
        bool objects;         /* update --objects */
        const char *encoding; /* key-set --encoding, NULL: raw */
} Ctl;

/* The verbs. `args` are the words after the verb, NULL-terminated, as many as main.c's table
 * allows. Each prints its result to stdout, its errors to stderr, and returns the exit code. */
ExitCode cmd_status(Ctl *ctl, char **args);
ExitCode cmd_sms(Ctl *ctl, char **args);
ExitCode cmd_plugins(Ctl *ctl, char **args);
ExitCode cmd_log_level(Ctl *ctl, char **args);
ExitCode cmd_version(Ctl *ctl, char **args);
ExitCode cmd_register(Ctl *ctl, char **args);
ExitCode cmd_update(Ctl *ctl, char **args);
ExitCode cmd_deregister(Ctl *ctl, char **args);
ExitCode cmd_send(Ctl *ctl, char **args);
ExitCode cmd_observations(Ctl *ctl, char **args);
ExitCode cmd_read(Ctl *ctl, char **args);
ExitCode cmd_write(Ctl *ctl, char **args);
ExitCode cmd_execute(Ctl *ctl, char **args);
ExitCode cmd_server_add(Ctl *ctl, char **args);
ExitCode cmd_server_remove(Ctl *ctl, char **args);
ExitCode cmd_key_set(Ctl *ctl, char **args);
ExitCode cmd_key_clear(Ctl *ctl, char **args);
ExitCode cmd_keys(Ctl *ctl, char **args);
