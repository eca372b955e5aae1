/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "modem-script.h"

#include <glib.h>
#include <string.h>

bool modem_script_next(ModemScript *script, Piece *ret)
{
        uint16_t len;

        if (byte_reader_u8(&script->reader, &ret->what) < 0 ||
            byte_reader_u16(&script->reader, &len) < 0)
                return false;
        ret->len = MIN(len, byte_reader_left(&script->reader));
        return byte_reader_view(&script->reader, ret->len, &ret->octets) == 0;
}

static void judge_tpdu(const uint8_t *tpdu, size_t len)
{
        uint8_t copy[MODEM_MAX_TPDU];

        g_assert_cmpuint(len, >=, 1);
        g_assert_cmpuint(len, <=, MODEM_MAX_TPDU);
        memcpy(copy, tpdu, len);
}

static void on_message(const Place *place, const uint8_t *tpdu, size_t len, void *user)
{
        ModemScript *script = user;

        g_assert_cmpint(place->kind, <=, PLACE_PASSED);
        judge_tpdu(tpdu, len);
        script->messages++;
}

static void on_missed(void *user)
{
}

static void on_status(void *user)
{
}

static void on_gone(void *user)
{
}

static void on_silent(void *user)
{
}

const BackendHandler modem_script_handler = {
        .on_message = on_message,
        .on_missed = on_missed,
        .on_status = on_status,
        .on_gone = on_gone,
        .on_silent = on_silent,
};

static void judge_answer(ModemScript *script, int result)
{
        g_assert_cmpint(result, <=, 0);
        g_assert_cmpuint(script->open, >, 0);
        script->open--;
}

void modem_script_on_done(int result, void *user)
{
        judge_answer(user, result);
}

void modem_script_on_listed(int result, uint32_t whole, void *user)
{
        judge_answer(user, result);
        g_assert_true(result == 0 || whole == 0);
}

void modem_script_on_sent(int result, unsigned reference, const char *text, void *user)
{
        judge_answer(user, result);
        g_assert_true(result == 0 || text);
}

void modem_script_on_read(int result, const uint8_t *tpdu, size_t len, void *user)
{
        judge_answer(user, result);
        if (result == 0)
                judge_tpdu(tpdu, len);
}

void modem_script_settle(void)
{
        while (g_main_context_iteration(NULL, FALSE))
                ;
}
