/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/path.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

Path path_root(void)
{
        return (Path){
                .id = {PATH_ID_NONE, PATH_ID_NONE, PATH_ID_NONE, PATH_ID_NONE},
                .level = PATH_ROOT,
        };
}

Path path_object(uint16_t object)
{
        return path_child(path_root(), object);
}

Path path_instance(uint16_t object, uint16_t instance)
{
        return path_child(path_object(object), instance);
}

Path path_resource(uint16_t object, uint16_t instance, uint16_t resource)
{
        return path_child(path_instance(object, instance), resource);
}

Path path_resource_instance(uint16_t object, uint16_t instance, uint16_t resource,
                            uint16_t resource_instance)
{
        return path_child(path_resource(object, instance, resource), resource_instance);
}

Path path_parent(Path path)
{
        if (path.level == PATH_ROOT)
                return path;

        path.level--;
        path.id[path.level] = PATH_ID_NONE;
        return path;
}

Path path_child(Path path, uint16_t id)
{
        g_assert(path.level < PATH_RESOURCE_INSTANCE);

        path.id[path.level] = id;
        path.level++;
        return path;
}

int path_parse_id(const char *text, size_t len, uint16_t *ret)
{
        unsigned value = 0;

        if (len == 0 || (len > 1 && text[0] == '0'))
                return -EINVAL;

        for (size_t i = 0; i < len; i++) {
                if (!g_ascii_isdigit(text[i]))
                        return -EINVAL;
                /* Any number of digits may come: it stays too large, and does not overflow. */
                value = MIN(value * 10 + (unsigned) (text[i] - '0'), PATH_ID_NONE);
        }
        if (value > PATH_ID_MAX)
                return -ERANGE;

        *ret = (uint16_t) value;
        return 0;
}

int path_parse(const char *text, Path *ret)
{
        Path path = path_root();

        if (text[0] != '/')
                return -EINVAL;

        if (text[1] == '\0') {
                *ret = path;
                return 0;
        }

        while (*text == '/') {
                size_t len = strcspn(text + 1, "/");
                uint16_t id;

                if (path.level == PATH_RESOURCE_INSTANCE || path_parse_id(text + 1, len, &id) < 0)
                        return -EINVAL;

                path = path_child(path, id);
                text += 1 + len;
        }

        *ret = path;
        return 0;
}

const char *path_to_text(Path path, char buffer[PATH_TEXT_SIZE])
{
        size_t len = 0;

        if (path.level == PATH_ROOT) {
                g_strlcpy(buffer, "/", PATH_TEXT_SIZE);
                return buffer;
        }

        for (int i = 0; i < path.level; i++)
                len += (size_t) g_snprintf(buffer + len, PATH_TEXT_SIZE - len, "/%u", path.id[i]);
        return buffer;
}

bool path_equal(Path a, Path b)
{
        return path_compare(a, b) == 0;
}

int path_compare(Path a, Path b)
{
        for (int i = 0; i < MIN(a.level, b.level); i++) {
                if (a.id[i] != b.id[i])
                        return a.id[i] < b.id[i] ? -1 : 1;
        }
        return (int) a.level - (int) b.level;
}

bool path_within(Path path, Path ancestor)
{
        if (path.level < ancestor.level)
                return false;

        for (int i = 0; i < ancestor.level; i++) {
                if (path.id[i] != ancestor.id[i])
                        return false;
        }
        return true;
}
