/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Small things that many C tests need. */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* A fresh directory below $TMPDIR, to be given to test_dir_free(), which removes all that is in it.
 */
char *test_dir_new(void);
void test_dir_free(char *directory);

/* Writes `directory`/`name`, with the directories between them. */
void test_dir_put(const char *directory, const char *name, const char *text);

/* Octets from hex digits; blanks are skipped. For the examples of standards. */
GBytes *test_hex(const char *hex);

/* False, and the test is marked as skipped, where it does not run as root. */
bool test_needs_root(void);

/* One turn of the main loop, which waits 50 ms at the most. NULL: the default context. */
void test_loop_turn(GMainContext *context);

/* Turns the loop until `condition` holds, and fails the test after 10 s. For what the kernel or
 * another process does; what depends on time is tested on a manual clock. */
#define test_wait_until(context, condition)                                                        \
        do {                                                                                       \
                gint64 test_end_ = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;                   \
                while (!(condition)) {                                                             \
                        if (g_get_monotonic_time() > test_end_)                                    \
                                g_error("%s:%d: never true: %s", __FILE__, __LINE__, #condition);  \
                        test_loop_turn(context);                                                   \
                }                                                                                  \
        } while (0)
