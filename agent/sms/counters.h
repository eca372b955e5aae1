/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an operator sees of the SMS bearer. Since start. */

#include <glib.h>

typedef enum SmsCounter {
        SMS_MESSAGES_RECEIVED,    /* whole messages handed to a peer */
        SMS_MESSAGES_SENT,        /* whole messages the network has accepted */
        SMS_SEGMENTS_RECEIVED,    /* short messages from known numbers */
        SMS_SEGMENTS_SENT,        /* short messages the network has accepted */
        SMS_SEGMENTS_DUPLICATE,   /* segments that had arrived already */
        SMS_SEGMENTS_CONFLICTING, /* segments in the place of a different one: somebody forges */
        SMS_REASSEMBLY_PENDING,   /* messages of which segments are missing, now */
        SMS_REASSEMBLY_TIMEOUT,   /* messages given up because segments did not come */
        SMS_REASSEMBLY_OVERFLOW,  /* messages given up because there were too many */
        SMS_DROPPED_SENDER,       /* from numbers that are no server's */
        SMS_DROPPED_MALFORMED,    /* what cannot be read */
        SMS_DROPPED_CODING,       /* not 8-bit data: text for people */
        SMS_DROPPED_LONG,         /* segments of messages with too many segments */
        SMS_DROPPED_UNEXPECTED,   /* secured where it should not be, or the other way */
        SMS_DROPPED_CLASS,        /* wrong message class or protocol identifier */
        SMS_DROPPED_BUDGET,       /* not sent: the budget of the hour or day is used up */
        SMS_SEND_FAILED,          /* messages the modem or the network refused */
        SMS_REPORTS_DELIVERED,    /* status reports: delivered */
        SMS_REPORTS_PENDING,      /* status reports: the service centre still tries */
        SMS_REPORTS_FAILED,       /* status reports: given up */
        SMS_COUNTERS_N,
} SmsCounter;

typedef struct SmsCounters {
        guint64 value[SMS_COUNTERS_N];
} SmsCounters;

/* "messages-received" … */
const char *sms_counter_to_string(SmsCounter counter);
int sms_counter_from_string(const char *name);
