/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The permanent address of this machine's first network interface, 12 hex digits, or "". The
 * caller's. */
char *identity_find_mac(const char *root);
