/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Packets in and out. What is not protected as agreed is answered with nothing at all: no SMS, no
 * proof of receipt, no change of a counter, and at most one line of the log in a while. So there is
 * no oracle, neither for keys nor for padding.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "response.h"
#include "session.h"
#include "wrapper.h"

static const Count REFUSED_COUNT[] = {
        [REFUSED_MALFORMED] = COUNT_REJECTED_MALFORMED,
        [REFUSED_PARAMETERS] = COUNT_REJECTED_PARAMETERS,
        [REFUSED_CHECKSUM] = COUNT_REJECTED_CHECKSUM,
        [REFUSED_COUNTER] = COUNT_REJECTED_COUNTER,
        [REFUSED_JUMP] = COUNT_REJECTED_JUMP,
        [REFUSED_REFLECTED] = COUNT_REJECTED_REFLECTED,
};

static int session_refuse(LwmSecuritySession *session, const Refusal *refusal, uint64_t now)
{
        session->n_refused++;
        counts_add(&session->counts, REFUSED_COUNT[refusal->kind]);
        session_log(session, LOG_DEBUG, "refused a packet for %s", refusal->what);
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
                        Refusal *ret_refusal)
{
        Keys keys;
        int r;

        r = packet_judge(&session->policy, data, len, ret_refusal);
        if (r < 0)
                return r;

        r = session_read_keys(session, &keys);
        if (r < 0)
                return r;

        memcpy(session->work, data, len);
        r = packet_open(&session->policy, &keys, session->work, len, ret, ret_refusal);
        keys_wipe(&keys);
        return r;
}

static Bytes session_unwrap(const Packet *packet, bool *ret_wrapped)
{
        Bytes message = {packet->data, packet->data_len};

        *ret_wrapped = wrapper_find(message, &message);
        return message;
}

/* Keys and parameters are the same both ways. What this session sent is known by its checksum; what
 * an earlier one sent, by what it says: the host knows what a server sends. */
static bool session_sent_it(const LwmSecuritySession *session, const Packet *packet)
{
        const LwmSecurityHost *host = session->host;
        bool wrapped;
        Bytes message = session_unwrap(packet, &wrapped);

        if (sent_has(&session->sent, packet->counter, packet->cc))
                return true;
        return LWM_SECURITY_HAS(host, judge_message) && host->judge_message &&
               host->judge_message(session->link, message.data, message.len) < 0;
}

static int session_judge_counter(LwmSecuritySession *session, const Packet *packet,
                                 Refusal *ret_refusal)
{
        uint64_t jump = session->policy.options.jump;

        if (!counters_accept(&session->counters, packet->counter)) {
                *ret_refusal = (Refusal){REFUSED_COUNTER, "its counter"};
                if (packet->counter <= COUNTER_LAST || !counters_deaf(&session->counters))
                        return -EBADMSG;
                session_log(session, LOG_ERR,
                            "the server's packets have used up the counter: other keys are needed");
                return session_fail(session, -EKEYEXPIRED);
        }
        if (jump == 0 || counters_step(&session->counters, packet->counter) <= jump)
                return 0;

        *ret_refusal = (Refusal){REFUSED_JUMP, "how far its counter is above the last one"};
        return -EBADMSG;
}

/* Both before the counter moves. */
static int session_judge_fresh(LwmSecuritySession *session, const Packet *packet,
                               Refusal *ret_refusal)
{
        *ret_refusal = (Refusal){REFUSED_REFLECTED, "being one of ours"};
        if (session_sent_it(session, packet))
                return -EBADMSG;

        return session_judge_counter(session, packet, ret_refusal);
}

static void session_warn_jump(LwmSecuritySession *session, const Packet *packet)
{
        uint64_t step = counters_step(&session->counters, packet->counter);

        if (step <= COUNTER_JUMP)
                return;

        counts_add(&session->counts, COUNT_JUMPS);
        session_log(session, LOG_WARNING, "the server's counter went up by %" PRIu64 " at once",
                    step);
}

/* It counts from here on, whatever becomes of the process. */
static int session_count(LwmSecuritySession *session, const Packet *packet)
{
        int r;

        session_warn_jump(session, packet);
        r = counters_receive(&session->counters, packet->counter);
        if (r < 0) {
                counts_add(&session->counts, COUNT_LOST);
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
        Bytes message = session_unwrap(packet, &session->wrapped);
        int r;

        session_refresh(session);
        r = session->host->emit_message(session->link, message.data, message.len);
        counts_add(&session->counts, r < 0 ? COUNT_LOST : COUNT_ACCEPTED);
        return r;
}

/* As agreed, and how, not as the packet likes. */
static bool session_proves(const LwmSecuritySession *session)
{
        uint8_t spi2 = session->policy.spi2;

        return session->policy.options.proof && (spi2 & SPI2_PROOF_MASK) == SPI2_PROOF_ALWAYS &&
               spi2 & SPI2_BY_SUBMIT && LWM_SECURITY_HAS(session->host, emit_wire_as) &&
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

        len = response_seal(&session->policy, &keys, session->policy.spi2, &response, proof);
        keys_wipe(&keys);
        if (len > 0 &&
            session->host->emit_wire_as(session->link, RESPONSE_ID, proof, (size_t) len) >= 0)
                counts_add(&session->counts, COUNT_PROOFS_SENT);
}

static int session_process(LwmSecuritySession *session, const uint8_t *data, size_t len,
                           Refusal *ret_refusal)
{
        Packet packet;
        int r;

        r = session_open(session, data, len, &packet, ret_refusal);
        if (r < 0)
                return r;

        r = session_judge_fresh(session, &packet, ret_refusal);
        if (r < 0)
                return r;

        r = session_count(session, &packet);
        if (r < 0)
                return r;

        r = session_deliver(session, &packet);
        if (r < 0)
                return r;

        if (session_proves(session))
                session_send_proof(session, &packet);
        return 0;
}

int session_receive(LwmSecuritySession *session, const uint8_t *data, size_t len, uint64_t now)
{
        Refusal refusal = {0};
        int r;

        r = session_process(session, data, len, &refusal);
        explicit_bzero(session->work, len < PACKET_MAX ? len : PACKET_MAX);
        return r == -EBADMSG ? session_refuse(session, &refusal, now) : r;
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
        counts_add(&session->counts, COUNT_SENT);
        session_refresh(session);
        return 0;
}
