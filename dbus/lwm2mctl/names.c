/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names.h"

#include <glib.h>
#include <stdio.h>

static const struct {
        unsigned object;
        unsigned resource;
        const char *name;
} names[] = {
        /* Core, E.1 */
        {0, 0, "LwM2M Server URI"},
        {0, 1, "Bootstrap-Server"},
        {0, 2, "Security Mode"},
        {0, 3, "Public Key or Identity"},
        {0, 4, "Server Public Key"},
        {0, 5, "Secret Key"},
        {0, 6, "SMS Security Mode"},
        {0, 7, "SMS Binding Key Parameters"},
        {0, 8, "SMS Binding Secret Key(s)"},
        {0, 9, "LwM2M Server SMS Number"},
        {0, 10, "Short Server ID"},
        {0, 11, "Client Hold Off Time"},
        {0, 12, "Bootstrap-Server Account Timeout"},
        {0, 13, "Matching Type"},
        {0, 14, "SNI"},
        {0, 15, "Certificate Usage"},
        {0, 16, "DTLS/TLS Ciphersuite"},
        {0, 17, "OSCORE Security Mode"},
        /* Core, E.2 */
        {1, 0, "Short Server ID"},
        {1, 1, "Lifetime"},
        {1, 2, "Default Minimum Period"},
        {1, 3, "Default Maximum Period"},
        {1, 4, "Disable"},
        {1, 5, "Disable Timeout"},
        {1, 6, "Notification Storing"},
        {1, 7, "Binding"},
        {1, 8, "Registration Update Trigger"},
        {1, 9, "Bootstrap-Request Trigger"},
        {1, 10, "APN Link"},
        {1, 11, "TLS-DTLS Alert Code"},
        {1, 12, "Last Bootstrapped"},
        {1, 13, "Registration Priority Order"},
        {1, 14, "Initial Registration Delay Timer"},
        {1, 15, "Registration Failure Block"},
        {1, 16, "Bootstrap on Registration Failure"},
        {1, 17, "Communication Retry Count"},
        {1, 18, "Communication Retry Timer"},
        {1, 19, "Communication Sequence Delay Timer"},
        {1, 20, "Communication Sequence Retry Count"},
        {1, 21, "Trigger"},
        {1, 22, "Preferred Transport"},
        {1, 23, "Mute Send"},
        /* Core, E.4 */
        {3, 0, "Manufacturer"},
        {3, 1, "Model Number"},
        {3, 2, "Serial Number"},
        {3, 3, "Firmware Version"},
        {3, 4, "Reboot"},
        {3, 5, "Factory Reset"},
        {3, 6, "Available Power Sources"},
        {3, 7, "Power Source Voltage"},
        {3, 8, "Power Source Current"},
        {3, 9, "Battery Level"},
        {3, 10, "Memory Free"},
        {3, 11, "Error Code"},
        {3, 12, "Reset Error Code"},
        {3, 13, "Current Time"},
        {3, 14, "UTC Offset"},
        {3, 15, "Timezone"},
        {3, 16, "Supported Binding and Modes"},
        {3, 17, "Device Type"},
        {3, 18, "Hardware Version"},
        {3, 19, "Software Version"},
        {3, 20, "Battery Status"},
        {3, 21, "Memory Total"},
        {3, 22, "ExtDevInfo"},
};

const char *resource_name(const char *path)
{
        unsigned object, resource;

        if (sscanf(path, "/%5u/%*5u/%5u", &object, &resource) != 2)
                return "";
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                if (names[i].object == object && names[i].resource == resource)
                        return names[i].name;
        }
        return "";
}
