/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a server is shown of a node: read from the objects, in the format asked for. Shared by Read
 * and notifications. */

#include "lwm2m/composite.h"

/*
 * 0: *ret_data (borrowed from the requester, until its next representation) is the payload,
 * *ret_format its format, which is `accept` unless that is FORMAT_NONE. -EACCES, -ENOENT, -EPERM
 * (not readable), -ENOTSUP (not in that format, 4.06), -EMSGSIZE. Values are as they are:
 * object->ops->refresh() is the caller's business.
 */
int representation_make(Requester *requester, Path path, int accept, int *ret_format,
                        const uint8_t **ret_data, size_t *ret_len);

/* Brings what lies below `path` up to date: 0, -EINPROGRESS and later `done`, or the owner's error.
 */
int representation_refresh(const Requester *requester, Path path, ObjectDone done, void *user);

/* ---- What is observed: `composite`, or where that is NULL `path` ---------------- */

int observed_make(Requester *requester, Path path, const Composite *composite, int accept,
                  int *ret_format, const uint8_t **ret_data, size_t *ret_len);

/* Whether there is something that observed_refresh() would have to ask for. */
bool observed_is_stale(const Requester *requester, Path path, const Composite *composite);
int observed_refresh(const Requester *requester, Path path, const Composite *composite,
                     ObjectDone done, void *user);

/* The attributes in force. */
AttributeSet observed_attributes(const Requester *requester, Path path, const Composite *composite);
