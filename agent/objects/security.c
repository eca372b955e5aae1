/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "objects/security.h"

#include <errno.h>

#include "objects/fixed-object.h"

typedef struct SecurityObject {
        Object object;
        Accounts *accounts;
        const Keystore *keystore;
} SecurityObject;

static const SecurityObject *security_object(const Object *object)
{
        return (const SecurityObject *) object;
}

static const Account *account_of(const Object *object, uint16_t instance)
{
        return accounts_find_security_instance(security_object(object)->accounts, instance);
}

static int get_uri(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_borrow_string(account_of(object, instance)->uri);
        return 0;
}

static int get_bootstrap(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_boolean(false);
        return 0;
}

static int get_mode(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_integer(account_of(object, instance)->mode);
        return 0;
}

static int get_identity(Object *object, uint16_t instance, Value *ret)
{
        const Account *account = account_of(object, instance);
        GBytes *identity = keystore_public(security_object(object)->keystore, account->ssid,
                                           KEY_SLOT_PSK_IDENTITY);
        gsize len = 0;
        const void *data = identity ? g_bytes_get_data(identity, &len) : NULL;

        *ret = value_borrow_opaque(data, len);
        return 0;
}

/* With pre-shared keys and without security there is none (Core E.1.1). */
static int get_server_key(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_borrow_opaque(NULL, 0);
        return 0;
}

/* Of 6, 7 and 9, what is not set is absent. */
static int get_sms_mode(Object *object, uint16_t instance, Value *ret)
{
        uint8_t mode = account_of(object, instance)->sms_mode;

        if (mode == SMS_MODE_NONE)
                return -ENOENT;
        *ret = value_integer(mode);
        return 0;
}

static int get_sms_parameters(Object *object, uint16_t instance, Value *ret)
{
        GBytes *parameters =
                keystore_public(security_object(object)->keystore,
                                account_of(object, instance)->ssid, KEY_SLOT_SMS_PARAMETERS);
        gsize len = 0;
        const void *data = parameters ? g_bytes_get_data(parameters, &len) : NULL;

        if (!parameters)
                return -ENOENT;
        *ret = value_borrow_opaque(data, len);
        return 0;
}

static int get_sms_number(Object *object, uint16_t instance, Value *ret)
{
        const Account *account = account_of(object, instance);

        if (account->sms_number[0] == '\0')
                return -ENOENT;
        /* An MSISDN has no '+' (TS 23.003, 3.3). */
        *ret = value_borrow_string(account->sms_number + (account->sms_number[0] == '+'));
        return 0;
}

/* There is one where there are parameters; neither is ever told. */
static int get_sms_secret(Object *object, uint16_t instance, Value *ret)
{
        return account_of(object, instance)->sms_mode == SMS_MODE_NONE ? -ENOENT : -EACCES;
}

static int get_secret(Object *object, uint16_t instance, Value *ret)
{
        return -EACCES;
}

static int get_ssid(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_integer(account_of(object, instance)->ssid);
        return 0;
}

static const FixedResource resources[] = {
        {0, false, get_uri},        {1, false, get_bootstrap},      {2, false, get_mode},
        {3, false, get_identity},   {4, false, get_server_key},     {5, false, get_secret},
        {6, false, get_sms_mode},   {7, false, get_sms_parameters}, {8, false, get_sms_secret},
        {9, false, get_sms_number}, {10, false, get_ssid},
};

static const FixedTable table = {resources, G_N_ELEMENTS(resources)};

static int security_next_instance(Object *object, int after, uint16_t *ret)
{
        return accounts_next_security_instance(security_object(object)->accounts, after, ret);
}

static int security_next_resource(Object *object, uint16_t instance, int after, uint16_t *ret)
{
        if (!account_of(object, instance))
                return -ENOENT;
        return fixed_next_resource(&table, object, instance, after, ret);
}

static int security_read(Object *object, uint16_t instance, uint16_t resource, Records *records)
{
        if (!account_of(object, instance))
                return -ENOENT;
        return fixed_read(&table, object, instance, resource, records);
}

static int security_read_instance(Object *object, uint16_t instance, Records *records)
{
        if (!account_of(object, instance))
                return -ENOENT;
        return fixed_read_instance(&table, object, instance, records);
}

static const ObjectOps security_ops = {
        .next_instance = security_next_instance,
        .next_resource = security_next_resource,
        .read = security_read,
        .read_instance = security_read_instance,
};

Object *security_object_new(Accounts *accounts, const Keystore *keystore)
{
        SecurityObject *security = g_new0(SecurityObject, 1);

        security->object.definition = definition_find_core(0);
        security->object.ops = &security_ops;
        security->accounts = accounts;
        security->keystore = keystore;
        return &security->object;
}

void security_object_free(Object *object)
{
        g_free((SecurityObject *) object);
}
