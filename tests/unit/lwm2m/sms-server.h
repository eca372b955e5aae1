/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A server that speaks by SMS, and the network between: a fake modem under a real bearer, secured
 * packets made and opened with the other end's own counters. */

#include "fake-modem.h"
#include "peer.h"
#include "policy.h"
#include "sms/bearer.h"
#include "world.h"

#define SMS_NUMBER "+12125550178"
#define SMS_STRANGER "+12125559999"

typedef struct SmsServer {
        World *world;
        Modem *modem;
        Bearer *bearer;
        Policy policy;
        const char *number;     /* the server's */
        SmsNumberType type;     /* and what the network calls it, where that is not SMS_NUMBER_UNKNOWN */
        SmsAddress to;          /* where our last short message went */
        bool report;            /* and whether it asked for a delivery report */
        bool open;              /* no secured packets */
        bool push;              /* then: in a WAP push */
        uint8_t pid, dcs;       /* what ours must have */
        uint8_t to_pid, to_dcs; /* what the server's have; plain ones where they are `open` */
        uint64_t counter;       /* of the last packet to us */
        uint64_t heard;         /* of the last one of ours */
        unsigned segments;
        uint64_t id; /* of short messages */
        uint16_t next_id;
        GBytes *taken; /* what `message` points to */
        CoapMessage message;
} SmsServer;

/* A bearer on the world's clock, started or not; the client has it. */
void sms_server_open(SmsServer *server, World *world);
void sms_server_close(SmsServer *server);

/* "tel:" and the mode of packets for a device; keys are stored. */
Account sms_account(World *world, uint16_t ssid);
void sms_set_keys(World *world, uint16_t ssid);

/* The next message of ours, opened, with a counter higher than the last; NULL: there is none. The
 * network has taken all its short messages. */
const CoapMessage *sms_take(SmsServer *server);
const CoapMessage *sms_expect(SmsServer *server, uint8_t code);

/* The server sends, and the loop turns. A fresh counter each time. */
void sms_send(SmsServer *server, const CoapMessage *message);
void sms_send_from(SmsServer *server, const char *number, const CoapMessage *message);
void sms_answer(SmsServer *server, const CoapMessage *request, uint8_t code, const char *location);

/* A CON request, "3/0/0"; the same again with a `repeat`. */
void sms_ask(SmsServer *server, Request request);
void sms_ask_from(SmsServer *server, const char *number, Request request);
const CoapMessage *sms_request(SmsServer *server, Request request);

/* Expects a Register and accepts it. */
void sms_register(SmsServer *server, const char *location);
