/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/senml.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* The highest version there is; a higher one demands features of us (RFC 8428, 4.4; RFC 9100). */
#define VERSION_MAX 10

static const char *const label_names[] = {"bs", "bv", "bu", "bt", "bn", "bver", "n",  "u",
                                          "v",  "vs", "vb", "s",  "t",  "ut",   "vd", "vlo"};

int senml_label_find(const char *name, size_t len, SenmlLabel *ret)
{
        if (len > 0 && name[len - 1] == '_')
                return -EBADMSG;

        for (size_t i = 0; i < G_N_ELEMENTS(label_names); i++) {
                if (strlen(label_names[i]) == len && memcmp(label_names[i], name, len) == 0) {
                        *ret = (SenmlLabel) (SENML_BASE_SUM + (int) i);
                        return 0;
                }
        }
        *ret = SENML_UNKNOWN;
        return 0;
}

const char *senml_label_name(SenmlLabel label)
{
        g_assert(label >= SENML_BASE_SUM && label < SENML_UNKNOWN);
        return label_names[label - SENML_BASE_SUM];
}

SenmlLabel senml_label_of(const Value *value)
{
        switch (value->type) {
        case VALUE_STRING:
        case VALUE_CORELNK:
                return SENML_STRING;
        case VALUE_BOOLEAN:
                return SENML_BOOLEAN;
        case VALUE_OPAQUE:
                return SENML_DATA;
        case VALUE_OBJLNK:
                return SENML_LINK;
        case VALUE_NONE:
        case VALUE_INTEGER:
        case VALUE_UNSIGNED:
        case VALUE_FLOAT:
        case VALUE_TIME:
                break;
        }
        return SENML_VALUE;
}

/* ---- Reading ---------------------------------------------------------------- */

static int set_name(char name[SENML_NAME_MAX], size_t *name_len, const Scalar *scalar)
{
        if (scalar->type != SCALAR_TEXT || scalar->len > SENML_NAME_MAX)
                return -EBADMSG;

        if (scalar->len > 0)
                memcpy(name, scalar->data, scalar->len);
        *name_len = scalar->len;
        return 0;
}

static int set_number(const Scalar *scalar, Scalar *ret)
{
        if (!scalar_is_number(scalar) || !isfinite(scalar_to_real(scalar)))
                return -EBADMSG;

        *ret = *scalar;
        return 0;
}

static int check_version(const Scalar *scalar)
{
        bool supported = scalar_is_number(scalar) && scalar_to_real(scalar) >= 1 &&
                         scalar_to_real(scalar) <= VERSION_MAX;

        return supported ? 0 : -EBADMSG;
}

/* Whether the scalar is what a label of a value may have. Any of them says null (RFC 8790, 3.2.2).
 */
static bool value_fits(SenmlLabel label, const Scalar *scalar)
{
        if (scalar->type == SCALAR_NULL)
                return true;
        if (label == SENML_VALUE)
                return scalar_is_number(scalar);
        if (label == SENML_BOOLEAN)
                return scalar->type == SCALAR_BOOLEAN;
        if (label == SENML_DATA)
                return scalar->type == SCALAR_BYTES;
        return scalar->type == SCALAR_TEXT;
}

static int set_value(SenmlRecord *record, SenmlLabel label, Scalar *scalar)
{
        if (record->value.type != SCALAR_NONE || !value_fits(label, scalar))
                return -EBADMSG;

        record->label = label;
        record->value = *scalar;
        *scalar = (Scalar){.type = SCALAR_NONE};
        if (label == SENML_LINK && record->value.type == SCALAR_TEXT)
                record->value.type = SCALAR_LINK;
        return 0;
}

static int set_label(SenmlPack *pack, SenmlLabel label, Scalar *scalar)
{
        Scalar time;

        switch (label) {
        case SENML_BASE_NAME:
                return set_name(pack->base, &pack->base_len, scalar);
        case SENML_NAME:
                return set_name(pack->record.name, &pack->record.name_len, scalar);
        case SENML_BASE_VERSION:
                return check_version(scalar);
        case SENML_BASE_VALUE:
                return set_number(scalar, &pack->base_value);
        case SENML_BASE_TIME: /* when a value was so does not matter to whom it is written */
        case SENML_TIME:
                return set_number(scalar, &time);
        case SENML_VALUE:
        case SENML_STRING:
        case SENML_BOOLEAN:
        case SENML_DATA:
        case SENML_LINK:
                return set_value(&pack->record, label, scalar);
        case SENML_BASE_SUM:
        case SENML_BASE_UNIT:
        case SENML_UNIT:
        case SENML_SUM:
        case SENML_UPDATE_TIME:
        case SENML_UNKNOWN:
                break;
        }
        return 0;
}

int senml_pack_set(SenmlPack *pack, SenmlLabel label, Scalar *scalar)
{
        unsigned bit = label < SENML_UNKNOWN ? 1u << (label - SENML_BASE_SUM) : 0;
        int r = 0;

        if (pack->record.seen & bit)
                r = -EBADMSG;
        pack->record.seen |= bit;
        if (r == 0)
                r = set_label(pack, label, scalar);
        scalar_clear(scalar);
        return r;
}

static bool has_seen(const SenmlRecord *record, SenmlLabel label)
{
        return record->seen & 1u << (label - SENML_BASE_SUM);
}

/* Base name and name together (RFC 8428, 4.5.1). */
static int full_path(const SenmlPack *pack, Path *ret)
{
        char name[2 * SENML_NAME_MAX];

        memcpy(name, pack->base, pack->base_len);
        memcpy(name + pack->base_len, pack->record.name, pack->record.name_len);
        return collector_parse_path(name, pack->base_len + pack->record.name_len, ret);
}

static int end_value(SenmlPack *pack)
{
        SenmlRecord *record = &pack->record;
        Path path;
        int r;

        if (record->value.type == SCALAR_NONE)
                return has_seen(record, SENML_NAME) ? -EBADMSG : 0;

        if (record->label == SENML_VALUE && pack->base_value.type != SCALAR_NONE &&
            record->value.type != SCALAR_NULL) {
                r = scalar_add(&pack->base_value, &record->value, &record->value);
                if (r < 0)
                        return r;
        }
        r = full_path(pack, &path);
        return r < 0 ? r : collector_add(pack->collector, path, &record->value);
}

static int add_pending(SenmlPack *pack)
{
        if (!pack->has_pending)
                return 0;
        pack->has_pending = false;
        return path_list_add(pack->paths, pack->pending);
}

static int end_path(SenmlPack *pack)
{
        bool has_name = has_seen(&pack->record, SENML_NAME);
        Path path;
        int r;

        if (pack->record.value.type != SCALAR_NONE)
                return -EBADMSG;

        r = has_seen(&pack->record, SENML_BASE_NAME) ? add_pending(pack) : 0;
        if (r == 0)
                r = full_path(pack, &path);
        if (r < 0)
                return r;

        pack->has_pending = !has_name && pack->base[pack->base_len - 1] == '/';
        pack->pending = path;
        return pack->has_pending ? 0 : path_list_add(pack->paths, path);
}

int senml_pack_end_record(SenmlPack *pack)
{
        int r = pack->collector ? end_value(pack) : end_path(pack);

        scalar_clear(&pack->record.value);
        pack->record = (SenmlRecord){0};
        return r;
}

int senml_pack_end(SenmlPack *pack)
{
        return pack->paths ? add_pending(pack) : 0;
}

void senml_pack_clear(SenmlPack *pack)
{
        scalar_clear(&pack->record.value);
}

/* ---- Writing ---------------------------------------------------------------- */

bool senml_has(const Record *record)
{
        if (record->value.type == VALUE_FLOAT)
                return isfinite(record->value.real);
        return record->value.type != VALUE_NONE;
}

/* The lowest node that holds both. */
static Path common_ancestor(Path a, Path b)
{
        while (!path_within(b, a))
                a = path_parent(a);
        return a;
}

SenmlLayout senml_layout(const Records *records)
{
        SenmlLayout layout = {0};
        bool same = true;
        Path base = path_root();

        for (size_t i = 0; i < records_len(records); i++) {
                Path path = records_get(records, i)->path;

                if (!senml_has(records_get(records, i)))
                        continue;
                same = layout.n_records == 0 || (same && path_equal(path, base));
                base = layout.n_records == 0 ? path : common_ancestor(base, path);
                layout.n_records++;
        }

        if (layout.n_records < 2 || base.level == PATH_ROOT)
                return layout;
        path_to_text(base, layout.base);
        if (!same)
                strcat(layout.base, "/");
        return layout;
}

const char *senml_layout_name(const SenmlLayout *layout, Path path, char buffer[PATH_TEXT_SIZE])
{
        path_to_text(path, buffer);
        return buffer + MIN(strlen(layout->base), strlen(buffer));
}
