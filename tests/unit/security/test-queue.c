/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/queue.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

static void assert_next(Queue *queue, const char *expected)
{
        const uint8_t *data;
        size_t len;

        g_assert_true(queue_take(queue, &data, &len));
        g_assert_cmpmem(data, len, expected, strlen(expected));
}

static void test_order(void)
{
        Queue queue = {0};
        const uint8_t *data;
        size_t len;

        g_assert_true(queue_is_empty(&queue));
        g_assert_false(queue_take(&queue, &data, &len));
        g_assert_cmpint(queue_put(&queue, "one", 3), ==, 0);
        g_assert_cmpint(queue_put(&queue, NULL, 0), ==, 0);
        g_assert_cmpint(queue_put(&queue, "three", 5), ==, 0);
        assert_next(&queue, "one");
        assert_next(&queue, "");
        assert_next(&queue, "three");
        g_assert_true(queue_is_empty(&queue));
        queue_clear(&queue);
}

static void test_memory(void)
{
        Queue queue = {0};
        uint8_t *memory;

        g_assert_cmpint(queue_put(&queue, "secret", 6), ==, 0);
        memory = queue.data;
        for (int i = 0; i < 1000; i++) {
                queue_reset(&queue);
                g_assert_cmpint(memory[0], ==, 0);
                g_assert_cmpint(queue_put(&queue, "secret", 6), ==, 0);
        }
        g_assert_true(queue.data == memory);
        queue_clear(&queue);
}

static void test_limits(void)
{
        static const char large[QUEUE_MAX_OCTETS / 2 + 1];
        Queue queue = {0};

        for (int i = 0; i < QUEUE_MAX_ITEMS; i++)
                g_assert_cmpint(queue_put(&queue, "x", 1), ==, 0);
        g_assert_cmpint(queue_put(&queue, "x", 1), ==, -ENOBUFS);
        queue_reset(&queue);

        g_assert_cmpint(queue_put(&queue, "first", 5), ==, 0);
        g_assert_cmpint(queue_put(&queue, large, sizeof(large)), ==, 0);
        g_assert_cmpint(queue_put(&queue, large, sizeof(large)), ==, -ENOBUFS);
        assert_next(&queue, "first");
        queue_clear(&queue);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/security/queue/order", test_order);
        g_test_add_func("/security/queue/memory", test_memory);
        g_test_add_func("/security/queue/limits", test_limits);
        return g_test_run();
}
