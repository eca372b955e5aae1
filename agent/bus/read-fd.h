/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reads a secret from a descriptor without blocking the main loop. */

#include "base/clock.h"
#include <stdint.h>

/* How long a silent writer is waited for. */
#define READ_FD_TIMEOUT (10 * G_TIME_SPAN_SECOND)

typedef struct ReadFd ReadFd;

/* `result`: 0 with what was read, valid during the call and wiped after it; -EMSGSIZE above `max`;
 * -ETIMEDOUT; errno. */
typedef void (*ReadFdDone)(int result, uint8_t *data, size_t len, void *user);

/* Takes over `fd` and reads it to its end. `done` is called once, from the main loop. */
ReadFd *read_fd_start(Clock *clock, int fd, size_t max, ReadFdDone done, void *user);

/* Before `done`: it is not called. */
void read_fd_cancel(ReadFd *read);
