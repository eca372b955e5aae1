/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "objects/server.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "objects/fixed-object.h"

#define SSID 0
#define LIFETIME 1
#define PMIN 2
#define PMAX 3
#define STORING 6
#define BINDING 7
#define UPDATE_TRIGGER 8
#define RETRY_COUNT 17
#define RETRY_TIMER 18
#define SEQUENCE_DELAY 19
#define SEQUENCE_COUNT 20
#define TRIGGER 21
#define MUTE 23

typedef struct ServerObject {
        Object object;
        Accounts *accounts;
        ObjectHooks hooks;
} ServerObject;

struct ObjectStage {
        Origin origin;
        WriteMode mode;
        uint16_t instance;
        const Records *records;
        Account before; /* as it was when it was committed */
};

static const ServerObject *server_object(const Object *object)
{
        return (const ServerObject *) object;
}

static const Account *account_of(const Object *object, uint16_t instance)
{
        return accounts_find_server_instance(server_object(object)->accounts, instance);
}

/* ---- Reading -------------------------------------------------------------------- */

static int get_ssid(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_integer(account_of(object, instance)->ssid);
        return 0;
}

static int get_lifetime(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_integer(account_of(object, instance)->lifetime);
        return 0;
}

static int get_pmin(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_integer(account_of(object, instance)->pmin);
        return 0;
}

static int get_pmax(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_integer(account_of(object, instance)->pmax);
        return 0;
}

static int get_storing(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_boolean(account_of(object, instance)->storing);
        return 0;
}

static int get_binding(Object *object, uint16_t instance, Value *ret)
{
        *ret = value_borrow_string(account_of(object, instance)->binding);
        return 0;
}

/* Of 17 to 20, the default, which is 0 here, is said by being absent (Core 6.2.1.1). */
static int get_unless_default(uint64_t number, Value *ret)
{
        if (number == 0)
                return -ENOENT;
        *ret = value_unsigned(number);
        return 0;
}

static int get_retry_count(Object *object, uint16_t instance, Value *ret)
{
        return get_unless_default(account_of(object, instance)->retry_count, ret);
}

static int get_retry_timer(Object *object, uint16_t instance, Value *ret)
{
        return get_unless_default(account_of(object, instance)->retry_timer, ret);
}

static int get_sequence_delay(Object *object, uint16_t instance, Value *ret)
{
        return get_unless_default(account_of(object, instance)->sequence_delay, ret);
}

static int get_sequence_count(Object *object, uint16_t instance, Value *ret)
{
        return get_unless_default(account_of(object, instance)->sequence_count, ret);
}

/* Without SMS it is absent, which means the same as false. */
static int get_trigger(Object *object, uint16_t instance, Value *ret)
{
        const Account *account = account_of(object, instance);

        if (account->sms_mode == SMS_MODE_NONE)
                return -ENOENT;
        *ret = value_boolean(account->trigger);
        return 0;
}

static int get_mute(Object *object, uint16_t instance, Value *ret)
{
        const Account *account = account_of(object, instance);

        if (account->mute_send == MUTE_SEND_ABSENT)
                return -ENOENT;
        *ret = value_boolean(account->mute_send == MUTE_SEND_ON);
        return 0;
}

static const FixedResource resources[] = {
        {SSID, false, get_ssid},
        {LIFETIME, false, get_lifetime},
        {PMIN, false, get_pmin},
        {PMAX, false, get_pmax},
        {STORING, false, get_storing},
        {BINDING, false, get_binding},
        {UPDATE_TRIGGER, false, NULL},
        {RETRY_COUNT, false, get_retry_count},
        {RETRY_TIMER, false, get_retry_timer},
        {SEQUENCE_DELAY, false, get_sequence_delay},
        {SEQUENCE_COUNT, false, get_sequence_count},
        {TRIGGER, false, get_trigger},
        {MUTE, false, get_mute},
};

static const FixedTable table = {resources, G_N_ELEMENTS(resources)};

static int server_next_instance(Object *object, int after, uint16_t *ret)
{
        return accounts_next_server_instance(server_object(object)->accounts, after, ret);
}

static int server_next_resource(Object *object, uint16_t instance, int after, uint16_t *ret)
{
        if (!account_of(object, instance))
                return -ENOENT;
        return fixed_next_resource(&table, object, instance, after, ret);
}

static int server_read(Object *object, uint16_t instance, uint16_t resource, Records *records)
{
        if (!account_of(object, instance))
                return -ENOENT;
        return fixed_read(&table, object, instance, resource, records);
}

static int server_read_instance(Object *object, uint16_t instance, Records *records)
{
        if (!account_of(object, instance))
                return -ENOENT;
        return fixed_read_instance(&table, object, instance, records);
}

/* ---- Writing -------------------------------------------------------------------- */

static int take_seconds(const Value *value, int64_t min, uint32_t *ret)
{
        if (value->integer < min || value->integer > UINT32_MAX)
                return -ERANGE;

        *ret = (uint32_t) value->integer;
        return 0;
}

static int take_binding(const Value *value, char *binding, size_t size)
{
        if (g_strlcpy(binding, value->bytes.data, size) >= size)
                return -EINVAL;
        return 0;
}

/* 0, or -ENOENT for what this client does not have. */
static int apply_record(const Record *record, Account *account)
{
        switch (record->path.id[2]) {
        case LIFETIME:
                return take_seconds(&record->value, 1, &account->lifetime);
        case PMIN:
                return take_seconds(&record->value, 0, &account->pmin);
        case PMAX:
                return take_seconds(&record->value, 0, &account->pmax);
        case STORING:
                account->storing = record->value.boolean;
                return 0;
        case BINDING:
                return take_binding(&record->value, account->binding, sizeof(account->binding));
        case TRIGGER:
                account->trigger = record->value.boolean;
                return 0;
        case MUTE:
                account->mute_send = record->value.boolean ? MUTE_SEND_ON : MUTE_SEND_OFF;
                return 0;
        default:
                return -ENOENT;
        }
}

static int apply(const ObjectStage *stage, Account *account)
{
        const char *why;

        /* Optional resources that are not given are gone: /1/x/2, /1/x/3, /1/x/21 and /1/x/23
         * (Core 6.3.3). */
        if (stage->mode == WRITE_REPLACE_INSTANCE) {
                account->pmin = account->pmax = 0;
                account->trigger = false;
                account->mute_send = MUTE_SEND_ABSENT;
        }

        for (size_t i = 0; i < records_len(stage->records); i++) {
                int r = apply_record(records_get(stage->records, i), account);

                /* In a write to the instance, what is not supported is passed over (Core 6.3.3). */
                if (r < 0 && (r != -ENOENT || stage->mode == WRITE_REPLACE_RESOURCES))
                        return r;
        }
        return account_check(account, &why);
}

static int server_stage(Object *object, Origin origin, WriteMode mode, uint16_t instance,
                        const Records *records, ObjectStage **ret)
{
        const Account *known = account_of(object, instance);
        ObjectStage stage = {
                .origin = origin, .mode = mode, .instance = instance, .records = records};
        Account account;
        int r;

        if (!known)
                return -ENOENT;

        account = *known;
        r = apply(&stage, &account);
        if (r < 0)
                return r;

        *ret = g_memdup2(&stage, sizeof(stage));
        return 0;
}

/* Applied once more: another write to the instance may have come between. */
static int server_commit(Object *object, ObjectStage *stage, ObjectDone done, void *user)
{
        const Account *known = account_of(object, stage->instance);
        Account account;
        int r;

        if (!known)
                return -ENOENT;

        stage->before = account = *known;
        r = apply(stage, &account);
        if (r < 0)
                return r;
        return accounts_change(server_object(object)->accounts, &account, stage->origin);
}

static void server_rollback(Object *object, ObjectStage *stage)
{
        int r = accounts_change(server_object(object)->accounts, &stage->before, stage->origin);

        if (r < 0)
                log_error(NULL, "/1/%u: the write that was rolled back cannot be undone: %s",
                          stage->instance, g_strerror(-r));
}

static void server_drop(Object *object, ObjectStage *stage)
{
        g_free(stage);
}

/* ---- Executing ------------------------------------------------------------------ */

/* Core E.2, resource 8: argument 0 may name a transport. */
static bool is_other_transport(const Account *account, const char *arguments)
{
        bool udp = g_str_has_prefix(arguments, "0='U'") && account_has_udp(account);
        bool sms = g_str_has_prefix(arguments, "0='S'") && account_has_sms(account);

        return g_str_has_prefix(arguments, "0=") && !udp && !sms;
}

static int server_execute(Object *object, Origin origin, uint16_t instance, uint16_t resource,
                          const char *arguments, ObjectDone done, void *user)
{
        const ObjectHooks *hooks = &server_object(object)->hooks;
        int r = object_has(object, path_resource(object->definition->id, instance, resource));

        if (r < 0)
                return r;
        if (resource != UPDATE_TRIGGER || !hooks->update)
                return -EPERM;
        if (is_other_transport(account_of(object, instance), arguments))
                return -EINVAL;
        return hooks->update(account_of(object, instance)->ssid, hooks->user);
}

static const ObjectOps server_ops = {
        .next_instance = server_next_instance,
        .next_resource = server_next_resource,
        .read = server_read,
        .read_instance = server_read_instance,
        .stage = server_stage,
        .commit = server_commit,
        .rollback = server_rollback,
        .drop = server_drop,
        .execute = server_execute,
};

Object *server_object_new(Accounts *accounts, const ObjectHooks *hooks)
{
        ServerObject *server = g_new0(ServerObject, 1);

        server->object.definition = definition_find_core(1);
        server->object.ops = &server_ops;
        server->accounts = accounts;
        server->hooks = *hooks;
        return &server->object;
}

void server_object_free(Object *object)
{
        g_free((ServerObject *) object);
}
