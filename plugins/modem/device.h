/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Control ports of modems and the protocol each of them speaks. */

/* "qmi" or "mbim" as the kernel's driver or the port's name tells, or NULL. `device`: a path. */
const char *device_protocol(const char *device);

/* The first control port that speaks `protocol` (NULL: either), or NULL. The caller's. */
char *device_find(const char *protocol);

/* The name of what a port is, where it is given as a link: "cdc-wdm0". The caller's; NULL where
 * nothing is there. */
char *device_target(const char *device);
