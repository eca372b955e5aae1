/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether a change of numbers is one a server wants to hear of (Core 7.3.2): gt, lt and st against
 * what it was told last. Pure functions. */

#include <stdbool.h>

#include "model/attributes.h"
#include "model/record.h"

/* The numbers that a server was told of a resource or a resource instance. All zero: none. What is
 * longer than this is not kept, and then every change matters. */
#define NUMBERS_MAX 256

typedef struct Numbers {
        GArray *values; /* of each resource instance; NULL: not numbers */
} Numbers;

/* Takes the numbers of a representation (values of one resource), in place of what was there. What
 * is above the level of a resource, or of another type, has none. */
void numbers_take(Numbers *numbers, const Records *records);
void numbers_clear(Numbers *numbers);

/*
 * Whether the values, which differ from those told, are to be told by `attributes`: without gt, lt
 * and st any are; else when one of them went past gt or lt, in either direction, or is st or more
 * away (Core 7.3.2). So does a resource instance that came or went. A value that equals a threshold
 * has not passed it. Integers are compared as doubles.
 */
bool numbers_matter(const Numbers *told, const AttributeSet *attributes, const Records *records);
