/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "objects/account-keys.h"

#include <errno.h>

#include "security/trial.h"

/* Octets of /0/x/7, without or with the second octet of the SPI. */
#define SMS_PARAMETERS_MIN 6
#define SMS_PARAMETERS_MAX 7

bool account_has_slot(const Account *account, KeySlot slot)
{
        if (slot == KEY_SLOT_PSK_IDENTITY || slot == KEY_SLOT_PSK)
                return account->mode == SECURITY_MODE_PSK;
        return account->sms_mode != SMS_MODE_NONE && account->sms_mode != SMS_MODE_NOSEC;
}

const char *account_slot_names(void)
{
        return "psk-identity, psk, sms-parameters, sms-key";
}

/* Not the key's fault: the kernel's quota, or its memory, is used up. */
static bool is_no_room(int error)
{
        return error == -EDQUOT || error == -ENOSPC || error == -ENOMEM;
}

static int refuse(char **ret_why, const char *why)
{
        *ret_why = g_strdup(why);
        return -EINVAL;
}

static int try_identity(const void *data, size_t len, char **ret_why)
{
        if (len <= ACCOUNT_IDENTITY_MAX && g_utf8_validate(data, (gssize) len, NULL))
                return 0;
        return refuse(ret_why, "allowed: UTF-8 of 1 to 128 bytes");
}

static int try_psk(const Account *account, const Loader *loader, const void *data, size_t len,
                   char **ret_why)
{
        Trial trial = {
                .bearer = LWM_SECURITY_BEARER_UDP,
                .mode = (uint8_t) account->mode,
                .identity = {"trial", 5},
        };

        return trial_key(loader, &trial, data, len, ret_why);
}

static Trial sms_trial(const Account *account, const void *parameters, size_t len)
{
        return (Trial){
                .bearer = LWM_SECURITY_BEARER_SMS,
                .mode = account->sms_mode,
                .identity = {parameters, len},
                .options = account->sms_options[0] ? account->sms_options : NULL,
        };
}

/* Whether these are the digits and not yet what they stand for. */
static bool is_hex_text(const char *text, size_t len)
{
        for (size_t i = 0; i < len; i++) {
                if (!g_ascii_isxdigit(text[i]) && !g_ascii_isspace(text[i]))
                        return false;
        }
        return true;
}

static int refuse_length(const void *data, size_t len, char **ret_why)
{
        *ret_why = g_strdup_printf("%zu octets came; allowed: KIc, KID, SPI and TAR, %d or %d "
                                   "octets%s",
                                   len, SMS_PARAMETERS_MIN, SMS_PARAMETERS_MAX,
                                   is_hex_text(data, len)
                                           ? "; for hexadecimal digits --encoding=hex"
                                           : "");
        return -EINVAL;
}

static int try_sms_parameters(const Account *account, const Loader *loader, const void *data,
                              size_t len, char **ret_why)
{
        Trial trial = sms_trial(account, data, len);

        if (len < SMS_PARAMETERS_MIN || len > SMS_PARAMETERS_MAX)
                return refuse_length(data, len, ret_why);
        return trial_identity(loader, &trial, ret_why);
}

static int try_sms_key(const Account *account, GBytes *parameters, const Loader *loader,
                       const void *data, size_t len, char **ret_why)
{
        Trial trial;

        if (!parameters)
                return refuse(ret_why, "slot sms-parameters comes first: it says what key this is");
        trial = sms_trial(account, g_bytes_get_data(parameters, NULL),
                          g_bytes_get_size(parameters));
        return trial_key(loader, &trial, data, len, ret_why);
}

static int try_slot(const Account *account, GBytes *sms_parameters, const Loader *loader,
                    KeySlot slot, const void *data, size_t len, char **ret_why)
{
        switch (slot) {
        case KEY_SLOT_PSK_IDENTITY:
                return try_identity(data, len, ret_why);
        case KEY_SLOT_PSK:
                return try_psk(account, loader, data, len, ret_why);
        case KEY_SLOT_SMS_PARAMETERS:
                return try_sms_parameters(account, loader, data, len, ret_why);
        case KEY_SLOT_SMS_KEY:
                return try_sms_key(account, sms_parameters, loader, data, len, ret_why);
        case KEY_SLOT_MAX:
                break;
        }
        return refuse(ret_why, "there is no such slot");
}

int account_try_key(const Account *account, GBytes *sms_parameters, const Loader *loader,
                    KeySlot slot, const void *data, size_t len, char **ret_why)
{
        int r;

        if (len == 0)
                return refuse(ret_why, "no bytes came");
        r = try_slot(account, sms_parameters, loader, slot, data, len, ret_why);
        return r < 0 && !is_no_room(r) ? -EINVAL : r;
}
