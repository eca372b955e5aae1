/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a composite request names (Core 6.3.8, 6.4.4): paths of any objects, and how they are read
 * for a server. */

#include "format/path-list.h"
#include "lwm2m/requester.h"

typedef struct Composite Composite;

/* Copies both. `payload` is what the request said, by which a later block of the answer is asked
 * for; `format` that of the answer. */
Composite *composite_new(const PathList *paths, int format, const void *payload, size_t len);

/* Shared by the request and the observation that it begins. Both take NULL. */
Composite *composite_ref(Composite *composite);
void composite_unref(Composite *composite);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Composite, composite_unref)

/* The paths, each once, in order of path_compare(). At most PATH_LIST_MAX. */
size_t composite_len(const Composite *composite);
Path composite_get(const Composite *composite, size_t index);

/* As given. The bytes are borrowed. */
int composite_format(const Composite *composite);
const void *composite_payload(const Composite *composite, size_t *ret_len);

/* Whether both name the same paths; NULL equals NULL alone. */
bool composite_equal(const Composite *a, const Composite *b);

/*
 * As representation_make(). What is not there, cannot be read or must not be read by this server is
 * left out; the root stands for all that it may read. -EACCES: it may read nothing of what is
 * named.
 */
int composite_make(Requester *requester, const Composite *composite, const uint8_t **ret_data,
                   size_t *ret_len);

/* Whether something has to be fetched before it is read. */
bool composite_is_stale(const Requester *requester, const Composite *composite);

/* Brings what is named, and may be read, up to date: 0, -EINPROGRESS and later `done`, once, or the
 * first owner's error. */
int composite_refresh(const Requester *requester, const Composite *composite, ObjectDone done,
                      void *user);

/* Of several paths the longest pmin and the shortest pmax that hold at one of them: no value is
 * told more often, and none less often, than is asked for it. A pmax that is not longer than pmin
 * is told when pmin has passed. */
AttributeSet composite_attributes(const Requester *requester, const Composite *composite);
