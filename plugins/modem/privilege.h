/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The proxies talk to uid 0 alone, and the uid is all of root that is needed. */

/* Gives up every capability for good, also those that a program started later could get. Whatever
 * cannot be given up was not there. */
void privilege_drop(void);
