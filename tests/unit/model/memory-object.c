/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "memory-object.h"

#include <errno.h>

struct ObjectStage {
        WriteMode mode;
        uint16_t instance;
        const Records *records;
        Records *before; /* what the object had, once committed */
};

static const ResourceDefinition memory_resources[] = {
        {0, "Text", OP_RW, false, true, VALUE_STRING, 0, 255},
        {1, "Level", OP_RW, false, false, VALUE_INTEGER, -100, 100},
        {2, "Count", OP_RW, false, false, VALUE_UNSIGNED},
        {3, "Ratio", OP_RW, false, false, VALUE_FLOAT},
        {4, "Switch", OP_RW, false, false, VALUE_BOOLEAN},
        {5, "Blob", OP_RW, false, false, VALUE_OPAQUE},
        {6, "Moment", OP_RW, false, false, VALUE_TIME},
        {7, "Link", OP_RW, false, false, VALUE_OBJLNK},
        {8, "Links", OP_RW, false, false, VALUE_CORELNK},
        {9, "Serial", OP_R, false, true, VALUE_STRING},
        {10, "Act", OP_E, false, false, VALUE_NONE},
        {11, "Input", OP_W, false, false, VALUE_STRING},
        {12, "Numbers", OP_RW, true, false, VALUE_INTEGER, 0, 0, "1"},
        {13, "Blobs", OP_RW, true, false, VALUE_OPAQUE},
        {300, "Far", OP_RW, false, false, VALUE_INTEGER},
        {301, "Far Texts", OP_RW, true, false, VALUE_STRING},
};

const ObjectDefinition memory_definition = {
        .id = 4242,
        .name = "Memory",
        .version = "2.1",
        .multiple = true,
        .resources = memory_resources,
        .n_resources = G_N_ELEMENTS(memory_resources),
};

static MemoryObject *memory_object(Object *object)
{
        return (MemoryObject *) object;
}

/* The index of the first instance above `after`. */
static guint instance_above(const MemoryObject *memory, int after)
{
        guint low = 0, high = memory->instances->len;

        while (low < high) {
                guint middle = low + (high - low) / 2;

                if ((int) g_array_index(memory->instances, uint16_t, middle) <= after)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static int memory_next_instance(Object *object, int after, uint16_t *ret)
{
        MemoryObject *memory = memory_object(object);
        guint index = instance_above(memory, after);

        memory->n_instance_calls++;
        if (index == memory->instances->len)
                return -ENOENT;

        *ret = g_array_index(memory->instances, uint16_t, index);
        return 0;
}

/* The index of the first value that is not before `path`. */
static size_t value_from(const MemoryObject *memory, Path path)
{
        size_t low = 0, high = records_len(memory->values);

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (path_compare(records_get(memory->values, middle)->path, path) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static int memory_next_resource(Object *object, uint16_t instance, int after, uint16_t *ret)
{
        MemoryObject *memory = memory_object(object);
        Path path = path_instance(object->definition->id, instance);
        size_t index = value_from(memory, path_child(path, (uint16_t) (after + 1)));

        memory->n_resource_calls++;
        if (index == records_len(memory->values) ||
            !path_within(records_get(memory->values, index)->path, path))
                return -ENOENT;

        *ret = records_get(memory->values, index)->path.id[2];
        return 0;
}

static int memory_read(Object *object, uint16_t instance, uint16_t resource, Records *records)
{
        MemoryObject *memory = memory_object(object);
        Path path = path_resource(object->definition->id, instance, resource);

        if (memory->read_result < 0 && memory->good_reads == 0)
                return memory->read_result;
        if (memory->good_reads > 0)
                memory->good_reads--;

        for (size_t i = value_from(memory, path); i < records_len(memory->values); i++) {
                const Record *record = records_get(memory->values, i);
                int r;

                if (!path_within(record->path, path))
                        break;
                r = records_add(records, record->path, value_copy(&record->value));
                if (r < 0)
                        return r;
        }
        return 0;
}

static int memory_stage(Object *object, Origin origin, WriteMode mode, uint16_t instance,
                        const Records *records, ObjectStage **ret)
{
        MemoryObject *memory = memory_object(object);
        ObjectStage *stage;

        g_string_append(memory->log, "stage ");
        if (memory->stage_result < 0)
                return memory->stage_result;

        stage = g_new0(ObjectStage, 1);
        stage->mode = mode;
        stage->instance = instance;
        stage->records = records;
        *ret = stage;
        return 0;
}

static Records *copy_values(const Records *from)
{
        Records *copy = records_new();

        for (size_t i = 0; i < records_len(from); i++) {
                const Record *record = records_get(from, i);

                records_add(copy, record->path, value_copy(&record->value));
        }
        return copy;
}

/* Whether a stage replaces what is at `path` now. */
static bool is_replaced(const ObjectDefinition *definition, const ObjectStage *stage, Path path)
{
        const ResourceDefinition *resource = definition_find_resource(definition, path.id[2]);

        if (path.id[1] != stage->instance)
                return false;
        if (stage->mode == WRITE_REPLACE_INSTANCE)
                return (resource->operations & OP_W) != 0;

        for (size_t i = 0; i < records_len(stage->records); i++) {
                Path written = records_get(stage->records, i)->path;

                if (stage->mode == WRITE_REPLACE_RESOURCES && written.id[2] == path.id[2])
                        return true;
                if (path_equal(written, path) || path_equal(path_parent(written), path))
                        return true;
        }
        return false;
}

static void apply(MemoryObject *memory, const ObjectStage *stage)
{
        Records *after = records_new();

        for (size_t i = 0; i < records_len(memory->values); i++) {
                const Record *record = records_get(memory->values, i);

                if (!is_replaced(memory->object.definition, stage, record->path))
                        records_add(after, record->path, value_copy(&record->value));
        }
        for (size_t i = 0; i < records_len(stage->records); i++) {
                const Record *record = records_get(stage->records, i);

                records_add(after, record->path, value_copy(&record->value));
        }
        g_assert_cmpint(records_sort(after), ==, 0);

        records_free(memory->values);
        memory->values = after;
}

static int memory_commit(Object *object, ObjectStage *stage, ObjectDone done, void *user)
{
        MemoryObject *memory = memory_object(object);

        g_string_append(memory->log, "commit ");
        if (memory->commit_result == -EINPROGRESS) {
                memory->done = done;
                memory->done_user = user;
                memory->committing = stage;
        }
        if (memory->commit_result < 0)
                return memory->commit_result;

        stage->before = copy_values(memory->values);
        apply(memory, stage);
        return 0;
}

void memory_object_finish(MemoryObject *memory, int result)
{
        ObjectDone done = g_steal_pointer(&memory->done);

        g_assert_nonnull(done);
        if (result == 0) {
                memory->committing->before = copy_values(memory->values);
                apply(memory, memory->committing);
        }
        done(result, memory->done_user);
}

static void memory_rollback(Object *object, ObjectStage *stage)
{
        MemoryObject *memory = memory_object(object);

        g_string_append(memory->log, "rollback ");
        g_assert_nonnull(stage->before);
        records_free(memory->values);
        memory->values = g_steal_pointer(&stage->before);
}

static void memory_drop(Object *object, ObjectStage *stage)
{
        g_string_append(memory_object(object)->log, "drop ");
        records_free(stage->before);
        g_free(stage);
}

static const ObjectOps memory_ops = {
        .next_instance = memory_next_instance,
        .next_resource = memory_next_resource,
        .read = memory_read,
        .stage = memory_stage,
        .commit = memory_commit,
        .rollback = memory_rollback,
        .drop = memory_drop,
};

MemoryObject *memory_object_new(const ObjectDefinition *definition)
{
        MemoryObject *memory = g_new0(MemoryObject, 1);

        memory->object.definition = definition;
        memory->object.ops = &memory_ops;
        memory->instances = g_array_new(FALSE, FALSE, sizeof(uint16_t));
        memory->values = records_new();
        memory->log = g_string_new("");
        return memory;
}

void memory_object_free(MemoryObject *memory)
{
        if (!memory)
                return;

        g_array_unref(memory->instances);
        records_free(memory->values);
        g_string_free(memory->log, TRUE);
        g_free(memory);
}

void memory_object_add_instance(MemoryObject *memory, uint16_t instance)
{
        guint index = instance_above(memory, (int) instance - 1);

        if (index < memory->instances->len &&
            g_array_index(memory->instances, uint16_t, index) == instance)
                return;
        g_array_insert_val(memory->instances, index, instance);
}

void memory_object_set(MemoryObject *memory, Path path, Value value)
{
        size_t len = records_len(memory->values);

        memory_object_add_instance(memory, path.id[1]);
        g_assert_cmpint(records_add(memory->values, path, value), ==, 0);
        if (len > 0 && path_compare(records_get(memory->values, len - 1)->path, path) >= 0)
                g_assert_cmpint(records_sort(memory->values), ==, 0);
}

const Value *memory_object_get(MemoryObject *memory, Path path)
{
        const Record *record = records_find(memory->values, path);

        return record ? &record->value : NULL;
}
