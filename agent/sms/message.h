/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A short message from the network taken apart: a segment, or a whole message made of several. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "sms/address.h"
#include "sms/header.h"

/* A plain value with borrowed data. None of it is authenticated. */
typedef struct SmsMessage {
        SmsAddress from; /* normalised */
        uint8_t pid;
        int message_class; /* -1: none */
        UserData content;
        guint64 id;  /* the modem's */
        bool stored; /* the modem keeps it until it is acknowledged */
} SmsMessage;
