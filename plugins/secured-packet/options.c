/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 32
#define HEX_MAX 10

typedef void (*Setter)(Options *options, int value);

typedef struct Choice {
        const char *word; /* "cc=4" */
        Setter set;
        int value;
} Choice;

static void set_cc(Options *options, int value)
{
        options->cc_len = (uint8_t) value;
}

static void set_counter(Options *options, int value)
{
        options->counter = (CounterRule) value;
}

static void set_wrapping(Options *options, int value)
{
        options->wrapping = (Wrapping) value;
}

static void set_card(Options *options, int value)
{
        options->card = value != 0;
}

static void set_any_tar(Options *options, int value)
{
        options->any_tar = value != 0;
}

static void set_proof(Options *options, int value)
{
        options->proof = value != 0;
}

static const Choice CHOICES[] = {
        {"cc=8", set_cc, 8},
        {"cc=4", set_cc, 4},
        {"counter=higher", set_counter, COUNTER_HIGHER},
        {"counter=exact", set_counter, COUNTER_EXACT},
        {"counter=available", set_counter, COUNTER_AVAILABLE},
        {"counter=none", set_counter, COUNTER_NONE},
        {"termination=device", set_card, false},
        {"termination=card", set_card, true},
        {"tlv=yes", set_wrapping, WRAPPING_YES},
        {"tlv=no", set_wrapping, WRAPPING_NO},
        {"tar=lwm2m", set_any_tar, false},
        {"tar=any", set_any_tar, true},
        {"por=no", set_proof, false},
        {"por=yes", set_proof, true},
};

/* Hexadecimal digits and nothing else, at most `digits`. */
static int parse_hex(const char *text, size_t digits, uint64_t *ret)
{
        size_t len = strlen(text);

        if (len == 0 || len > digits || strspn(text, "0123456789abcdefABCDEF") != len)
                return -EINVAL;

        *ret = strtoull(text, NULL, 16);
        return 0;
}

static int apply_number(Options *options, const char *word)
{
        uint64_t value;

        if (strncmp(word, "uplink-spi2=", 12) == 0 && parse_hex(word + 12, 2, &value) == 0) {
                options->uplink_spi2 = (uint8_t) value;
                return 0;
        }
        if (strncmp(word, "spi2=", 5) == 0 && parse_hex(word + 5, 2, &value) == 0) {
                options->spi2 = (uint8_t) value;
                options->spi2_set = true;
                return 0;
        }
        if (strncmp(word, "jump=", 5) == 0 && parse_hex(word + 5, HEX_MAX, &value) == 0 &&
            value > 0) {
                options->jump = value;
                return 0;
        }
        if (strncmp(word, "split=", 6) == 0 && parse_hex(word + 6, HEX_MAX, &value) == 0 &&
            value > 1) {
                options->split = value;
                return 0;
        }

        return -EINVAL;
}

static int apply_word(Options *options, const char *word)
{
        for (size_t i = 0; i < sizeof(CHOICES) / sizeof(CHOICES[0]); i++) {
                if (strcmp(CHOICES[i].word, word) != 0)
                        continue;
                CHOICES[i].set(options, CHOICES[i].value);
                return 0;
        }

        return apply_number(options, word);
}

int options_parse(const char *text, Options *ret, Complaint *complaint)
{
        Options options = {.counter = COUNTER_HIGHER, .cc_len = 8};

        while (text && *text) {
                size_t len = strcspn(text, ",");
                char word[WORD_MAX] = {0};

                if (len < sizeof(word))
                        memcpy(word, text, len);
                if (apply_word(&options, word) < 0)
                        return complain(complaint, -EINVAL, "the option '%.*s' is unknown",
                                        (int) (len < WORD_MAX ? len : WORD_MAX), text);
                text += len;
                if (*text == ',')
                        text++;
        }

        *ret = options;
        return 0;
}
