/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The protocol data units of TS 23.040, 9.2.2 that matter to us, read and written. Codec only: no
 * allocation; what is read are views into the octets.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "sms/address.h"

/* TP-UD: 140 octets, or 160 septets packed into them (TS 23.040, 9.2.3.16). */
#define TPDU_MAX_USER_DATA 140

/* The longest TPDU that is written here: SMS-STATUS-REPORT with all its parts. */
#define TPDU_MAX_OCTETS 176

typedef enum TpduType {
        TPDU_DELIVER,        /* from the network */
        TPDU_SUBMIT,         /* to the network */
        TPDU_STATUS_REPORT,  /* from the network */
        TPDU_DELIVER_REPORT, /* to the network */
} TpduType;

typedef enum TpduDirection {
        TPDU_FROM_NETWORK,
        TPDU_TO_NETWORK,
} TpduDirection;

/* TP-VPF (TS 23.040, 9.2.3.3). */
typedef enum TpduValidity {
        TPDU_VALIDITY_NONE = 0,
        TPDU_VALIDITY_ENHANCED = 1, /* seven octets */
        TPDU_VALIDITY_RELATIVE = 2, /* one octet */
        TPDU_VALIDITY_ABSOLUTE = 3, /* seven octets, like a time stamp */
} TpduValidity;

/* A plain value. Which members count depends on the type; the others are 0. */
typedef struct Tpdu {
        TpduType type;
        bool header;            /* TP-UDHI: the user data begins with a header */
        bool no_more;           /* TP-MMS: DELIVER, STATUS-REPORT: nothing else waits */
        bool loop;              /* TP-LP: DELIVER, STATUS-REPORT */
        bool report;            /* TP-SRI, TP-SRR, TP-SRQ: a status report is (was) asked for */
        bool reply_path;        /* TP-RP: DELIVER, SUBMIT */
        bool reject_duplicates; /* TP-RD: SUBMIT */
        bool failed;            /* DELIVER-REPORT: in RP-ERROR, with TP-FCS */
        bool has_pid, has_dcs;  /* the reports may lack them */
        bool has_user_data;
        uint8_t reference;  /* TP-MR: SUBMIT, STATUS-REPORT */
        SmsAddress address; /* TP-OA, TP-DA, TP-RA */
        uint8_t pid, dcs;
        TpduValidity validity_format; /* SUBMIT */
        uint8_t validity[7];
        uint8_t timestamp[7]; /* TP-SCTS: DELIVER, STATUS-REPORT */
        uint8_t discharge[7]; /* TP-DT: STATUS-REPORT */
        uint8_t status;       /* TP-ST: STATUS-REPORT */
        uint8_t cause;        /* TP-FCS */
        uint8_t units;        /* TP-UDL as read; written for septets only */
        const uint8_t *data;  /* TP-UD, borrowed */
        size_t len;           /* in octets, whatever the coding */
} Tpdu;

/* TP-ST in three words (TS 23.040, 9.2.3.15). */
typedef enum TpduOutcome {
        TPDU_OUTCOME_DELIVERED, /* 00 to 1F: the service centre is done */
        TPDU_OUTCOME_PENDING,   /* 20 to 3F: it still tries */
        TPDU_OUTCOME_FAILED,    /* 40 to 7F, and what is reserved */
} TpduOutcome;

/*
 * Without SMSC prefix. -EBADMSG; -EOPNOTSUPP for SMS-SUBMIT-REPORT's and SMS-COMMAND's type. Octets
 * behind the user data are passed over, since some modems fill up, and so are a status report's
 * optional parameters where they cannot be read. A reserved type from the network is read as
 * SMS-DELIVER (TS 23.040, 9.2.3.1). A first octet of SMS-DELIVER-REPORT's parameters
 * above 7F is taken for TP-FCS: only the layer below knows RP-ERROR from RP-ACK.
 */
int tpdu_parse(const void *data, size_t len, TpduDirection direction, Tpdu *ret);

/* The writer fails where something does not fit its field. */
void tpdu_write(const Tpdu *tpdu, ByteWriter *writer);

TpduOutcome tpdu_outcome(const Tpdu *tpdu);
