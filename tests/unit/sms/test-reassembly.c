/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/reassembly.h"

#include <errno.h>
#include <string.h>

#define TIMEOUT REASSEMBLY_TIMEOUT

typedef struct Fixture {
        Clock *clock;
        SmsCounters counters;
        Reassembly *reassembly;
        GString *log; /* <message>, [released id] */
} Fixture;

static void on_message(const SmsMessage *message, void *user)
{
        Fixture *f = user;

        g_string_append_printf(f->log, "<%.*s>", (int) message->content.len,
                               (const char *) message->content.data);
}

static void on_release(guint64 id, void *user)
{
        Fixture *f = user;

        if (id > 0)
                g_string_append_printf(f->log, "[%" G_GUINT64_FORMAT "]", id);
}

static const ReassemblyOps ops = {.on_message = on_message, .on_release = on_release};

static void fixture_set_up(Fixture *f, gconstpointer data)
{
        f->clock = clock_new_manual(1000, 0);
        f->reassembly = reassembly_new(f->clock, &f->counters, &ops, f);
        f->log = g_string_new(NULL);
}

static void fixture_tear_down(Fixture *f, gconstpointer data)
{
        reassembly_free(f->reassembly);
        clock_free(f->clock);
        g_string_free(f->log, TRUE);
}

/* A segment from number 1000000 + `from`. */
static SmsMessage segment(unsigned from, unsigned reference, unsigned sequence, unsigned total,
                          const char *text)
{
        SmsMessage message = {.from = {.type = SMS_NUMBER_INTERNATIONAL, .plan = 1}, .pid = 0x7D};

        g_snprintf(message.from.text, sizeof(message.from.text), "%u", 1000000 + from);
        message.message_class = 1;
        message.content = (UserData){.concatenated = true,
                                     .reference = (uint16_t) reference,
                                     .total = (uint8_t) total,
                                     .sequence = (uint8_t) sequence,
                                     .data = (const uint8_t *) text,
                                     .len = strlen(text)};
        return message;
}

static int add(Fixture *f, unsigned reference, unsigned sequence, unsigned total, const char *text)
{
        SmsMessage message = segment(1, reference, sequence, total, text);

        return reassembly_add(f->reassembly, &message);
}

static int add_stored(Fixture *f, guint64 id, unsigned sequence, const char *text)
{
        SmsMessage message = segment(1, 1, sequence, 2, text);

        message.id = id;
        message.stored = true;
        return reassembly_add(f->reassembly, &message);
}

static void assert_log(Fixture *f, const char *expect)
{
        g_assert_cmpstr(f->log->str, ==, expect);
        g_string_truncate(f->log, 0);
}

static guint64 count(const Fixture *f, SmsCounter counter)
{
        return f->counters.value[counter];
}

static void test_simple(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(add(f, 1, 2, 3, "b"), ==, REASSEMBLY_KEPT);
        g_assert_cmpint(add(f, 1, 3, 3, "c"), ==, REASSEMBLY_KEPT);
        g_assert_cmpint(add(f, 1, 3, 3, "c"), ==, REASSEMBLY_DUPLICATE);
        g_assert_cmpuint(count(f, SMS_REASSEMBLY_PENDING), ==, 1);
        g_assert_cmpint(add(f, 1, 1, 3, "a"), ==, REASSEMBLY_COMPLETE);
        assert_log(f, "<abc>");
        g_assert_cmpuint(count(f, SMS_REASSEMBLY_PENDING), ==, 0);

        /* Late duplicates begin nothing. */
        g_assert_cmpint(add(f, 1, 2, 3, "b"), ==, REASSEMBLY_DUPLICATE);
        g_assert_cmpuint(count(f, SMS_REASSEMBLY_PENDING), ==, 0);
        g_assert_cmpuint(count(f, SMS_SEGMENTS_DUPLICATE), ==, 2);
        assert_log(f, "");
}

/* Whatever of the key differs keeps messages apart. */
static void test_key(Fixture *f, gconstpointer data)
{
        SmsMessage first = segment(1, 1, 1, 2, "a"), other[6];

        for (unsigned i = 0; i < G_N_ELEMENTS(other); i++)
                other[i] = segment(1, 1, 2, 2, "b");
        other[0].content.reference = 2;
        other[1].content.total = 3;
        other[2].content.wide = true;
        other[3].pid = 0;
        other[4].message_class = -1;
        other[5] = segment(2, 1, 2, 2, "b");

        reassembly_add(f->reassembly, &first);
        for (unsigned i = 0; i < G_N_ELEMENTS(other); i++)
                g_assert_cmpint(reassembly_add(f->reassembly, &other[i]), ==, REASSEMBLY_KEPT);
        assert_log(f, "");
        g_assert_cmpuint(count(f, SMS_REASSEMBLY_PENDING), ==, 7);
        g_assert_cmpint(add(f, 1, 2, 2, "b"), ==, REASSEMBLY_COMPLETE);
        assert_log(f, "<ab>");
}

static void test_expiry(Fixture *f, gconstpointer data)
{
        add(f, 1, 1, 2, "a");
        clock_advance(f->clock, TIMEOUT - 1);
        g_assert_cmpuint(count(f, SMS_REASSEMBLY_PENDING), ==, 1);
        clock_advance(f->clock, 1);
        g_assert_cmpuint(count(f, SMS_REASSEMBLY_PENDING), ==, 0);
        g_assert_cmpuint(count(f, SMS_REASSEMBLY_TIMEOUT), ==, 1);
        g_assert_cmpuint(reassembly_octets(f->reassembly), ==, 0);
        g_assert_cmpint(clock_next_deadline(f->clock), ==, CLOCK_NEVER);

        g_assert_cmpint(add(f, 1, 2, 2, "b"), ==, REASSEMBLY_KEPT);
        assert_log(f, "");

        /* One that is complete goes without being missed. */
        add(f, 1, 1, 2, "a");
        clock_advance(f->clock, TIMEOUT);
        g_assert_cmpuint(count(f, SMS_REASSEMBLY_TIMEOUT), ==, 1);
        g_assert_cmpuint(reassembly_octets(f->reassembly), ==, 0);
}

/* The genuine message gets through wherever the forged segments come. */
static void test_forged(Fixture *f, gconstpointer data)
{
        static const char *const arrivals[][4] = {
                {"1A", "1a", "2b", "2B"}, {"1a", "2B", "2b", "1A"}, {"1A", "2b", "1a", "2B"},
                {"1A", "2B", "1a", "2b"}, {"2b", "1A", "2B", "1a"}, {"2B", "2b", "1A", "1a"},
        };

        for (unsigned i = 0; i < G_N_ELEMENTS(arrivals); i++) {
                for (unsigned j = 0; j < 4; j++)
                        add(f, i, (unsigned) (arrivals[i][j][0] - '0'), 2, arrivals[i][j] + 1);
                g_test_message("%s", f->log->str);
                g_assert_nonnull(strstr(f->log->str, "<ab>"));
                g_string_truncate(f->log, 0);
        }
        g_assert_cmpuint(count(f, SMS_SEGMENTS_CONFLICTING), ==, 2 * G_N_ELEMENTS(arrivals));
}

/* Each combination once, and no more than the limit. */
static void test_combinations(Fixture *f, gconstpointer data)
{
        add(f, 1, 1, 3, "a");
        add(f, 1, 1, 3, "A");
        add(f, 1, 2, 3, "b");
        add(f, 1, 2, 3, "B");
        add(f, 1, 3, 3, "c");
        assert_log(f, "<ABc><aBc><Abc><abc>");
        add(f, 1, 3, 3, "C");
        assert_log(f, "<ABC><aBC><AbC><abC>");
        add(f, 1, 1, 3, "x"); /* in the place of "a" */
        assert_log(f, "<xBC><xbC><xBc><xbc>");
}

static void test_too_many_combinations(Fixture *f, gconstpointer data)
{
        for (unsigned i = 1; i <= 7; i++) {
                add(f, 1, i, 8, "-");
                add(f, 1, i, 8, "+");
        }
        g_assert_cmpint(add(f, 1, 8, 8, "."), ==, REASSEMBLY_COMPLETE);
        assert_log(f, "<+++++++.>");
}

/* A server that gives all its messages one number. */
static void test_number_reused(Fixture *f, gconstpointer data)
{
        for (unsigned i = 0; i < 50; i++) {
                g_autofree char *whole = NULL;

                for (unsigned j = 1; j <= 8; j++) {
                        g_autofree char *text = g_strdup_printf("%u.%u,", i, j);

                        add(f, 7, j, 8, text);
                }
                whole = g_strdup_printf("<%u.1,%u.2,%u.3,%u.4,%u.5,%u.6,%u.7,%u.8,>", i, i, i, i, i,
                                        i, i, i);
                g_assert_nonnull(strstr(f->log->str, whole));
                g_string_truncate(f->log, 0);
                clock_advance(f->clock, TIMEOUT / 4);
        }
}

static void test_too_long(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(add(f, 1, 1, 9, "a"), ==, -EMSGSIZE);
        g_assert_cmpint(add(f, 1, 255, 255, "a"), ==, -EMSGSIZE);
        g_assert_cmpuint(reassembly_octets(f->reassembly), ==, 0);
        assert_log(f, "");
}

static void test_limit_of_peer(Fixture *f, gconstpointer data)
{
        for (unsigned i = 0; i < 9; i++) {
                add(f, i, 1, 2, "a");
                clock_advance(f->clock, 1);
        }
        g_assert_cmpuint(count(f, SMS_REASSEMBLY_PENDING), ==, REASSEMBLY_MAX_SETS_OF_PEER);
        g_assert_cmpuint(count(f, SMS_REASSEMBLY_OVERFLOW), ==, 1);
        g_assert_cmpint(add(f, 1, 2, 2, "b"), ==, REASSEMBLY_COMPLETE);
        assert_log(f, "<ab>");

        /* That one goes before any that still waits. */
        g_assert_cmpint(add(f, 20, 1, 2, "a"), ==, REASSEMBLY_KEPT);
        g_assert_cmpuint(count(f, SMS_REASSEMBLY_OVERFLOW), ==, 1);
        for (unsigned i = 2; i < 9; i++)
                g_assert_cmpint(add(f, i, 2, 2, "b"), ==, REASSEMBLY_COMPLETE);
}

/* Whoever floods pays for it. */
static void test_limit_of_all(Fixture *f, gconstpointer data)
{
        SmsMessage quiet[2] = {segment(50, 1, 1, 2, "a"), segment(50, 1, 2, 2, "b")};

        reassembly_add(f->reassembly, &quiet[0]);
        for (unsigned i = 0; i < 1000; i++) {
                SmsMessage message = segment(i % 5, i, 1, 2, "a");

                clock_advance(f->clock, 1);
                reassembly_add(f->reassembly, &message);
                g_assert_cmpuint(count(f, SMS_REASSEMBLY_PENDING), <=, REASSEMBLY_MAX_SETS);
        }
        g_assert_cmpuint(count(f, SMS_REASSEMBLY_PENDING), ==, REASSEMBLY_MAX_SETS);
        g_assert_cmpint(reassembly_add(f->reassembly, &quiet[1]), ==, REASSEMBLY_COMPLETE);
        assert_log(f, "<ab>");
}

/* Stored segments are released when their message is done, others at once. */
static void test_release(Fixture *f, gconstpointer data)
{
        SmsMessage passing = segment(1, 2, 1, 2, "x");

        passing.id = 77;
        reassembly_add(f->reassembly, &passing);
        assert_log(f, "[77]");

        add_stored(f, 1, 1, "a");
        assert_log(f, "");
        add_stored(f, 1, 1, "a"); /* announced again */
        assert_log(f, "");
        add_stored(f, 2, 1, "a"); /* sent again: another copy */
        assert_log(f, "[2]");
        add_stored(f, 3, 2, "b");
        assert_log(f, "<ab>[1][3]");
        add_stored(f, 4, 2, "b");
        assert_log(f, "[4]");
}

static void test_release_given_up(Fixture *f, gconstpointer data)
{
        add_stored(f, 1, 1, "a");
        add_stored(f, 2, 1, "x");
        add_stored(f, 3, 1, "y"); /* for which the first goes */
        assert_log(f, "[1]");
        clock_advance(f->clock, TIMEOUT);
        assert_log(f, "[3][2]");
}

/* The modem comes back, and announces the same segment under another id. */
static void test_release_after_restart(Fixture *f, gconstpointer data)
{
        add_stored(f, 1, 1, "a");
        reassembly_forget_ids(f->reassembly);
        g_assert_cmpint(add_stored(f, 11, 1, "a"), ==, REASSEMBLY_DUPLICATE);
        assert_log(f, "");
        add_stored(f, 12, 2, "b");
        assert_log(f, "<ab>[11][12]");
}

static void test_release_all(Fixture *f, gconstpointer data)
{
        add_stored(f, 1, 1, "a");
        reassembly_release_all(f->reassembly);
        assert_log(f, "[1]");
        add_stored(f, 2, 2, "b");
        assert_log(f, "<ab>[2]");
}

#define ADD(name, func)                                                                            \
        g_test_add("/sms/reassembly/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        ADD("simple", test_simple);
        ADD("key", test_key);
        ADD("expiry", test_expiry);
        ADD("forged", test_forged);
        ADD("combinations", test_combinations);
        ADD("too-many-combinations", test_too_many_combinations);
        ADD("number-reused", test_number_reused);
        ADD("too-long", test_too_long);
        ADD("limit-of-peer", test_limit_of_peer);
        ADD("limit-of-all", test_limit_of_all);
        ADD("release", test_release);
        ADD("release-given-up", test_release_given_up);
        ADD("release-after-restart", test_release_after_restart);
        ADD("release-all", test_release_all);
        return g_test_run();
}
