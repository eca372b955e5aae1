/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Control ports of modems and the protocol each of them speaks. */

/* "qmi" or "mbim" as the kernel's driver or the port's name tells, or NULL. `device`: a path. */
const char *device_protocol(const char *device);

/* The first control port that speaks `protocol` (NULL: either), or NULL. The caller's. */
char *device_find(const char *protocol);

/* A port that is there and speaks *protocol, or any where that is NULL and then set: `device`, or
 * the first where it is NULL. The caller's; NULL where there is none. */
char *device_choose(const char *device, const char **protocol);

/* Calls when something appears in a folder: that of `device`, or /dev where it is NULL. */
typedef struct PortWatch PortWatch;

/* NULL: there is no such folder. `user` is borrowed. */
PortWatch *port_watch_new(const char *device, void (*on_port)(void *user), void *user);

/* Takes NULL. */
void port_watch_free(PortWatch *watch);

/* The name of what a port is, where it is given as a link: "cdc-wdm0". The caller's; NULL where
 * nothing is there. */
char *device_target(const char *device);
