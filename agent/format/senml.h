/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* SenML (RFC 8428; Core 7.4.5, 7.4.6) apart from how it is written: labels, records, names. */

#include "format/collector.h"
#include "format/path-list.h"

typedef enum SenmlLabel {
        /* As in CBOR (RFC 8428, 6). */
        SENML_BASE_SUM = -6,
        SENML_BASE_VALUE = -5,
        SENML_BASE_UNIT = -4,
        SENML_BASE_TIME = -3,
        SENML_BASE_NAME = -2,
        SENML_BASE_VERSION = -1,
        SENML_NAME = 0,
        SENML_UNIT = 1,
        SENML_VALUE = 2,
        SENML_STRING = 3,
        SENML_BOOLEAN = 4,
        SENML_SUM = 5,
        SENML_TIME = 6,
        SENML_UPDATE_TIME = 7,
        SENML_DATA = 8,
        /* Not numbers in CBOR either. */
        SENML_LINK = 9, /* "vlo" (Core 7.4.5) */
        SENML_UNKNOWN = 10,
} SenmlLabel;

/* The label of a name. SENML_UNKNOWN: to be ignored. -EBADMSG: ends with "_", so that nothing may
 * be read without understanding it (RFC 8428, 4.4). */
int senml_label_find(const char *name, size_t len, SenmlLabel *ret);

/* Of a value: of "v", "vs", "vb", "vd" or "vlo" the one for its type. */
SenmlLabel senml_label_of(const Value *value);

/* "vs", "bn" …; not of SENML_UNKNOWN. */
const char *senml_label_name(SenmlLabel label);

/* ---- Reading ---------------------------------------------------------------- */

/* No name, and no base name, is longer: "/65534" four times and a slash. */
#define SENML_NAME_MAX 31

/* The labels of one record, in any order. */
typedef struct SenmlRecord {
        unsigned seen; /* bit SENML_BASE_SUM + 6 … SENML_LINK + 6 */
        char name[SENML_NAME_MAX];
        size_t name_len;
        SenmlLabel label; /* of `value` */
        Scalar value;     /* SCALAR_NONE where there is none */
} SenmlRecord;

/* A pack as it is read. Start with the target set and all else zero; end with senml_pack_clear().
 */
typedef struct SenmlPack {
        Collector *collector; /* where values go to; or */
        PathList *paths;      /* the paths that the records, without values, name */
        char base[SENML_NAME_MAX];
        size_t base_len;
        bool has_pending; /* a record with nothing but a base name that ends with a slash: */
        Path pending;     /* a path, where no name after it uses that base */
        Scalar base_value;
        SenmlRecord record;
} SenmlPack;

/*
 * One label of the record under way; takes over what the scalar owns. -EBADMSG: a label twice, two
 * values, a label of the wrong type, a version above 10, a name too long.
 */
int senml_pack_set(SenmlPack *pack, SenmlLabel label, Scalar *scalar);

/* The record is complete. -EBADMSG: a value is missing, or there is one among paths; as
 * collector_add(), path_list_add(). */
int senml_pack_end_record(SenmlPack *pack);

/* The pack is complete. */
int senml_pack_end(SenmlPack *pack);

void senml_pack_clear(SenmlPack *pack);

/* ---- Writing ---------------------------------------------------------------- */

/* What all records have in common. */
typedef struct SenmlLayout {
        size_t n_records; /* that can be told: with a value, and no NaN or infinity (RFC 8428, 4.3)
                           */
        char base[PATH_TEXT_SIZE + 1]; /* base name, "" where there is none */
} SenmlLayout;

/* Whether the record can be told. */
bool senml_has(const Record *record);

SenmlLayout senml_layout(const Records *records);

/* The name behind the base name, written into `buffer`; "" where the base name is all. */
const char *senml_layout_name(const SenmlLayout *layout, Path path, char buffer[PATH_TEXT_SIZE]);
