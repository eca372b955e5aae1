/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Notifications of ours (RFC 7641, 4.5): the confirmable one of each token that waits for its
 * acknowledgement, the one that takes its place, and the message IDs a Reset may still name. At
 * most ENDPOINT_MAX_NOTIFICATIONS of each; of the IDs the oldest is forgotten. Internal to coap/.
 */

#include "coap/retransmit.h"
#include "coap/snapshot.h"

typedef struct Notifier Notifier;

/* All of them must outlive it. */
Notifier *notifier_new(CoapContext *context, Retransmit *retransmit, Snapshots *snapshots);

/* Tells the user nothing. */
void notifier_free(Notifier *notifier);

/* What endpoint_notify() does. */
int notifier_send(Notifier *notifier, const CoapToken *token, const CoapMessage *request_key,
                  const CoapMessage *notification, bool confirmable);

/* What endpoint_forget_notifications() does. */
void notifier_forget(Notifier *notifier, const CoapToken *token);

/* A message with an Observe option was sent under this ID and is not retransmitted: for
 * NON_LIFETIME an RST to it cancels the observation (RFC 7641, 3.6). */
void notifier_remember(Notifier *notifier, uint16_t id, const CoapToken *token);

/* The peer rejected a message of that token: everything of it is over, and the user is told. */
void notifier_on_rejected(Notifier *notifier, const CoapToken *token);

/* An RST that no confirmable message waits for. Whether a notification had that ID. */
bool notifier_on_reset(Notifier *notifier, uint16_t id);

/* Whether notifier_on_reset() would say yes. */
bool notifier_expects_reset(const Notifier *notifier, uint16_t id);
