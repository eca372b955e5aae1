/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/coding.h"

#include <glib.h>

#define MINUTE 60u
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)

typedef enum Alphabet {
        ALPHABET_DEFAULT,
        ALPHABET_DATA,
        ALPHABET_OTHER, /* UCS2, or compressed */
} Alphabet;

/* TS 23.038, 4 */
static Alphabet dcs_alphabet(uint8_t dcs)
{
        /* General data coding, and the same marked for automatic deletion. */
        if (dcs < 0x80) {
                if (dcs & 0x20)
                        return ALPHABET_OTHER;
                return (dcs >> 2 & 3) == 1   ? ALPHABET_DATA
                       : (dcs >> 2 & 3) == 2 ? ALPHABET_OTHER
                                             : ALPHABET_DEFAULT;
        }

        /* Message waiting, in UCS2. */
        if (dcs >> 4 == 0xE)
                return ALPHABET_OTHER;
        /* Data coding and message class. */
        if (dcs >> 4 == 0xF && dcs & 4)
                return ALPHABET_DATA;
        return ALPHABET_DEFAULT;
}

bool dcs_is_septets(uint8_t dcs)
{
        return dcs_alphabet(dcs) == ALPHABET_DEFAULT;
}

bool dcs_is_data(uint8_t dcs)
{
        return dcs_alphabet(dcs) == ALPHABET_DATA;
}

int dcs_class(uint8_t dcs)
{
        bool has_class = dcs >> 4 == 0xF || (dcs < 0x80 && dcs & 0x10);

        return has_class ? dcs & 3 : -1;
}

/* ---- Validity, TS 23.040, 9.2.3.12.1 ---------------------------------------------- */

unsigned validity_to_seconds(uint8_t validity)
{
        if (validity <= 143)
                return (validity + 1u) * 5 * MINUTE;
        if (validity <= 167)
                return 12 * HOUR + (validity - 143u) * 30 * MINUTE;
        if (validity <= 196)
                return (validity - 166u) * DAY;
        return (validity - 192u) * WEEK;
}

uint8_t validity_from_seconds(unsigned seconds)
{
        for (unsigned validity = 0; validity < 255; validity++)
                if (validity_to_seconds((uint8_t) validity) >= seconds)
                        return (uint8_t) validity;
        return 255;
}

/* ---- Time, TS 23.040, 9.2.3.11 ------------------------------------------------------ */

/* Two digits, the first in the low half; -1 where they are none. */
static int swapped(uint8_t octet)
{
        int tens = octet & 0x0F, units = octet >> 4;

        return tens > 9 || units > 9 ? -1 : tens * 10 + units;
}

char *timestamp_to_string(const uint8_t timestamp[7])
{
        /* The sign of the time zone, which counts quarters of an hour. */
        bool west = timestamp[6] & 0x08;
        int zone = swapped(timestamp[6] & 0xF7);
        int part[6];

        for (int i = 0; i < 6; i++) {
                part[i] = swapped(timestamp[i]);
                if (part[i] < 0)
                        return NULL;
        }
        if (part[1] < 1 || part[1] > 12 || part[2] < 1 || part[2] > 31 || part[3] > 23 ||
            part[4] > 59 || part[5] > 59 || zone < 0)
                return NULL;

        return g_strdup_printf("20%02d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", part[0], part[1],
                               part[2], part[3], part[4], part[5], west ? '-' : '+', zone / 4,
                               zone % 4 * 15);
}
