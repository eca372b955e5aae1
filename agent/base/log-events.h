/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The MESSAGE_ID of each event an operator acts on, for log_event(). systemd/lwm2md.catalog explains
 * them; a test holds the two together.
 */

/* A server accepted a registration, notice. */
#define LOG_EVENT_REGISTERED "42f9ec84e0c1407494b7498f94dbdb6e"

/* A registration update was refused or not answered, warning. */
#define LOG_EVENT_UPDATE_FAILED "7f2d8fddc96e4c4eaabea8f1f80b8216"

/* A security plugin's handshake ended without a session, warning. */
#define LOG_EVENT_HANDSHAKE_FAILED "85267c762912498c966580e7214bce65"

/* The kernel takes no keys, the process keeps them, warning. */
#define LOG_EVENT_KEY_STORE_STAND_IN "e9b20092468e4502aa00049647544db6"

/* A file of the state directory does not match its seal, error. */
#define LOG_EVENT_STATE_TAMPERED "36d7c779e71e4fcb83c57c1f49230373"
