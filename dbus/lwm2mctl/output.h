/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "value.h"

typedef enum {
        OUTPUT_SCREEN,
        OUTPUT_TERSE,
        OUTPUT_JSON,
} OutputFormat;

typedef struct {
        OutputFormat format;
        bool pretty;   /* JSON with line breaks */
        bool legend;   /* the head of a table */
        bool personal; /* identifiers in full */
        char **fields; /* which and in what order, NULL: all */
} OutputOptions;

/* One field of a record: the table that screen, terse and JSON are printed from. A record is an
 * a{sv} with the fields' names as keys. */
typedef struct {
        const char *name;  /* in JSON, terse and --fields */
        const char *title; /* on screen, NULL: not shown there by itself */
        Show show;
        /* The text on screen where more than the value goes into it, NULL or "" for none. */
        char *(*compose)(GVariant *record, bool personal);
} Field;

/* True if each of --fields is in the table; an error on stderr otherwise. */
bool output_check_fields(const OutputOptions *options, const Field *fields, size_t n_fields);

/* Records as the rows of a table, as lines of values parted by tabs, or as a JSON array. False
 * where a name in --fields is not in the table, which is said on stderr. */
bool output_table(const OutputOptions *options, const Field *fields, size_t n_fields,
                  GPtrArray *records);

/* A line of a block. */
void output_line(const char *label, const char *text);

/* One record below a title: each field that has something to show on a line of its own. */
void output_block(const OutputOptions *options, const Field *fields, size_t n_fields,
                  GVariant *record);

/* One record as lines of `prefix` name=value. */
void output_terse(const OutputOptions *options, const Field *fields, size_t n_fields,
                  GVariant *record, const char *prefix);

/* Appends one record as a JSON object, or records as an array. */
void output_append_object(GString *json, const OutputOptions *options, const Field *fields,
                          size_t n_fields, GVariant *record);
void output_append_array(GString *json, const OutputOptions *options, const Field *fields,
                         size_t n_fields, GPtrArray *records);

/* Prints finished JSON as --json asks for it. */
void output_json(const OutputOptions *options, GString *json);

/* The text of a field of a record on screen. To be freed. */
char *output_text(const OutputOptions *options, const Field *field, GVariant *record);
