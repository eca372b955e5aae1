/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Why a configuration is refused, in words for the person who wrote it. */

#define COMPLAINT_MAX 200

typedef struct Complaint {
        char text[COMPLAINT_MAX];
} Complaint;

/* Writes the words, with printf's rules, and returns `error`, which is negative. */
int complain(Complaint *complaint, int error, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
