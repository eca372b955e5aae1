/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "objects/account.h"

#include <errno.h>
#include <string.h>

#include "base/hex.h"
#include "base/names.h"
#include "model/path.h"
#include "sms/address.h"
#include "sms/coding.h"

static const char *const security_mode_names[] = {
        [SECURITY_MODE_PSK] = "psk",
        [SECURITY_MODE_RPK] = "rpk",
        [SECURITY_MODE_CERTIFICATE] = "cert",
        [SECURITY_MODE_NOSEC] = "nosec",
};

static const char *const sms_mode_names[] = {
        [SMS_MODE_NONE] = "none",
        [SMS_MODE_SECURED_PACKET] = "secured-packet",
        [SMS_MODE_NOSEC] = "nosec",
        [SMS_MODE_SECURED_PACKET_DEVICE] = "secured-packet-device",
};

NAMES(security_mode, SecurityMode, security_mode_names)
NAMES(sms_mode, SmsMode, sms_mode_names)

Account account_default(void)
{
        return (Account){
                .lifetime = ACCOUNT_LIFETIME_DEFAULT,
                .mode = SECURITY_MODE_PSK,
                .storing = true,
                .binding = "U",
        };
}

bool account_equal(const Account *a, const Account *b)
{
        return a->ssid == b->ssid && a->security_instance == b->security_instance &&
               a->server_instance == b->server_instance && strcmp(a->uri, b->uri) == 0 &&
               a->mode == b->mode && a->lifetime == b->lifetime && a->pmin == b->pmin &&
               a->pmax == b->pmax && a->storing == b->storing &&
               strcmp(a->binding, b->binding) == 0 && a->retry_count == b->retry_count &&
               a->retry_timer == b->retry_timer && a->sequence_delay == b->sequence_delay &&
               a->sequence_count == b->sequence_count && a->trigger == b->trigger &&
               a->mute_send == b->mute_send && a->sms_mode == b->sms_mode &&
               strcmp(a->sms_number, b->sms_number) == 0 &&
               strcmp(a->sms_options, b->sms_options) == 0 && a->sms_coding == b->sms_coding &&
               a->sms_strict == b->sms_strict && a->sms_fallback == b->sms_fallback &&
               strcmp(a->source, b->source) == 0 && strcmp(a->digest, b->digest) == 0;
}

/* ---- Telephone numbers ---------------------------------------------------------- */

static const char *const sms_schemes[] = {"tel:", "sms:", "coap+sms://", "coap+tel://"};

/* What follows the scheme of a telephone number, or NULL. */
static const char *uri_number(const char *uri)
{
        for (size_t i = 0; i < G_N_ELEMENTS(sms_schemes); i++) {
                size_t len = strlen(sms_schemes[i]);

                if (g_ascii_strncasecmp(uri, sms_schemes[i], len) == 0)
                        return uri + len;
        }
        return NULL;
}

bool account_is_sms_uri(const char *uri)
{
        return uri_number(uri) != NULL;
}

/* '+' stays where without it the digits would be taken for a short code. */
static int number_parse(const char *text, char number[ACCOUNT_SMS_NUMBER_SIZE])
{
        char digits[ACCOUNT_SMS_NUMBER_MAX + 1];
        bool plus = text[0] == '+';
        size_t len = 0;

        for (text += plus; *text; text++) {
                if (len > 0 && strchr("-.() ", *text))
                        continue;
                if (!g_ascii_isdigit(*text) || len == ACCOUNT_SMS_NUMBER_MAX)
                        return -EINVAL;
                digits[len++] = *text;
        }
        digits[len] = '\0';
        if (len < 3)
                return -EINVAL;
        g_snprintf(number, ACCOUNT_SMS_NUMBER_SIZE, "%s%s",
                   plus && !sms_address_is_msisdn(digits) ? "+" : "", digits);
        return 0;
}

int account_set_sms_number(Account *account, const char *text)
{
        char number[ACCOUNT_SMS_NUMBER_SIZE];
        int r = number_parse(text, number);

        if (r == 0)
                memcpy(account->sms_number, number, sizeof(number));
        return r;
}

static bool is_coding(uint16_t coding)
{
        return coding == 0 || dcs_is_data((uint8_t) (coding & 0xFF));
}

int account_set_sms_coding(Account *account, const char *text)
{
        g_autofree char *digits = g_strdup(text);
        uint8_t octets[2];
        uint16_t coding;

        if (hex_decode((uint8_t *) digits, strlen(digits)) != sizeof(octets))
                return -EINVAL;
        memcpy(octets, digits, sizeof(octets));
        coding = (uint16_t) (octets[0] << 8 | octets[1]);
        if (coding == 0 || !is_coding(coding))
                return -EINVAL;
        account->sms_coding = coding;
        return 0;
}

void account_complete(Account *account)
{
        const char *number = uri_number(account->uri);

        if (!number)
                return;
        if (account->sms_number[0] == '\0')
                account_set_sms_number(account, number);
        if (strcmp(account->binding, "U") == 0)
                g_strlcpy(account->binding, "S", sizeof(account->binding));
}

bool account_has_sms(const Account *account)
{
        return strchr(account->binding, 'S') != NULL;
}

bool account_has_udp(const Account *account)
{
        return strchr(account->binding, 'U') != NULL;
}

/* ---- Judging -------------------------------------------------------------------- */

/* What is wrong with the URI for this mode, or NULL (Core E.1, resource 0; RFC 7252, 6). */
static const char *check_ip_uri(const char *text, SecurityMode mode)
{
        g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_ENCODED, NULL);
        const char *scheme;

        if (text[0] == '\0')
                return "the URI is missing; allowed: coap://host[:port] or coaps://host[:port]";
        if (!uri || !g_uri_get_host(uri) || g_uri_get_host(uri)[0] == '\0')
                return "the URI is malformed; allowed: coap://host[:port] or coaps://host[:port]";

        scheme = g_uri_get_scheme(uri);
        if (strcmp(scheme, "coap") != 0 && strcmp(scheme, "coaps") != 0)
                return "the URI has an unknown scheme; allowed: coap, coaps";
        if (g_uri_get_userinfo(uri) || g_uri_get_query(uri) || g_uri_get_fragment(uri))
                return "the URI has a user, a query or a fragment; allowed: scheme, host, port, "
                       "path";
        if (g_uri_get_port(uri) == 0)
                return "the URI has port 0; allowed: 1 to 65535";

        if (mode == SECURITY_MODE_NOSEC && strcmp(scheme, "coap") != 0)
                return "mode nosec needs a coap URI, not coaps";
        if (mode != SECURITY_MODE_NOSEC && strcmp(scheme, "coaps") != 0)
                return "a secure mode needs a coaps URI, not coap";
        return NULL;
}

static const char *check_sms_uri(const Account *account)
{
        char number[ACCOUNT_SMS_NUMBER_SIZE];

        if (number_parse(uri_number(account->uri), number) < 0)
                return "the URI has no telephone number; allowed: tel:+ and 3 to 20 digits";
        if (account_has_udp(account))
                return "binding U needs a coap or coaps URI, not a telephone number";
        if (account->mode != SECURITY_MODE_NOSEC)
                return "a URI with a telephone number needs mode nosec; what protects SMS is "
                       "sms-mode";
        return NULL;
}

static bool is_binding(const char *binding)
{
        size_t len = strlen(binding);

        for (size_t i = 0; i < len; i++)
                if (!strchr("USQ", binding[i]) || strchr(binding + i + 1, binding[i]))
                        return false;
        return strpbrk(binding, "US") != NULL;
}

static bool is_known_sms_mode(const Account *account)
{
        return strcmp(sms_mode_to_string((SmsMode) account->sms_mode), "?") != 0;
}

static bool is_sms_text(const Account *account)
{
        char number[ACCOUNT_SMS_NUMBER_SIZE];

        return account->sms_number[0] == '\0' || (number_parse(account->sms_number, number) == 0 &&
                                                  strcmp(account->sms_number, number) == 0);
}

static bool is_printable(const char *text)
{
        for (; *text; text++)
                if (!g_ascii_isgraph(*text))
                        return false;
        return true;
}

static const char *check_sms(const Account *account)
{
        bool none = account->sms_mode == SMS_MODE_NONE;

        if (!is_known_sms_mode(account))
                return "the SMS mode is not supported; allowed: none, secured-packet, "
                       "secured-packet-device, nosec";
        if (!is_sms_text(account))
                return "the SMS number is no number; allowed: 3 to 20 digits";
        if (!is_printable(account->sms_options))
                return "the SMS options are malformed; allowed: words with commas between them";
        if (none && account_has_sms(account))
                return "binding S needs an SMS mode; allowed: secured-packet, "
                       "secured-packet-device, nosec";
        if (none && (account->trigger || account->sms_number[0] || account->sms_options[0]))
                return "trigger, SMS number and SMS options need an SMS mode";
        if (none && (account->sms_coding || account->sms_strict || account->sms_fallback))
                return "SMS coding, strictness and fallback need an SMS mode";
        if (!is_coding(account->sms_coding))
                return "the SMS coding is no 8-bit data; allowed: TP-PID and TP-DCS such as 0004";
        if (account->sms_fallback && account->sms_mode == SMS_MODE_NOSEC)
                return "SMS mode nosec is for triggers alone, not for fallback";
        if (!none && account->sms_number[0] == '\0')
                return "the SMS number is missing; allowed: 3 to 20 digits";
        if (account->sms_mode == SMS_MODE_NOSEC && !account_has_udp(account))
                return "SMS mode nosec is for triggers alone and needs binding U";
        return NULL;
}

static const char *check(const Account *account)
{
        const char *why;

        if (account->ssid == 0 || account->ssid > PATH_ID_MAX)
                return "the ssid is out of range; allowed: 1 to 65534";
        if ((unsigned) account->mode > SECURITY_MODE_NOSEC)
                return "the mode is unknown; allowed: psk, rpk, cert, nosec";
        if (account->lifetime == 0)
                return "the lifetime is 0; allowed: 1 to 4294967295 s";
        if (account->mute_send > MUTE_SEND_ON)
                return "mute-send is unknown; allowed: 0 to 2";
        if (!is_binding(account->binding))
                return "the binding is not supported; allowed: U, S or both, with or without Q";

        why = account_is_sms_uri(account->uri) ? check_sms_uri(account)
                                               : check_ip_uri(account->uri, account->mode);
        return why ? why : check_sms(account);
}

int account_check(const Account *account, const char **ret_why)
{
        const char *why = check(account);

        if (!why)
                return 0;
        *ret_why = why;
        return -EINVAL;
}
