/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plugin counts, over sessions; and what is above is asked of a message. */
#include "security/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/kernel-key.h"
#include "channel-fixture.h"

/* ---- A plugin that counts ---- */

enum { TAKEN, REFUSED, LAST_LEN, NAMELESS, WRONG_NAME, LONG_NAME, COUNTERS };

struct LwmSecuritySession {
        LwmSecurityStatus status;
        const LwmSecurityHost *host;
        LwmSecurityLink *link;
        LwmSecurityCounter counter[COUNTERS];
};

static int counting_create(const LwmSecurityHost *host, LwmSecurityLink *link,
                           const LwmSecurityConfig *config, LwmSecuritySession **ret)
{
        LwmSecuritySession *session = calloc(1, sizeof(*session));

        *session = (LwmSecuritySession){
                .status = {.size = sizeof(session->status),
                           .deadline = LWM_SECURITY_NEVER,
                           .max_message = config->mtu},
                .host = host,
                .link = link,
                .counter = {{"taken", 0, 0},
                            {"refused", 0, 0},
                            {"last-len", 0, LWM_SECURITY_LEVEL},
                            {NULL, 1, 0},
                            {"Wrong name", 1, 0},
                            {"a-name-that-is-longer-than-it-may", 1, 0}},
        };
        memset(session->status.suite, 'x', sizeof(session->status.suite));
        *ret = session;
        return 0;
}

static void counting_destroy(LwmSecuritySession *session)
{
        free(session);
}

static int counting_start(LwmSecuritySession *session, uint64_t now)
{
        session->status.state = LWM_SECURITY_READY;
        return 0;
}

static int counting_receive(LwmSecuritySession *session, const void *data, size_t len, uint64_t now)
{
        g_assert_true(LWM_SECURITY_HAS(session->host, judge_message));
        if (session->host->judge_message(session->link, data, len) < 0) {
                session->counter[REFUSED].value++;
                return -EBADMSG;
        }
        session->counter[TAKEN].value++;
        session->counter[LAST_LEN].value = len;
        return session->host->emit_message(session->link, data, len);
}

static int counting_send(LwmSecuritySession *session, const void *data, size_t len, uint64_t now)
{
        return session->host->emit_wire(session->link, data, len);
}

static int counting_expire(LwmSecuritySession *session, uint64_t now)
{
        return 0;
}

static const LwmSecurityStatus *counting_status(const LwmSecuritySession *session)
{
        return &session->status;
}

static ssize_t counting_save(LwmSecuritySession *session, LwmSecuritySave kind, void *data,
                             size_t size)
{
        return -EOPNOTSUPP;
}

static int counting_restore(const LwmSecurityHost *host, LwmSecurityLink *link,
                            const LwmSecurityConfig *config, LwmSecuritySave kind, const void *data,
                            size_t len, LwmSecuritySession **ret)
{
        return -EOPNOTSUPP;
}

static const LwmSecurityCounter *counting_counters(const LwmSecuritySession *session, size_t *ret_n)
{
        *ret_n = COUNTERS;
        return session->counter;
}

static const LwmSecurityPlugin counting = {
        .abi = LWM_SECURITY_ABI,
        .size = sizeof(LwmSecurityPlugin),
        .name = "counting",
        .version = "1",
        .create = counting_create,
        .destroy = counting_destroy,
        .start = counting_start,
        .receive = counting_receive,
        .send = counting_send,
        .expire = counting_expire,
        .close = counting_expire,
        .status = counting_status,
        .save = counting_save,
        .restore = counting_restore,
        .counters = counting_counters,
};

/* ---- Tests ---- */

static int judge(const void *data, size_t len, void *judge_user)
{
        const char *first = judge_user;

        return memchr(first, *(const char *) data, strlen(first)) ? 0 : -EBADMSG;
}

static void set_up(Fixture *f, gconstpointer data)
{
        fixture_set_up(f, data);
        f->config.plugin = &counting;
        f->config.judge = judge;
        f->config.judge_user = (void *) "rs";
        fixture_start_ready(f);
}

static void assert_tally(const Tally *tally, const char *expected)
{
        g_autoptr(GString) text = g_string_new(NULL);

        for (size_t i = 0; i < tally->len; i++)
                g_string_append_printf(text, "%s=%" G_GUINT64_FORMAT " ", tally->item[i].name,
                                       tally->item[i].value);
        g_assert_cmpstr(text->str, ==, expected);
}

/* What is above is asked in the middle of the call, and says no. */
static void test_judge(Fixture *f, gconstpointer data)
{
        fixture_receive(f, "request");
        fixture_receive(f, "own");
        fixture_run(f, 0);
        fixture_assert_told(f, "message:request ");
        g_assert_cmpuint(channel_rejected(f->channel), ==, 1);
}

static void test_nobody_can_tell(Fixture *f, gconstpointer data)
{
        g_clear_pointer(&f->channel, channel_free);
        f->config.judge = NULL;
        fixture_start_ready(f);
        fixture_receive(f, "own");
        fixture_run(f, 0);
        fixture_assert_told(f, "message:own ");
}

/* Counts go on over sessions, a level is the last one; names that are none are left out. */
static void test_sessions(Fixture *f, gconstpointer data)
{
        Tally tally = {0}, sum;

        fixture_receive(f, "request");
        fixture_receive(f, "response");
        fixture_receive(f, "own");
        sum = tally_with(&tally, f->channel);
        assert_tally(&sum, "taken=2 refused=1 last-len=8 ");
        assert_tally(&tally, "");

        tally_add(&tally, f->channel);
        g_clear_pointer(&f->channel, channel_free);
        sum = tally_with(&tally, NULL);
        assert_tally(&sum, "taken=2 refused=1 last-len=8 ");

        g_string_truncate(f->told, 0);
        fixture_start_ready(f);
        fixture_receive(f, "run");
        sum = tally_with(&tally, f->channel);
        assert_tally(&sum, "taken=3 refused=1 last-len=3 ");
}

/* The plugin's text ends, whatever it wrote. */
static void test_suite_ends(Fixture *f, gconstpointer data)
{
        g_assert_cmpuint(strlen(channel_status(f->channel)->suite), ==,
                         LWM_SECURITY_SUITE_SIZE - 1);
}

/* A plugin of before counters(). */
static void test_counts_nothing(Fixture *f, gconstpointer data)
{
        static LwmSecurityPlugin older;
        size_t len = 1;

        g_clear_pointer(&f->channel, channel_free);
        older = counting;
        older.size = offsetof(LwmSecurityPlugin, counters);
        f->config.plugin = &older;
        fixture_start_ready(f);
        channel_counters(f->channel, &len);
        g_assert_cmpuint(len, ==, 0);
}

int main(int argc, char **argv)
{
        static const struct {
                const char *name;
                void (*test)(Fixture *f, gconstpointer data);
        } tests[] = {
                {"/security/tally/judge", test_judge},
                {"/security/tally/nobody-can-tell", test_nobody_can_tell},
                {"/security/tally/sessions", test_sessions},
                {"/security/tally/suite-ends", test_suite_ends},
                {"/security/tally/counts-nothing", test_counts_nothing},
        };

        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
                g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, fixture_tear_down);
        return g_test_run();
}
