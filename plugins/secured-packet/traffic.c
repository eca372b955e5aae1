/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Packets in and out. What is not protected as agreed is answered with nothing at all: no SMS, no
 * proof of receipt, no change of a counter, and at most one line of the log in a while. So there is
 * no oracle, neither for keys nor for padding.
 */

#include <errno.h>
#include <string.h>

#include "response.h"
#include "session.h"
#include "wrapper.h"

static int session_refuse(LwmSecuritySession *session, const char *reason, uint64_t now)
{
        session->n_refused++;
        session_log(session, LOG_DEBUG, "refused a packet for %s", reason);
        if (now >= session->refused_due) {
                session_log(session, LOG_WARNING,
                            "packets refused that are not protected as agreed: %u",
                            session->n_refused);
                session->n_refused = 0;
                session->refused_due = now + REFUSED_INTERVAL_US;
        }

        return -EBADMSG;
}

/* Deciphers and verifies, in the session's own memory. */
static int session_open(LwmSecuritySession *session, const uint8_t *data, size_t len, Packet *ret,
                        const char **ret_reason)
{
        Keys keys;
        int r;

        r = packet_judge(&session->policy, data, len, ret_reason);
        if (r < 0)
                return r;

        r = session_read_keys(session, &keys);
        if (r < 0)
                return r;

        memcpy(session->work, data, len);
        r = packet_open(&session->policy, &keys, session->work, len, ret, ret_reason);
        keys_wipe(&keys);
        return r;
}

/* Both before the counter moves. */
static int session_judge_fresh(LwmSecuritySession *session, const Packet *packet,
                               const char **ret_reason)
{
        *ret_reason = "being one of ours";
        if (sent_has(&session->sent, packet->counter, packet->cc))
                return -EBADMSG;

        *ret_reason = "its counter";
        if (counters_accept(&session->counters, packet->counter))
                return 0;
        if (packet->counter <= COUNTER_LAST || !counters_deaf(&session->counters))
                return -EBADMSG;

        session_log(session, LOG_ERR,
                    "the server's packets have used up the counter: other keys are needed");
        return session_fail(session, -EKEYEXPIRED);
}

/* It counts from here on, whatever becomes of the process. */
static int session_count(LwmSecuritySession *session, const Packet *packet)
{
        int r;

        r = counters_receive(&session->counters, packet->counter);
        if (r < 0) {
                session_log(session, LOG_ERR, "lost a packet, its counter could not be stored: %s",
                            strerror(-r));
                return r;
        }
        if (counters_deaf(&session->counters))
                session_log(session, LOG_ERR,
                            "this was the last packet that these keys allow the server");

        return 0;
}

static int session_deliver(LwmSecuritySession *session, const Packet *packet)
{
        Bytes message = {packet->data, packet->data_len};

        session->wrapped = wrapper_find(message, &message);
        session_refresh(session);
        return session->host->emit_message(session->link, message.data, message.len);
}

static bool session_proves(const LwmSecuritySession *session, const Packet *packet)
{
        return session->policy.options.proof &&
               (packet->spi2 & SPI2_PROOF_MASK) == SPI2_PROOF_ALWAYS &&
               packet->spi2 & SPI2_BY_SUBMIT && LWM_SECURITY_HAS(session->host, emit_wire_as) &&
               session->host->emit_wire_as;
}

/* A proof that cannot be sent is a lost one. */
static void session_send_proof(LwmSecuritySession *session, const Packet *packet)
{
        const Response response = {.counter = packet->counter, .status = RESPONSE_OK};
        uint8_t proof[RESPONSE_MAX];
        ssize_t len;
        Keys keys;

        if (session_read_keys(session, &keys) < 0)
                return;

        len = response_seal(&session->policy, &keys, packet->spi2, &response, proof);
        keys_wipe(&keys);
        if (len > 0)
                session->host->emit_wire_as(session->link, RESPONSE_ID, proof, (size_t) len);
}

static int session_process(LwmSecuritySession *session, const uint8_t *data, size_t len,
                           const char **ret_reason)
{
        Packet packet;
        int r;

        r = session_open(session, data, len, &packet, ret_reason);
        if (r < 0)
                return r;

        r = session_judge_fresh(session, &packet, ret_reason);
        if (r < 0)
                return r;

        r = session_count(session, &packet);
        if (r < 0)
                return r;

        r = session_deliver(session, &packet);
        if (r < 0)
                return r;

        if (session_proves(session, &packet))
                session_send_proof(session, &packet);
        return 0;
}

int session_receive(LwmSecuritySession *session, const uint8_t *data, size_t len, uint64_t now)
{
        const char *reason = "";
        int r;

        r = session_process(session, data, len, &reason);
        explicit_bzero(session->work, len < PACKET_MAX ? len : PACKET_MAX);
        return r == -EBADMSG ? session_refuse(session, reason, now) : r;
}

/* The message at its place in the session's memory, wrapped if need be; the secured data's length.
 */
static size_t session_place(LwmSecuritySession *session, const uint8_t *data, size_t len)
{
        uint8_t *place = session->work + packet_data_offset(&session->policy);
        size_t header = session->wrapped ? wrapper_write(len, place) : 0;

        memcpy(place + header, data, len);
        return header + len;
}

static ssize_t session_seal(LwmSecuritySession *session, uint64_t counter, size_t data_len,
                            uint8_t ret_cc[CHECKSUM_MAX])
{
        ssize_t len;
        Keys keys;
        int r;

        r = session_read_keys(session, &keys);
        if (r < 0)
                return r;

        len = packet_seal(&session->policy, &keys, counter, session->work, data_len, ret_cc);
        keys_wipe(&keys);
        return len;
}

static int session_next(LwmSecuritySession *session, uint64_t *ret)
{
        int r;

        r = counters_take(&session->counters, ret);
        if (r == -EOVERFLOW) {
                session_log(session, LOG_ERR,
                            "our packets have used up the counter: other keys are needed");
                return session_fail(session, -EKEYEXPIRED);
        }
        if (r < 0)
                session_log(session, LOG_ERR, "cannot send, the counter could not be stored: %s",
                            strerror(-r));
        return r;
}

int session_send(LwmSecuritySession *session, const uint8_t *data, size_t len)
{
        uint8_t cc[CHECKSUM_MAX];
        uint64_t counter;
        ssize_t size;
        int r;

        r = session_next(session, &counter);
        if (r < 0)
                return r;

        size = session_seal(session, counter, session_place(session, data, len), cc);
        r = size < 0 ? (int) size
                     : session->host->emit_wire(session->link, session->work, (size_t) size);
        if (r < 0) {
                counters_give_back(&session->counters);
                explicit_bzero(session->work, sizeof(session->work));
                return r;
        }

        sent_add(&session->sent, counter, cc);
        session_refresh(session);
        return 0;
}
