/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output.h"

/* The plugins in the properties of the manager, as records. */
GPtrArray *plugins_list(GVariant *properties);

/* Prints them as a line of the status page: "psk 1.0 (Mbed TLS 2.28.3), nosec 1.0". */
void plugins_print_line(GPtrArray *plugins);

/* Prints them as lines "plugin.NAME.version=1.0". */
void plugins_print_terse(const OutputOptions *options, GPtrArray *plugins);

/* Appends them as an array. */
void plugins_append_json(GString *json, const OutputOptions *options, GPtrArray *plugins);
