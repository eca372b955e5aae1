/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/counters.h"

#include "base/names.h"

static const char *const sms_counter_names[] = {
        [SMS_MESSAGES_RECEIVED] = "messages-received",
        [SMS_MESSAGES_SENT] = "messages-sent",
        [SMS_SEGMENTS_RECEIVED] = "segments-received",
        [SMS_SEGMENTS_SENT] = "segments-sent",
        [SMS_SEGMENTS_DUPLICATE] = "segments-duplicate",
        [SMS_SEGMENTS_CONFLICTING] = "segments-conflicting",
        [SMS_REASSEMBLY_PENDING] = "reassembly-pending",
        [SMS_REASSEMBLY_TIMEOUT] = "reassembly-timeout",
        [SMS_REASSEMBLY_OVERFLOW] = "reassembly-overflow",
        [SMS_DROPPED_SENDER] = "dropped-sender",
        [SMS_DROPPED_MALFORMED] = "dropped-malformed",
        [SMS_DROPPED_CODING] = "dropped-coding",
        [SMS_DROPPED_LONG] = "dropped-long",
        [SMS_DROPPED_UNEXPECTED] = "dropped-unexpected",
        [SMS_DROPPED_CLASS] = "dropped-class",
        [SMS_DROPPED_BUDGET] = "dropped-budget",
        [SMS_SEND_FAILED] = "send-failed",
        [SMS_REPORTS_DELIVERED] = "reports-delivered",
        [SMS_REPORTS_PENDING] = "reports-pending",
        [SMS_REPORTS_FAILED] = "reports-failed",
};

NAMES(sms_counter, SmsCounter, sms_counter_names)
