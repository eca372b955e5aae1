/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/definition.h"

/* The object versions that LwM2M 1.1 implies (Core appendix E), named as in OMA's registry.
 * ID, name, operations, multiple, mandatory, type, range, unit. */

/*
 * No server reads or writes this object (Core E.1), so the registry gives its resources no
 * operations: only bootstrap writes them.
 */
static const ResourceDefinition security_resources[] = {
        {0, "LWM2M Server URI", OP_BS_W, false, true, VALUE_STRING, 0, 255},
        {1, "Bootstrap-Server", OP_BS_W, false, true, VALUE_BOOLEAN},
        {2, "Security Mode", OP_BS_W, false, true, VALUE_INTEGER, 0, 4},
        {3, "Public Key or Identity", OP_BS_W, false, true, VALUE_OPAQUE},
        {4, "Server Public Key", OP_BS_W, false, true, VALUE_OPAQUE},
        {5, "Secret Key", OP_BS_W, false, true, VALUE_OPAQUE},
        {6, "SMS Security Mode", OP_BS_W, false, false, VALUE_INTEGER, 0, 255},
        /* The registry says 6; the fields of ETSI TS 102 225 that E.1.2 lists are 7 octets. */
        {7, "SMS Binding Key Parameters", OP_BS_W, false, false, VALUE_OPAQUE, 6, 7},
        {8, "SMS Binding Secret Key(s)", OP_BS_W, false, false, VALUE_OPAQUE, 16, 48},
        {9, "LwM2M Server SMS Number", OP_BS_W, false, false, VALUE_STRING},
        {10, "Short Server ID", OP_BS_W, false, false, VALUE_INTEGER, 1, 65534},
        {11, "Client Hold Off Time", OP_BS_W, false, false, VALUE_INTEGER, 0, 0, "s"},
        {12, "Bootstrap-Server Account Timeout", OP_BS_W, false, false, VALUE_INTEGER, 0, 0, "s"},
        {13, "Matching Type", OP_BS_W, false, false, VALUE_UNSIGNED, 0, 3},
        {14, "SNI", OP_BS_W, false, false, VALUE_STRING},
        {15, "Certificate Usage", OP_BS_W, false, false, VALUE_UNSIGNED, 0, 3},
        {16, "DTLS/TLS Ciphersuite", OP_BS_W, true, false, VALUE_UNSIGNED},
        {17, "OSCORE Security Mode", OP_BS_W, false, false, VALUE_OBJLNK},
};

static const ResourceDefinition server_resources[] = {
        {0, "Short Server ID", OP_R, false, true, VALUE_INTEGER, 1, 65534},
        {1, "Lifetime", OP_RW, false, true, VALUE_INTEGER, 0, 0, "s"},
        {2, "Default Minimum Period", OP_RW, false, false, VALUE_INTEGER, 0, 0, "s"},
        {3, "Default Maximum Period", OP_RW, false, false, VALUE_INTEGER, 0, 0, "s"},
        {4, "Disable", OP_E, false, false, VALUE_NONE},
        {5, "Disable Timeout", OP_RW, false, false, VALUE_INTEGER, 0, 0, "s"},
        {6, "Notification Storing When Disabled or Offline", OP_RW, false, true, VALUE_BOOLEAN},
        {7, "Binding", OP_RW, false, true, VALUE_STRING},
        {8, "Registration Update Trigger", OP_E, false, true, VALUE_NONE},
        {9, "Bootstrap-Request Trigger", OP_E, false, false, VALUE_NONE},
        {10, "APN Link", OP_RW, false, false, VALUE_OBJLNK},
        {11, "TLS-DTLS Alert Code", OP_R, false, false, VALUE_UNSIGNED, 0, 255},
        {12, "Last Bootstrapped", OP_R, false, false, VALUE_TIME},
        {13, "Registration Priority Order", OP_BS_W, false, false, VALUE_UNSIGNED},
        {14, "Initial Registration Delay Timer", OP_BS_W, false, false, VALUE_UNSIGNED, 0, 0, "s"},
        {15, "Registration Failure Block", OP_BS_W, false, false, VALUE_BOOLEAN},
        {16, "Bootstrap on Registration Failure", OP_BS_W, false, false, VALUE_BOOLEAN},
        {17, "Communication Retry Count", OP_BS_W, false, false, VALUE_UNSIGNED},
        {18, "Communication Retry Timer", OP_BS_W, false, false, VALUE_UNSIGNED, 0, 0, "s"},
        {19, "Communication Sequence Delay Timer", OP_BS_W, false, false, VALUE_UNSIGNED, 0, 0,
         "s"},
        {20, "Communication Sequence Retry Count", OP_BS_W, false, false, VALUE_UNSIGNED},
        {21, "Trigger", OP_RW, false, false, VALUE_BOOLEAN},
        {22, "Preferred Transport", OP_RW, false, false, VALUE_STRING},
        {23, "Mute Send", OP_RW, false, false, VALUE_BOOLEAN},
};

static const ResourceDefinition device_resources[] = {
        {0, "Manufacturer", OP_R, false, false, VALUE_STRING},
        {1, "Model Number", OP_R, false, false, VALUE_STRING},
        {2, "Serial Number", OP_R, false, false, VALUE_STRING},
        {3, "Firmware Version", OP_R, false, false, VALUE_STRING},
        {4, "Reboot", OP_E, false, true, VALUE_NONE},
        {5, "Factory Reset", OP_E, false, false, VALUE_NONE},
        {6, "Available Power Sources", OP_R, true, false, VALUE_INTEGER, 0, 7},
        {7, "Power Source Voltage", OP_R, true, false, VALUE_INTEGER},
        {8, "Power Source Current", OP_R, true, false, VALUE_INTEGER},
        {9, "Battery Level", OP_R, false, false, VALUE_INTEGER, 0, 100, "%"},
        {10, "Memory Free", OP_R, false, false, VALUE_INTEGER},
        {11, "Error Code", OP_R, true, true, VALUE_INTEGER, 0, 8},
        {12, "Reset Error Code", OP_E, false, false, VALUE_NONE},
        {13, "Current Time", OP_RW, false, false, VALUE_TIME},
        {14, "UTC Offset", OP_RW, false, false, VALUE_STRING},
        {15, "Timezone", OP_RW, false, false, VALUE_STRING},
        {16, "Supported Binding and Modes", OP_R, false, true, VALUE_STRING},
        {17, "Device Type", OP_R, false, false, VALUE_STRING},
        {18, "Hardware Version", OP_R, false, false, VALUE_STRING},
        {19, "Software Version", OP_R, false, false, VALUE_STRING},
        {20, "Battery Status", OP_R, false, false, VALUE_INTEGER, 0, 6},
        {21, "Memory Total", OP_R, false, false, VALUE_INTEGER},
        {22, "ExtDevInfo", OP_R, true, false, VALUE_OBJLNK},
};

static const ObjectDefinition core_objects[] = {
        {
                .id = 0,
                .name = "LWM2M Security",
                .version = "1.1",
                .multiple = true,
                .mandatory = true,
                .resources = security_resources,
                .n_resources = G_N_ELEMENTS(security_resources),
        },
        {
                .id = 1,
                .name = "LwM2M Server",
                .version = "1.1",
                .multiple = true,
                .mandatory = true,
                .resources = server_resources,
                .n_resources = G_N_ELEMENTS(server_resources),
        },
        {
                .id = 3,
                .name = "Device",
                .version = "1.1",
                .multiple = false,
                .mandatory = true,
                .resources = device_resources,
                .n_resources = G_N_ELEMENTS(device_resources),
        },
};

const ObjectDefinition *definition_find_core(uint16_t object)
{
        for (size_t i = 0; i < G_N_ELEMENTS(core_objects); i++) {
                if (core_objects[i].id == object)
                        return &core_objects[i];
        }
        return NULL;
}
