/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/* A record for output.h, made from D-Bus properties under names of our own. */

/* Copies a property, if it is there. */
void record_copy(GVariantDict *record, const char *name, GVariant *properties,
                 const char *property);

/* Copies a property that is a tuple, one name for each of its `n` values. */
void record_split(GVariantDict *record, const char *const *names, gsize n, GVariant *properties,
                  const char *property);

/* Copies LastError as last-error-at, last-error and last-error-text. */
void record_copy_last_error(GVariantDict *record, GVariant *properties);

/* "3 min ago, timed out: no answer to Register"; NULL before the first error. To be freed. */
char *record_show_last_error(GVariant *record, bool personal);

/* A text, a number or false of a record, or what stands for none: "", 0, false. */
const char *record_text(GVariant *record, const char *name);
gint64 record_number(GVariant *record, const char *name);
bool record_flag(GVariant *record, const char *name);
