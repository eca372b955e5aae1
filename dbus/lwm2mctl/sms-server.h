/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output.h"

/* What is to be said of short messages with each server, out of the servers' properties; those
 * without SMS are left out. */
GPtrArray *sms_server_records(GPtrArray *servers);

/* Prints them as blocks of a page, or as lines "server.101.counters.accepted=12". */
void sms_server_print(const OutputOptions *options, GPtrArray *records);
void sms_server_print_terse(const OutputOptions *options, GPtrArray *records);

/* Appends them as an array. */
void sms_server_append_json(GString *json, const OutputOptions *options, GPtrArray *records);
