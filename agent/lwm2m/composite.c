/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/composite.h"

#include <errno.h>

#include "format/format.h"

struct Composite {
        grefcount references;
        int format;
        GArray *paths; /* of Path, sorted */
        GBytes *payload;
};

static int compare_paths(gconstpointer a, gconstpointer b)
{
        const Path *left = a, *right = b;

        return path_compare(*left, *right);
}

Composite *composite_new(const PathList *paths, int format, const void *payload, size_t len)
{
        Composite *composite = g_new0(Composite, 1);

        g_ref_count_init(&composite->references);
        composite->format = format;
        composite->payload = g_bytes_new(payload, len);
        composite->paths = g_array_new(FALSE, FALSE, sizeof(Path));
        for (size_t i = 0; i < path_list_len(paths); i++) {
                Path path = path_list_get(paths, i);

                g_array_append_val(composite->paths, path);
        }
        g_array_sort(composite->paths, compare_paths);
        return composite;
}

Composite *composite_ref(Composite *composite)
{
        if (composite)
                g_ref_count_inc(&composite->references);
        return composite;
}

void composite_unref(Composite *composite)
{
        if (!composite || !g_ref_count_dec(&composite->references))
                return;
        g_array_unref(composite->paths);
        g_bytes_unref(composite->payload);
        g_free(composite);
}

size_t composite_len(const Composite *composite)
{
        return composite->paths->len;
}

Path composite_get(const Composite *composite, size_t index)
{
        return g_array_index(composite->paths, Path, index);
}

int composite_format(const Composite *composite)
{
        return composite->format;
}

const void *composite_payload(const Composite *composite, size_t *ret_len)
{
        return g_bytes_get_data(composite->payload, ret_len);
}

bool composite_equal(const Composite *a, const Composite *b)
{
        if (!a || !b)
                return a == b;
        if (composite_len(a) != composite_len(b))
                return false;
        for (size_t i = 0; i < composite_len(a); i++)
                if (!path_equal(composite_get(a, i), composite_get(b, i)))
                        return false;
        return true;
}

/* ---- Reading -------------------------------------------------------------------- */

typedef void (*PathFunc)(Object *object, Path path, void *user);

static void visit(const Requester *requester, Path path, PathFunc func, unsigned *allowed,
                  void *user)
{
        Object *object;

        if (requester_may(requester, path, ACCESS_READ) < 0)
                return;
        ++*allowed;
        object = tree_find(requester->tree, path.id[0]);
        if (object)
                func(object, path, user);
}

static void visit_all(const Requester *requester, PathFunc func, unsigned *allowed, void *user)
{
        Object *object = tree_next(requester->tree, -1);

        for (; object; object = tree_next(requester->tree, object->definition->id))
                visit(requester, path_object(object->definition->id), func, allowed, user);
}

/* Calls `func` for each path that may be read and lies below no other one, the root in the form of
 * the objects. How many may be read. */
static unsigned composite_visit(const Requester *requester, const Composite *composite,
                                PathFunc func, void *user)
{
        Path done = path_root();
        unsigned allowed = 0;

        for (size_t i = 0; i < composite_len(composite); i++) {
                Path path = composite_get(composite, i);

                if (path.level == PATH_ROOT) {
                        visit_all(requester, func, &allowed, user);
                        return allowed;
                }
                if (done.level != PATH_ROOT && path_within(path, done))
                        continue;
                visit(requester, path, func, &allowed, user);
                done = path;
        }
        return allowed;
}

typedef struct Reading {
        Requester *requester;
        int result;
} Reading;

static bool instance_may_be_read(Path instance, void *user)
{
        return requester_may(user, instance, ACCESS_READ) == 0;
}

static void read_path(Object *object, Path path, void *user)
{
        Reading *reading = user;
        int r;

        if (reading->result < 0)
                return;
        r = object_read(object, path, instance_may_be_read, reading->requester,
                        reading->requester->records);
        /* Core 6.3.8: what is not there, or cannot be read, is not part of the answer. */
        if (r < 0 && r != -ENOENT && r != -EPERM && r != -EACCES)
                reading->result = r;
}

int composite_make(Requester *requester, const Composite *composite, const uint8_t **ret_data,
                   size_t *ret_len)
{
        Reading reading = {.requester = requester};
        int r;

        records_truncate(requester->records, 0);
        if (composite_visit(requester, composite, read_path, &reading) == 0)
                return -EACCES;
        if (reading.result < 0)
                return reading.result;
        requester_restart_payload(requester);
        r = format_encode_composite(composite->format, requester->records, NULL,
                                    &requester->payload);
        if (r < 0)
                return r;
        *ret_data = requester->payload.data;
        *ret_len = requester->payload.len;
        return 0;
}

/* ---- Bringing up to date --------------------------------------------------------- */

/* Goes on without the requester, who may be gone when an owner answers. */
typedef struct Refreshing {
        Tree *tree;
        GArray *paths; /* of Path: what is to be fetched */
        guint next;
        ObjectDone done;
        void *user;
} Refreshing;

static void collect_stale(Object *object, Path path, void *user)
{
        GArray *stale = user;

        if (object->ops->refresh && (path.level == PATH_OBJECT || object_has(object, path) == 0))
                g_array_append_val(stale, path);
}

static GArray *stale_paths(const Requester *requester, const Composite *composite)
{
        GArray *stale = g_array_new(FALSE, FALSE, sizeof(Path));

        composite_visit(requester, composite, collect_stale, stale);
        return stale;
}

bool composite_is_stale(const Requester *requester, const Composite *composite)
{
        g_autoptr(GArray) stale = stale_paths(requester, composite);

        return stale->len > 0;
}

static void refreshing_free(Refreshing *refreshing)
{
        g_array_unref(refreshing->paths);
        g_free(refreshing);
}

static void refreshing_on_done(int result, void *user);

/* One object after the other, until one takes time, one fails or all are done. */
static int refreshing_go_on(Refreshing *refreshing)
{
        while (refreshing->next < refreshing->paths->len) {
                Path path = g_array_index(refreshing->paths, Path, refreshing->next++);
                Object *object = tree_find(refreshing->tree, path.id[0]);
                int r = object && object->ops->refresh
                                ? object->ops->refresh(object, path, refreshing_on_done, refreshing)
                                : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}

static void refreshing_on_done(int result, void *user)
{
        Refreshing *refreshing = user;
        int r = result < 0 ? result : refreshing_go_on(refreshing);

        if (r == -EINPROGRESS)
                return;
        refreshing->done(r, refreshing->user);
        refreshing_free(refreshing);
}

int composite_refresh(const Requester *requester, const Composite *composite, ObjectDone done,
                      void *user)
{
        Refreshing *refreshing = g_new0(Refreshing, 1);
        int r;

        *refreshing = (Refreshing){
                .tree = requester->tree,
                .paths = stale_paths(requester, composite),
                .done = done,
                .user = user,
        };
        r = refreshing_go_on(refreshing);
        if (r != -EINPROGRESS)
                refreshing_free(refreshing);
        return r;
}

/* ---- Attributes ------------------------------------------------------------------ */

AttributeSet composite_attributes(const Requester *requester, const Composite *composite)
{
        AttributeSet joined = {0};

        for (size_t i = 0; i < composite_len(composite); i++) {
                AttributeSet set = attributes_effective(
                        requester->attributes, composite_get(composite, i), &requester->defaults);

                if (set.set & ATTRIBUTE_PMIN)
                        joined.pmin = MAX(joined.pmin, set.pmin);
                if (set.set & ATTRIBUTE_PMAX)
                        joined.pmax =
                                joined.set & ATTRIBUTE_PMAX ? MIN(joined.pmax, set.pmax) : set.pmax;
                joined.set |= set.set;
        }
        return joined;
}
