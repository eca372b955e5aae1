/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output.h"

/* The SMS bearer as a record, of its properties. */
GVariant *sms_record(GVariant *properties);

/* Prints it as a line of the status page: "qmi /dev/cdc-wdm0   ready   12 in, 9 out, 1 dropped". */
void sms_print_line(GVariant *record);

/* Prints it as lines "sms.state=ready". */
void sms_print_terse(const OutputOptions *options, GVariant *record);

/* Appends it as an object. */
void sms_append_json(GString *json, const OutputOptions *options, GVariant *record);
