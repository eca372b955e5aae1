/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/representation.h"

#include <errno.h>

#include "format/format.h"

static bool instance_may_be_read(Path instance, void *user)
{
        return requester_may(user, instance, ACCESS_READ) == 0;
}

int representation_refresh(const Requester *requester, Path path, ObjectDone done, void *user)
{
        Object *object = tree_find(requester->tree, path.id[0]);

        if (!object || !object->ops->refresh)
                return 0;
        return object->ops->refresh(object, path, done, user);
}

int representation_make(Requester *requester, Path path, int accept, int *ret_format,
                        const uint8_t **ret_data, size_t *ret_len)
{
        Object *object;
        int format, r;

        r = requester_may(requester, path, ACCESS_READ);
        if (r < 0)
                return r;
        object = tree_find(requester->tree, path.id[0]);
        if (!object)
                return -ENOENT;

        records_truncate(requester->records, 0);
        r = object_read(object, path, instance_may_be_read, requester, requester->records);
        if (r < 0)
                return r;

        format = accept;
        if (format == FORMAT_NONE)
                format = format_default(path, object->definition, requester->lwm2m_version);
        /* Links to resources are what Discover shows (Core 6.3.2), not values. */
        if (format == FORMAT_LINK || !format_can_encode(format))
                return -ENOTSUP;
        requester_restart_payload(requester);
        r = format_encode(format, path, object->definition, requester->records,
                          &requester->payload);
        if (r < 0)
                return r;
        r = byte_writer_result(&requester->payload);
        if (r < 0)
                return r;
        *ret_format = format;
        *ret_data = requester->payload.data;
        *ret_len = requester->payload.len;
        return 0;
}

int observed_make(Requester *requester, Path path, const Composite *composite, int accept,
                  int *ret_format, const uint8_t **ret_data, size_t *ret_len)
{
        if (!composite)
                return representation_make(requester, path, accept, ret_format, ret_data, ret_len);
        *ret_format = composite_format(composite);
        return composite_make(requester, composite, ret_data, ret_len);
}

bool observed_is_stale(const Requester *requester, Path path, const Composite *composite)
{
        Object *object;

        if (composite)
                return composite_is_stale(requester, composite);
        object = tree_find(requester->tree, path.id[0]);
        return object && object->ops->refresh && object_has(object, path) == 0;
}

int observed_refresh(const Requester *requester, Path path, const Composite *composite,
                     ObjectDone done, void *user)
{
        return composite ? composite_refresh(requester, composite, done, user)
                         : representation_refresh(requester, path, done, user);
}

AttributeSet observed_attributes(const Requester *requester, Path path, const Composite *composite)
{
        return composite ? composite_attributes(requester, composite)
                         : attributes_effective(requester->attributes, path, &requester->defaults);
}
