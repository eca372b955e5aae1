/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "model/attributes.h"

static AttributeChange change_of(const char *first, const char *second)
{
        AttributeChange change = {0};

        g_assert_cmpint(attribute_change_parse(&change, first, strlen(first)), ==, 0);
        if (second)
                g_assert_cmpint(attribute_change_parse(&change, second, strlen(second)), ==, 0);
        return change;
}

static void attach(Attributes *attributes, Path path, const char *first, const char *second)
{
        AttributeChange change = change_of(first, second);

        g_assert_cmpint(attributes_change(attributes, path, &change), ==, 0);
}

static void test_parse(void)
{
        AttributeChange change = change_of("pmin=0", "pmax");

        g_assert_cmpuint(change.add.set, ==, ATTRIBUTE_PMIN);
        g_assert_cmpuint(change.add.pmin, ==, 0);
        g_assert_cmpuint(change.remove, ==, ATTRIBUTE_PMAX);

        change = change_of("pmax=4294967295", NULL);
        g_assert_cmpuint(change.add.pmax, ==, UINT32_MAX);
}

static void test_bad(void)
{
        static const char *const queries[] = {"",
                                              "=",
                                              "=5",
                                              "pmin=",
                                              "pmin=-1",
                                              "pmin=a",
                                              "pmin= 1",
                                              "pmin=1 ",
                                              "Pmin=1",
                                              "pminx",
                                              "pmin=4294967296",
                                              "pmin=1.5",
                                              "gt=",
                                              "lt=x",
                                              "st=-1",
                                              "st=-0.5",
                                              "gt=nan",
                                              "gt=inf",
                                              "gt=0x10",
                                              "epmin=-1",
                                              "epmax=1.5",
                                              "con=1",
                                              "dim=3"};

        for (size_t i = 0; i < G_N_ELEMENTS(queries); i++) {
                AttributeChange change = {0};

                g_assert_cmpint(attribute_change_parse(&change, queries[i], strlen(queries[i])), ==,
                                -EINVAL);
                g_assert_cmpuint(change.add.set | change.remove, ==, 0);
        }
}

static void test_twice(void)
{
        AttributeChange change = change_of("pmin=1", NULL);

        g_assert_cmpint(attribute_change_parse(&change, "pmin=1", 6), ==, -EINVAL);
        g_assert_cmpint(attribute_change_parse(&change, "pmin", 4), ==, -EINVAL);
        g_assert_cmpuint(change.add.pmin, ==, 1);
}

static void test_attached(void)
{
        g_autoptr(Attributes) attributes = attributes_new();
        AttributeSet set;

        attach(attributes, path_instance(3, 0), "pmin=10", "pmax=60");
        set = attributes_attached(attributes, path_instance(3, 0));
        g_assert_cmpuint(set.set, ==, ATTRIBUTE_PMIN | ATTRIBUTE_PMAX);
        g_assert_cmpuint(attributes_attached(attributes, path_object(3)).set, ==, 0);

        attach(attributes, path_instance(3, 0), "pmin=20", "pmax");
        set = attributes_attached(attributes, path_instance(3, 0));
        g_assert_cmpuint(set.set, ==, ATTRIBUTE_PMIN);
        g_assert_cmpuint(set.pmin, ==, 20);

        attach(attributes, path_instance(3, 0), "pmin", NULL);
        g_assert_cmpuint(attributes_attached(attributes, path_instance(3, 0)).set, ==, 0);
}

static int try_attach(Attributes *attributes, Path path, const char *first, const char *second)
{
        AttributeChange change = change_of(first, second);

        return attributes_change(attributes, path, &change);
}

static void test_numbers(void)
{
        AttributeChange change = change_of("gt=-273.15", "lt=-1e3");

        g_assert_cmpuint(change.add.set, ==, ATTRIBUTE_GT | ATTRIBUTE_LT);
        g_assert_cmpfloat(change.add.gt, ==, -273.15);
        g_assert_cmpfloat(change.add.lt, ==, -1000);
        change = change_of("st=0.5", "gt");
        g_assert_cmpfloat(change.add.st, ==, 0.5);
        g_assert_cmpuint(change.remove, ==, ATTRIBUTE_GT);
}

static void test_text(void)
{
        AttributeSet set = {.set = 127,
                            .pmin = 1,
                            .pmax = 4294967295,
                            .gt = -40.25,
                            .lt = 1e15,
                            .st = 0.1,
                            .epmin = 2,
                            .epmax = 3};
        static const char all[] =
                ";pmin=1;pmax=4294967295;gt=-40.25;lt=1000000000000000;st=0.1;epmin=2;epmax=3";
        ByteWriter writer = byte_writer_growing(200);

        attribute_set_write(&set, &writer);
        g_assert_cmpmem(writer.data, writer.len, all, strlen(all));
        writer.len = 0;
        set.set = ATTRIBUTE_EPMAX;
        attribute_set_write(&set, &writer);
        g_assert_cmpmem(writer.data, writer.len, ";epmax=3", 8);
        byte_writer_clear(&writer);
}

/* Core 7.3.2: of what is there and what comes together; a change that breaks a rule changes
 * nothing. */
static void test_rules(void)
{
        g_autoptr(Attributes) attributes = attributes_new();
        Path path = path_resource(3, 0, 9), below = path_resource_instance(3, 0, 9, 1);
        AttributeSet set;

        attach(attributes, path, "gt=50", NULL);
        g_assert_cmpint(try_attach(attributes, path, "lt=50", NULL), ==, -EINVAL);
        g_assert_cmpint(try_attach(attributes, path, "lt=40", "st=5"), ==, -EINVAL);
        g_assert_cmpint(try_attach(attributes, path, "pmin=3", "lt=60"), ==, -EINVAL);
        g_assert_cmpuint(attributes_attached(attributes, path).set, ==, ATTRIBUTE_GT);
        attach(attributes, path, "lt=40", "st=4.9");
        g_assert_cmpint(try_attach(attributes, path, "st=5", NULL), ==, -EINVAL);
        set = attributes_attached(attributes, path);
        g_assert_cmpfloat(set.st, ==, 4.9);
        /* Both thresholds may move at once, past where one of them was. */
        attach(attributes, path, "lt=60", "gt=80");

        /* What is inherited counts, whichever comes first. */
        g_assert_cmpint(try_attach(attributes, below, "gt=65", NULL), ==, -EINVAL);
        attach(attributes, below, "gt=70", NULL);
        g_assert_cmpint(try_attach(attributes, path, "lt=65", NULL), ==, -EINVAL);
        g_assert_cmpfloat(attributes_attached(attributes, path).lt, ==, 60);
        attach(attributes, path, "lt", NULL);

        g_assert_cmpint(try_attach(attributes, path_object(4), "epmin=5", "epmax=4"), ==, -EINVAL);
        g_assert_cmpuint(attributes_attached(attributes, path_object(4)).set, ==, 0);
        attach(attributes, path_object(4), "epmin=5", "epmax=5");
        g_assert_cmpint(try_attach(attributes, path_instance(4, 0), "epmax=4", NULL), ==, -EINVAL);
        /* A removal that uncovers what is inherited. */
        attach(attributes, path_instance(4, 0), "epmin=1", "epmax=4");
        g_assert_cmpint(try_attach(attributes, path_instance(4, 0), "epmin", NULL), ==, -EINVAL);
        g_assert_cmpuint(attributes_attached(attributes, path_instance(4, 0)).epmin, ==, 1);
}

static bool is_even(Path path, void *user)
{
        ++*(unsigned *) user;
        return path.id[path.level - 1] % 2 == 0;
}

static void test_prune(void)
{
        g_autoptr(Attributes) attributes = attributes_new();
        unsigned n = 0;

        for (uint16_t i = 0; i < 6; i++)
                attach(attributes, path_resource_instance(3, 0, 11, i), "pmin=1", NULL);
        attach(attributes, path_resource(3, 0, 13), "pmin=1", NULL);
        attributes_prune(attributes, path_resource(3, 0, 11), is_even, &n);
        g_assert_cmpuint(n, ==, 6);
        for (uint16_t i = 0; i < 6; i++)
                g_assert_cmpuint(
                        attributes_attached(attributes, path_resource_instance(3, 0, 11, i)).set,
                        ==, i % 2 == 0 ? ATTRIBUTE_PMIN : 0);
        g_assert_cmpuint(attributes_attached(attributes, path_resource(3, 0, 13)).set, ==,
                         ATTRIBUTE_PMIN);
}

/* Core 7.3.2: pmax is to be ignored where it is not greater than pmin, wherever they come from. */
static void test_pmax_below_pmin(void)
{
        g_autoptr(Attributes) attributes = attributes_new();
        AttributeSet defaults = {.set = ATTRIBUTE_PMIN, .pmin = 30}, set;

        attach(attributes, path_object(3), "pmax=20", NULL);
        set = attributes_effective(attributes, path_object(3), &defaults);
        g_assert_cmpuint(set.set, ==, ATTRIBUTE_PMIN);
        g_assert_cmpuint(set.pmin, ==, 30);

        attach(attributes, path_object(3), "pmax=30", NULL);
        g_assert_cmpuint(attributes_effective(attributes, path_object(3), &defaults).set, ==,
                         ATTRIBUTE_PMIN);
        attach(attributes, path_object(3), "pmax=31", NULL);
        set = attributes_effective(attributes, path_object(3), &defaults);
        g_assert_cmpuint(set.set, ==, ATTRIBUTE_PMIN | ATTRIBUTE_PMAX);
        g_assert_cmpuint(set.pmax, ==, 31);

        attach(attributes, path_object(4), "pmax=0", NULL);
        g_assert_cmpuint(attributes_effective(attributes, path_object(4), &(AttributeSet){0}).set,
                         ==, 0);
}

static void test_forget(void)
{
        g_autoptr(Attributes) attributes = attributes_new();

        attach(attributes, path_object(3), "pmin=1", NULL);
        attach(attributes, path_instance(3, 0), "pmin=2", NULL);
        attach(attributes, path_resource(3, 0, 9), "pmin=3", NULL);
        attach(attributes, path_instance(3, 1), "pmin=4", NULL);
        attach(attributes, path_object(30), "pmin=5", NULL);

        attributes_forget(attributes, path_instance(3, 0));
        g_assert_cmpuint(attributes_attached(attributes, path_object(3)).pmin, ==, 1);
        g_assert_cmpuint(attributes_attached(attributes, path_instance(3, 0)).set, ==, 0);
        g_assert_cmpuint(attributes_attached(attributes, path_resource(3, 0, 9)).set, ==, 0);
        g_assert_cmpuint(attributes_attached(attributes, path_instance(3, 1)).pmin, ==, 4);

        attributes_forget(attributes, path_object(3));
        g_assert_cmpuint(attributes_attached(attributes, path_object(30)).pmin, ==, 5);
        attributes_forget(attributes, path_object(99));
        attributes_forget(attributes, path_root());
        g_assert_cmpuint(attributes_attached(attributes, path_object(30)).set, ==, 0);
}

static void test_limit(void)
{
        g_autoptr(Attributes) attributes = attributes_new();
        AttributeChange change = change_of("pmin=1", "pmax=2");

        for (int i = 0; i < ATTRIBUTES_MAX_PATHS; i++)
                attach(attributes, path_object((uint16_t) i), "pmin=1", NULL);
        g_assert_cmpint(attributes_change(attributes, path_object(60000), &change), ==, -ENOSPC);
        g_assert_cmpuint(attributes_attached(attributes, path_object(60000)).set, ==, 0);

        /* What is there can still change, and removing what is not there takes no room. */
        g_assert_cmpint(attributes_change(attributes, path_object(0), &change), ==, 0);
        change = change_of("pmin", NULL);
        g_assert_cmpint(attributes_change(attributes, path_object(60000), &change), ==, 0);
}

/* ---- Against a model that is too simple to be wrong ------------------------------ */

#define N_PATHS 31 /* a binary tree: root, 2 objects, 4 instances, 8 resources, 16 below them */

static Path path_of_node(int node)
{
        Path path = path_root();
        int bits[4], n = 0;

        for (int i = node + 1; i > 1; i /= 2)
                bits[n++] = i % 2;
        while (n > 0)
                path = path_child(path, (uint16_t) bits[--n]);
        return path;
}

static void change_random(Attributes *attributes, AttributeSet *nodes)
{
        int node = g_test_rand_int_range(1, N_PATHS);
        AttributeChange change = {0};
        uint32_t value = (uint32_t) g_test_rand_int_range(0, 50);

        switch (g_test_rand_int_range(0, 4)) {
        case 0:
                change = (AttributeChange){.add = {.set = ATTRIBUTE_PMIN, .pmin = value}};
                nodes[node].set |= ATTRIBUTE_PMIN;
                nodes[node].pmin = value;
                break;
        case 1:
                change = (AttributeChange){.add = {.set = ATTRIBUTE_PMAX, .pmax = value}};
                nodes[node].set |= ATTRIBUTE_PMAX;
                nodes[node].pmax = value;
                break;
        case 2:
                change.remove = ATTRIBUTE_PMIN;
                nodes[node].set &= ~(uint32_t) ATTRIBUTE_PMIN;
                break;
        default:
                change.remove = ATTRIBUTE_PMAX;
                nodes[node].set &= ~(uint32_t) ATTRIBUTE_PMAX;
                break;
        }
        g_assert_cmpint(attributes_change(attributes, path_of_node(node), &change), ==, 0);
}

/* The nearest node upwards that has the attribute; -1: none. */
static int nearest(const AttributeSet *nodes, int node, AttributeMask attribute)
{
        while (node > 0 && (nodes[node].set & attribute) == 0)
                node = (node + 1) / 2 - 1;
        return nodes[node].set & attribute ? node : -1;
}

static void test_inheritance(void)
{
        g_autoptr(Attributes) attributes = attributes_new();
        AttributeSet nodes[N_PATHS] = {0};
        const AttributeSet defaults = {.set = ATTRIBUTE_PMIN, .pmin = 7};

        for (int i = 0; i < 3000; i++) {
                int node = g_test_rand_int_range(0, N_PATHS);
                int from_pmin, from_pmax;
                uint32_t pmin, pmax;
                AttributeSet set;

                change_random(attributes, nodes);
                set = attributes_effective(attributes, path_of_node(node), &defaults);
                from_pmin = nearest(nodes, node, ATTRIBUTE_PMIN);
                from_pmax = nearest(nodes, node, ATTRIBUTE_PMAX);
                pmin = from_pmin < 0 ? defaults.pmin : nodes[from_pmin].pmin;
                pmax = from_pmax < 0 ? 0 : nodes[from_pmax].pmax;

                g_assert_true(set.set & ATTRIBUTE_PMIN);
                g_assert_cmpuint(set.pmin, ==, pmin);
                g_assert_cmpint((set.set & ATTRIBUTE_PMAX) != 0, ==, pmax > pmin);
                if (pmax > pmin)
                        g_assert_cmpuint(set.pmax, ==, pmax);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/model/attributes/parse", test_parse);
        g_test_add_func("/model/attributes/bad", test_bad);
        g_test_add_func("/model/attributes/twice", test_twice);
        g_test_add_func("/model/attributes/attached", test_attached);
        g_test_add_func("/model/attributes/numbers", test_numbers);
        g_test_add_func("/model/attributes/text", test_text);
        g_test_add_func("/model/attributes/rules", test_rules);
        g_test_add_func("/model/attributes/prune", test_prune);
        g_test_add_func("/model/attributes/pmax-below-pmin", test_pmax_below_pmin);
        g_test_add_func("/model/attributes/forget", test_forget);
        g_test_add_func("/model/attributes/limit", test_limit);
        g_test_add_func("/model/attributes/inheritance", test_inheritance);
        return g_test_run();
}
