/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* DataModel.Write: the values of one call become one transaction. */

#include "bus/export.h"
#include "model/tree.h"

/* Answers `call`, at once or later. `values`: a{sv}, not empty. */
void write_call_start(BusCall *call, Tree *tree, GVariant *values, gboolean replace);
