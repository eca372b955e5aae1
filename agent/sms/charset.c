/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/charset.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#define ESCAPE 0x1B

/* TS 23.038, 6.2.1. The escape stands for a space where nothing that is known follows it. */
static const uint16_t basic[128] = {
        '@',   0xA3, '$',  0xA5,  0xE8, 0xE9,  0xF9,  0xEC,  0xF2,  0xC7,  '\n',  0xD8,  0xF8,
        '\r',  0xC5, 0xE5, 0x394, '_',  0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398,
        0x39E, ' ',  0xC6, 0xE6,  0xDF, 0xC9,  ' ',   '!',   '"',   '#',   0xA4,  '%',   '&',
        '\'',  '(',  ')',  '*',   '+',  ',',   '-',   '.',   '/',   '0',   '1',   '2',   '3',
        '4',   '5',  '6',  '7',   '8',  '9',   ':',   ';',   '<',   '=',   '>',   '?',   0xA1,
        'A',   'B',  'C',  'D',   'E',  'F',   'G',   'H',   'I',   'J',   'K',   'L',   'M',
        'N',   'O',  'P',  'Q',   'R',  'S',   'T',   'U',   'V',   'W',   'X',   'Y',   'Z',
        0xC4,  0xD6, 0xD1, 0xDC,  0xA7, 0xBF,  'a',   'b',   'c',   'd',   'e',   'f',   'g',
        'h',   'i',  'j',  'k',   'l',  'm',   'n',   'o',   'p',   'q',   'r',   's',   't',
        'u',   'v',  'w',  'x',   'y',  'z',   0xE4,  0xF6,  0xF1,  0xFC,  0xE0,
};

/* TS 23.038, 6.2.1.1 */
static const struct {
        uint8_t septet;
        uint16_t character;
} extension[] = {
        {0x0A, '\f'}, {0x14, '^'}, {0x28, '{'}, {0x29, '}'}, {0x2F, '\\'},
        {0x3C, '['},  {0x3D, '~'}, {0x3E, ']'}, {0x40, '|'}, {0x65, 0x20AC},
};

static uint8_t septet_get(const uint8_t *octets, size_t index)
{
        size_t bit = index * 7;
        unsigned low = octets[bit / 8] >> bit % 8;
        unsigned high = bit % 8 > 1 ? (unsigned) octets[bit / 8 + 1] << (8 - bit % 8) : 0;

        return (low | high) & 0x7F;
}

static void septet_put(uint8_t *octets, size_t index, uint8_t septet)
{
        size_t bit = index * 7;

        octets[bit / 8] |= (uint8_t) (septet << bit % 8);
        if (bit % 8 > 1)
                octets[bit / 8 + 1] |= (uint8_t) (septet >> (8 - bit % 8));
}

/* 0 where the extension table has nothing there. */
static uint16_t extension_find(uint8_t septet)
{
        for (size_t i = 0; i < G_N_ELEMENTS(extension); i++)
                if (extension[i].septet == septet)
                        return extension[i].character;
        return 0;
}

int charset_decode(const uint8_t *octets, size_t septets, char *text, size_t size)
{
        size_t len = 0;

        for (size_t i = 0; i < septets; i++) {
                uint8_t septet = septet_get(octets, i);
                uint16_t character = basic[septet];
                char utf8[6];
                int n;

                if (septet == ESCAPE && i + 1 < septets &&
                    extension_find(septet_get(octets, i + 1)) != 0)
                        character = extension_find(septet_get(octets, ++i));
                n = g_unichar_to_utf8(character, utf8);
                if (len + (size_t) n >= size)
                        return -EMSGSIZE;
                memcpy(text + len, utf8, (size_t) n);
                len += (size_t) n;
        }

        if (len >= size)
                return -EMSGSIZE;
        text[len] = '\0';
        return 0;
}

/* One or two septets of a character: their number, or -EINVAL. */
static int septets_of(gunichar character, uint8_t ret[2])
{
        for (uint8_t i = 0; i < G_N_ELEMENTS(basic); i++) {
                if (basic[i] != character || i == ESCAPE)
                        continue;
                ret[0] = i;
                return 1;
        }

        for (size_t i = 0; i < G_N_ELEMENTS(extension); i++) {
                if (extension[i].character != character)
                        continue;
                ret[0] = ESCAPE;
                ret[1] = extension[i].septet;
                return 2;
        }
        return -EINVAL;
}

ssize_t charset_encode(const char *text, uint8_t *octets, size_t size)
{
        size_t septets = 0;

        if (!g_utf8_validate(text, -1, NULL))
                return -EINVAL;

        memset(octets, 0, size);
        for (; *text; text = g_utf8_next_char(text)) {
                uint8_t pair[2];
                int n = septets_of(g_utf8_get_char(text), pair);

                if (n < 0)
                        return n;
                if (((septets + (size_t) n) * 7 + 7) / 8 > size)
                        return -EMSGSIZE;
                for (int i = 0; i < n; i++)
                        septet_put(octets, septets++, pair[i]);
        }
        return (ssize_t) septets;
}
