/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Values and records as D-Bus types, as org.lwm2md1.DataModel documents them. */

#include <glib.h>

#include "model/definition.h"
#include "model/record.h"

/* A string, floating. `text` may come from a server or a plugin: what is not UTF-8 in it is
 * replaced, since D-Bus carries nothing else. */
GVariant *variant_from_text(const char *text);

/* Floating. VALUE_NONE has no variant: NULL. */
GVariant *variant_from_value(const Value *value);

/* Of the definition's type, or a string in LwM2M's text format (Core 7.4.1). -EINVAL, -ERANGE. */
int variant_to_value(GVariant *variant, const ResourceDefinition *definition, Value *ret);

/* Adds entries "{sv}" by path to `builder`: multiple resources whole, as a{qv}, unless `path` names
 * one of their instances. */
void variant_add_records(GVariantBuilder *builder, Path path, const Records *records);

/*
 * The records of one entry of a Write: a value for a resource or resource instance, or an a{qv} for
 * a multiple resource. -EINVAL, -ERANGE, -E2BIG.
 */
int variant_to_records(Path path, GVariant *variant, const ResourceDefinition *definition,
                       Records *records);
