/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A request of a server becomes an operation on a path (Core 6.3, 6.4; LwM2M Transport,
 * table 6.4.2-1), if it may. */

#include "lwm2m/operation.h"

/*
 * Answers `incoming`, at once or later. The operations that are not provided are answered as
 * methods that are not allowed (4.05), Discover as a representation that cannot be had (4.06).
 */
void dispatch_request(Requester *requester, Reporter *reporter, Pendings *pendings,
                      CoapIncoming *incoming, const CoapMessage *request);
