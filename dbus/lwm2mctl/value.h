/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/* What a value means, and so how it is shown. */
typedef enum {
        SHOW_PLAIN,
        SHOW_SINCE,    /* a point in time, seconds since 1970, 0: none */
        SHOW_AGO,      /* the same, told by its age */
        SHOW_UNTIL,    /* the same, told by what is left */
        SHOW_SPAN,     /* seconds */
        SHOW_PERSONAL, /* masked unless asked for */
        SHOW_SUITE,    /* IANA number of a cipher suite, 0: none */
        SHOW_SERIAL,   /* of a kernel key, 0: none */
        SHOW_TOKEN,    /* bytes in hexadecimal digits everywhere */
} Show;

/* True for those that are points in time. */
bool show_is_time(Show show);

/* For a person: times are relative, control characters harmless, bytes hexadecimal; "" for what is
 * absent. To be freed. */
char *value_to_screen(GVariant *value, Show show, bool personal);

/* For a script: one line, times in ISO 8601 UTC, values as LwM2M's text format has them (Core,
 * Appendix C), bytes in base64. To be freed. */
char *value_to_terse(GVariant *value, Show show, bool personal);

/* Any of D-Bus's integers as one type, the largest where it does not fit; 0 for another type. */
gint64 value_integer(GVariant *value);

/* A copy of `text` in which nothing can move a terminal's cursor. To be freed. */
char *value_clean(const char *text);

/* "urn:imei:4901542…518": scheme and both ends of an identifier. To be freed. */
char *value_mask(const char *text);

/* "21 h 40 min": the two largest units of a time span. To be freed. */
char *value_span(gint64 seconds);
