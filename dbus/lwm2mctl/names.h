/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The name of the resource that `path` is, or is an instance of: "Battery Level" for "/3/0/9".
 * Knows the standard objects 0, 1 and 3 (Core, Appendix E); "" for the rest. */
const char *resource_name(const char *path);
