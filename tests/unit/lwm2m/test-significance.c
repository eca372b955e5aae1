/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which changes are told of (Core 7.3.2): gt, lt, st, and when they are looked for. */
#include <errno.h>
#include <math.h>

#include "lwm2m/observe-query.h"
#include "lwm2m/significance.h"
#include "observer.h"

/* ---- Numbers alone ---- */

static Records *records_of(const double *values, size_t n)
{
        Records *records = records_new();

        for (size_t i = 0; i < n; i++)
                records_add(records, path_resource_instance(3, 0, 7, (uint16_t) i),
                            value_float(values[i]));
        return records;
}

static bool is_told(const AttributeSet *set, double before, double now)
{
        g_autoptr(Records) first = records_of(&before, 1), second = records_of(&now, 1);
        Numbers told = {0};
        bool matter;

        numbers_take(&told, first);
        matter = numbers_matter(&told, set, second);
        numbers_clear(&told);
        return matter;
}

/* To reach a threshold is not to pass it. */
static void test_thresholds(void)
{
        static const uint32_t masks[] = {ATTRIBUTE_GT, ATTRIBUTE_LT};

        for (size_t i = 0; i < G_N_ELEMENTS(masks); i++) {
                AttributeSet set = {.set = masks[i], .gt = 45, .lt = 45};

                g_assert_true(is_told(&set, 44, 46));
                g_assert_true(is_told(&set, 46, 44));
                g_assert_true(is_told(&set, 45, 45.5));
                g_assert_true(is_told(&set, 45, 44.5));
                g_assert_false(is_told(&set, 44, 45));
                g_assert_false(is_told(&set, 46, 45));
                g_assert_false(is_told(&set, 46, 100));
                g_assert_false(is_told(&set, 44, -100));
        }
}

static void test_step(void)
{
        AttributeSet set = {.set = ATTRIBUTE_ST, .st = 2.5};

        g_assert_true(is_told(&set, 1, 3.5));
        g_assert_true(is_told(&set, 1, -1.5));
        g_assert_false(is_told(&set, 1, 3.4));
        set.st = 0;
        g_assert_true(is_told(&set, 1, 1.5));
        g_assert_true(is_told(&set, 1, NAN));
        g_assert_true(is_told(&set, NAN, 1));
        g_assert_false(is_told(&set, NAN, NAN));
}

/* Each resource instance by itself; one that came or went is told of. */
static void test_several(void)
{
        static const double before[] = {1, 20, 3}, calm[] = {2, 21, 4}, one[] = {1, 20, 8};
        g_autoptr(Records) first = records_of(before, 3), quiet = records_of(calm, 3);
        g_autoptr(Records) third = records_of(one, 3), fewer = records_of(before, 2);
        AttributeSet set = {.set = ATTRIBUTE_ST, .st = 5}, none = {0};
        Numbers told = {0};

        numbers_take(&told, first);
        g_assert_false(numbers_matter(&told, &set, quiet));
        g_assert_true(numbers_matter(&told, &none, quiet));
        g_assert_true(numbers_matter(&told, &set, third));
        g_assert_true(numbers_matter(&told, &set, fewer));
        numbers_take(&told, fewer);
        g_assert_true(numbers_matter(&told, &set, first));
        numbers_clear(&told);
        g_assert_true(numbers_matter(&told, &set, first));
}

/* ---- On a clock ---- */

/* Core 7.3.2's own example, on a value from 0 to 100. */
static void test_example(Observer *f, gconstpointer data)
{
        static const struct {
                int level;
                bool told;
        } steps[] = {{44, false}, {46, true}, {50, false}, {56, true}, {44, true}};

        observer_set_level(f, 40);
        observer_write_attributes(f, "1000/0/1", "gt=45&st=10");
        observer_observe(f, "1000/0/1", 1);
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
                world_advance(&f->world, WORLD_SECOND);
                observer_set_level(f, steps[i].level);
                if (steps[i].told)
                        observer_expect(f, 1, NULL);
                observer_expect_nothing(f);
        }
}

/* A crossing within pmin is told after it, with the value of then. */
static void test_crossing_within_pmin(Observer *f, gconstpointer data)
{
        observer_write_attributes(f, "1000/0/1", "gt=45&pmin=10");
        observer_observe(f, "1000/0/1", 1);
        observer_set_level(f, 50);
        observer_set_level(f, 6);
        observer_expect_nothing(f);
        world_advance(&f->world, 10 * WORLD_SECOND);
        observer_expect(f, 1, "6");
}

/* ETS 310: thresholds that come while it is observed are against what was told before. */
static void test_live(Observer *f, gconstpointer data)
{
        observer_observe(f, "1000/0/1", 1);
        observer_write_attributes(f, "1000/0/1", "st=10");
        observer_set_level(f, 14);
        observer_expect_nothing(f);
        observer_set_level(f, 15);
        observer_expect(f, 1, "15");
        observer_write_attributes(f, "1000/0/1", "st");
        observer_set_level(f, 16);
        observer_expect(f, 1, "16");
}

/* The value changes and the object does not tell. */
static void set_silently(Observer *f, int level)
{
        Value *value = (Value *) memory_object_get(f->world.memory, LEVEL);

        *value = value_integer(level);
}

/* An owner that tells of no change is asked every epmax. */
static void test_epmax(Observer *f, gconstpointer data)
{
        observer_write_attributes(f, "1000/0/1", "epmax=20&st=3");
        observer_observe(f, "1000/0/1", 1);
        f->world.n_refreshes = 0;
        set_silently(f, 9);
        world_advance(&f->world, 19 * WORLD_SECOND);
        observer_expect_nothing(f);
        world_advance(&f->world, WORLD_SECOND);
        observer_expect(f, 1, "9");
        set_silently(f, 10);
        world_advance(&f->world, 60 * WORLD_SECOND);
        observer_expect_nothing(f);
        g_assert_cmpuint(f->world.n_refreshes, ==, 4);
}

/* A source that changes all the time is looked at every epmin. */
static void test_epmin(Observer *f, gconstpointer data)
{
        observer_write_attributes(f, "1000/0/1", "epmin=10");
        observer_observe(f, "1000/0/1", 1);
        f->world.n_refreshes = 0;
        for (int i = 0; i < 30; i++) {
                observer_set_level(f, 10 + i);
                world_advance(&f->world, WORLD_SECOND);
        }
        observer_expect(f, 1, "19");
        observer_expect(f, 1, "29");
        observer_expect(f, 1, "39");
        observer_expect_nothing(f);
        g_assert_cmpuint(f->world.n_refreshes, ==, 3);
}

/* A value that cannot be had is not asked for without end. */
static void test_unreadable(Observer *f, gconstpointer data)
{
        observer_write_attributes(f, "1000/0/1", "epmax=5");
        observer_observe(f, "1000/0/1", 1);
        f->world.memory->read_result = -EIO;
        f->world.n_refreshes = 0;
        world_advance(&f->world, 50 * WORLD_SECOND);
        g_assert_cmpuint(f->world.n_refreshes, ==, 10);
        f->world.memory->read_result = 0;
        set_silently(f, 50);
        world_advance(&f->world, 5 * WORLD_SECOND);
        observer_expect(f, 1, "50");
}

/* ETS 312, 313: attributes of the request go before those attached, and are of that observation. */
static void test_query(Observer *f, gconstpointer data)
{
        const CoapMessage *answer;

        observer_write_attributes(f, "1000/0/1", "pmax=60&st=50");
        answer = observer_ask(f, COAP_GET, "1000/0/1", "pmax=10&pmin=2", 0, 1);
        g_assert_cmphex(answer->code, ==, COAP_CONTENT);
        g_assert_true(message_has(answer, COAP_OPTION_OBSERVE));
        world_advance(&f->world, 10 * WORLD_SECOND);
        observer_expect(f, 1, "5");
        observer_set_level(f, 6);
        world_advance(&f->world, 2 * WORLD_SECOND);
        observer_expect(f, 1, "6");
        observer_write_attributes(f, "1000", "pmax=3");
        world_advance(&f->world, 9 * WORLD_SECOND);
        observer_expect_nothing(f);
        world_advance(&f->world, WORLD_SECOND);
        observer_expect(f, 1, "6");
        answer = observer_ask(f, COAP_GET, "1000/0/1", "pmax=10&pmin=2", 1, 1);
        g_assert_cmphex(answer->code, ==, COAP_CONTENT);
        g_assert_cmpuint(observer_count(f), ==, 0);
}

static void test_bad_query(Observer *f, gconstpointer data)
{
        static const char *const bad[] = {"pmin",    "pmin=x",        "gt=1&lt=2",
                                          "speed=1", "pmin=1&pmin=1", "epmin=2&epmax=1"};
        g_autofree char *zeros = g_strnfill(OBSERVE_QUERY_SIZE, '0');
        g_autofree char *longer = g_strconcat("pmin=", zeros, NULL);

        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
                g_assert_cmphex(observer_ask(f, COAP_GET, "1000/0/1", bad[i], 0, 1)->code, ==,
                                COAP_BAD_REQUEST);
        g_assert_cmphex(observer_ask(f, COAP_GET, "1000/0/1", longer, 0, 1)->code, ==,
                        COAP_REQUEST_ENTITY_TOO_LARGE);
        g_assert_cmphex(observer_ask(f, COAP_GET, "1000/0/0", "gt=1", 0, 1)->code, ==,
                        COAP_BAD_REQUEST);
        g_assert_cmphex(observer_ask(f, COAP_GET, "77/0/0", "gt=1", 0, 1)->code, ==,
                        COAP_NOT_FOUND);
        g_assert_cmpuint(observer_count(f), ==, 0);
}

/* ---- Against a model that goes second by second ---- */

typedef struct Model {
        int gt, lt, st, pmin, pmax, epmin, epmax; /* -1: not set */
        int value, told;
        int now, told_at, evaluated_at;
        bool pending, to_evaluate;
} Model;

static bool model_matters(const Model *m)
{
        bool crossed = false;
        int thresholds[] = {m->gt, m->lt};

        if (m->value == m->told)
                return false;
        if (m->gt < 0 && m->lt < 0 && m->st < 0)
                return true;
        for (int i = 0; i < 2; i++) {
                int low = MIN(m->value, m->told), high = MAX(m->value, m->told);

                if (thresholds[i] < 0)
                        continue;
                crossed |= low < thresholds[i] && thresholds[i] < high;
                crossed |= m->told == thresholds[i];
        }
        return crossed || (m->st >= 0 && ABS(m->value - m->told) >= m->st);
}

static bool model_tell(Model *m)
{
        m->told = m->value;
        m->told_at = m->evaluated_at = m->now;
        m->pending = m->to_evaluate = false;
        return true;
}

static bool model_evaluate(Model *m)
{
        m->evaluated_at = m->now;
        m->to_evaluate = false;
        m->pending = model_matters(m);
        return m->pending && m->now - m->told_at >= m->pmin && model_tell(m);
}

static bool model_change(Model *m, int value)
{
        m->value = value;
        if (m->pending)
                return false;
        if (m->now - m->evaluated_at >= m->epmin)
                return model_evaluate(m);
        m->to_evaluate = true;
        return false;
}

static bool model_second(Model *m)
{
        m->now++;
        if (m->pending)
                return m->now - m->told_at >= m->pmin && model_tell(m);
        if (m->pmax > MAX(m->pmin, 0) && m->now - m->told_at >= m->pmax)
                return model_tell(m);
        if (m->to_evaluate && m->now - m->evaluated_at >= m->epmin)
                return model_evaluate(m);
        if (m->epmax > 0 && m->now - m->evaluated_at >= m->epmax)
                return model_evaluate(m);
        return false;
}

static int maybe(int from, int to)
{
        return g_test_rand_bit() ? -1 : g_test_rand_int_range(from, to);
}

static void append(GString *query, const char *name, int value)
{
        if (value >= 0)
                g_string_append_printf(query, "%s%s=%d", query->len > 0 ? "&" : "", name, value);
}

static char *model_query(Model *m)
{
        GString *query = g_string_new(NULL);

        *m = (Model){
                .lt = maybe(0, 30),
                .st = maybe(0, 20),
                .gt = maybe(71, 100),
                .pmin = maybe(0, 10),
                .pmax = maybe(0, 20),
                .epmin = maybe(0, 8),
                .epmax = maybe(8, 20),
        };
        append(query, "gt", m->gt);
        append(query, "lt", m->lt);
        append(query, "st", m->st);
        append(query, "pmin", m->pmin);
        append(query, "pmax", m->pmax);
        append(query, "epmin", m->epmin);
        append(query, "epmax", m->epmax);
        return g_string_free(query, FALSE);
}

static void expect_if(Observer *f, const Model *m, bool told)
{
        g_autofree char *value = g_strdup_printf("%d", m->value);

        if (told)
                observer_expect(f, 1, value);
        observer_expect_nothing(f);
}

static void run_model(Observer *f)
{
        Model m;
        g_autofree char *query = model_query(&m);

        g_test_message("%s", query);
        observer_set_level(f, 50);
        m.value = m.told = 50;
        if (query[0] != '\0')
                observer_write_attributes(f, "1000/0/1", query);
        observer_observe(f, "1000/0/1", 1);
        for (int i = 0; i < 120; i++) {
                world_advance(&f->world, WORLD_SECOND);
                expect_if(f, &m, model_second(&m));
                if (g_test_rand_int_range(0, 3) == 0) {
                        int level = g_test_rand_int_range(0, 101);

                        observer_set_level(f, level);
                        expect_if(f, &m, model_change(&m, level));
                }
        }
        g_assert_cmphex(observer_ask(f, COAP_GET, "1000/0/1", NULL, 1, 1)->code, ==, COAP_CONTENT);
        observer_write_attributes(f, "1000/0/1", "gt&lt&st&pmin&pmax&epmin&epmax");
}

static void test_model(Observer *f, gconstpointer data)
{
        for (int i = 0; i < 40; i++)
                run_model(f);
}

#define ADD(name, func)                                                                            \
        g_test_add("/lwm2m/significance/" name, Observer, NULL, observer_set_up, func,             \
                   observer_tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/lwm2m/significance/thresholds", test_thresholds);
        g_test_add_func("/lwm2m/significance/step", test_step);
        g_test_add_func("/lwm2m/significance/several", test_several);
        ADD("example", test_example);
        ADD("crossing-within-pmin", test_crossing_within_pmin);
        ADD("live", test_live);
        ADD("epmax", test_epmax);
        ADD("epmin", test_epmin);
        ADD("unreadable", test_unreadable);
        ADD("query", test_query);
        ADD("bad-query", test_bad_query);
        ADD("model", test_model);
        return g_test_run();
}
