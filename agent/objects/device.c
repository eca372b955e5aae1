/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "objects/device.h"

#include <errno.h>
#include <string.h>

#include "objects/fixed-object.h"

#define REBOOT 4

typedef struct DeviceObject {
        Object object;
        const Clock *clock;
        const Identity *identity;
        const char *software_version;
        const char *bindings;
        ObjectHooks hooks;
        char utc_offset[IDENTITY_UTC_OFFSET_SIZE]; /* as last read */
        char timezone[IDENTITY_TIMEZONE_SIZE];
} DeviceObject;

static DeviceObject *device_object(Object *object)
{
        return (DeviceObject *) object;
}

/* What is not known is not there. */
static int text_or_absent(const char *text, Value *ret)
{
        if (!text || text[0] == '\0')
                return -ENOENT;
        *ret = value_borrow_string(text);
        return 0;
}

static int number_or_absent(uint64_t number, Value *ret)
{
        if (number == 0 || number > INT64_MAX)
                return -ENOENT;
        *ret = value_integer((int64_t) number);
        return 0;
}

static int get_manufacturer(Object *object, uint16_t instance, Value *ret)
{
        return text_or_absent(identity_manufacturer(device_object(object)->identity), ret);
}

static int get_model(Object *object, uint16_t instance, Value *ret)
{
        return text_or_absent(identity_model(device_object(object)->identity), ret);
}

static int get_serial(Object *object, uint16_t instance, Value *ret)
{
        return text_or_absent(identity_serial(device_object(object)->identity), ret);
}

static int get_firmware_version(Object *object, uint16_t instance, Value *ret)
{
        return text_or_absent(identity_firmware_version(device_object(object)->identity), ret);
}

static int get_memory_free(Object *object, uint16_t instance, Value *ret)
{
        return number_or_absent(identity_memory_free(device_object(object)->identity), ret);
}

/* "No error": the only one of them that this machine can tell (Core E.4, resource 11). */
static int get_error_code(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_integer(0);
        return 0;
}

static int get_time(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_time(clock_realtime(device_object(object)->clock) / G_USEC_PER_SEC);
        return 0;
}

static int get_utc_offset(Object *object, uint16_t instance, Value *ret)
{
        DeviceObject *device = device_object(object);

        identity_utc_offset(device->identity, clock_realtime(device->clock), device->utc_offset);
        return text_or_absent(device->utc_offset, ret);
}

static int get_timezone(Object *object, uint16_t instance, Value *ret)
{
        DeviceObject *device = device_object(object);

        identity_timezone(device->identity, device->timezone);
        return text_or_absent(device->timezone, ret);
}

static int get_bindings(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_borrow_string(device_object(object)->bindings);
        return 0;
}

static int get_device_type(Object *object, uint16_t instance, Value *ret)
{
        return text_or_absent(identity_device_type(device_object(object)->identity), ret);
}

static int get_hardware_version(Object *object, uint16_t instance, Value *ret)
{
        return text_or_absent(identity_hardware_version(device_object(object)->identity), ret);
}

static int get_software_version(Object *object, uint16_t instance, Value *ret)
{
        return text_or_absent(device_object(object)->software_version, ret);
}

static int get_memory_total(Object *object, uint16_t instance, Value *ret)
{
        return number_or_absent(identity_memory_total(device_object(object)->identity), ret);
}

static const FixedResource resources[] = {
        {0, false, get_manufacturer},
        {1, false, get_model},
        {2, false, get_serial},
        {3, false, get_firmware_version},
        {REBOOT, false, NULL},
        {10, false, get_memory_free},
        {11, true, get_error_code},
        {13, false, get_time},
        {14, false, get_utc_offset},
        {15, false, get_timezone},
        {16, false, get_bindings},
        {17, false, get_device_type},
        {18, false, get_hardware_version},
        {19, false, get_software_version},
        {21, false, get_memory_total},
};

static const FixedTable table = {resources, G_N_ELEMENTS(resources)};

static int device_next_instance(Object *object, int after, uint16_t *ret)
{
        if (after >= 0)
                return -ENOENT;
        *ret = 0;
        return 0;
}

static int device_next_resource(Object *object, uint16_t instance, int after, uint16_t *ret)
{
        if (instance != 0)
                return -ENOENT;
        return fixed_next_resource(&table, object, instance, after, ret);
}

static int device_read(Object *object, uint16_t instance, uint16_t resource, Records *records)
{
        if (instance != 0)
                return -ENOENT;
        return fixed_read(&table, object, instance, resource, records);
}

static int device_read_instance(Object *object, uint16_t instance, Records *records)
{
        if (instance != 0)
                return -ENOENT;
        return fixed_read_instance(&table, object, instance, records);
}

static int device_execute(Object *object, Origin origin, uint16_t instance, uint16_t resource,
                          const char *arguments, ObjectDone done, void *user)
{
        const ObjectHooks *hooks = &device_object(object)->hooks;
        int r = object_has(object, path_resource(object->definition->id, instance, resource));

        if (r < 0)
                return r;
        if (resource != REBOOT || !hooks->reboot)
                return -EPERM;
        return hooks->reboot(hooks->user);
}

/* The system's time and zone belong to its time service: nothing here is written. */
static const ObjectOps device_ops = {
        .next_instance = device_next_instance,
        .next_resource = device_next_resource,
        .read = device_read,
        .read_instance = device_read_instance,
        .execute = device_execute,
};

Object *device_object_new(const Clock *clock, const Identity *identity,
                          const char *software_version, const char *bindings,
                          const ObjectHooks *hooks)
{
        DeviceObject *device = g_new0(DeviceObject, 1);

        device->object.definition = definition_find_core(3);
        device->object.ops = &device_ops;
        device->clock = clock;
        device->identity = identity;
        device->software_version = software_version;
        device->bindings = bindings;
        device->hooks = *hooks;
        return &device->object;
}

bool device_object_set_bindings(Object *object, const char *bindings)
{
        DeviceObject *device = (DeviceObject *) object;
        bool differs = strcmp(device->bindings, bindings) != 0;

        device->bindings = bindings;
        return differs;
}

void device_object_free(Object *object)
{
        g_free((DeviceObject *) object);
}
