/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/change.h"

typedef struct Ear {
        Changes *changes;
        unsigned handle;
        GString *heard; /* "/3/0/13=1@101 " */
        bool leaves;    /* when it hears something */
        bool posts;     /* once, likewise */
} Ear;

static void ear_on_change(Path path, ChangeKind kind, Origin origin, void *user)
{
        Ear *ear = user;
        char text[PATH_TEXT_SIZE];

        g_string_append_printf(ear->heard, "%s=%d@%u ", path_to_text(path, text), (int) kind,
                               origin);
        if (ear->leaves)
                changes_unlisten(ear->changes, ear->handle);
        if (ear->posts) {
                ear->posts = false;
                change_post(ear->changes, path_object(99), CHANGE_VALUE, ORIGIN_LOCAL);
        }
}

static void ear_init(Ear *ear, Changes *changes)
{
        *ear = (Ear){.changes = changes, .heard = g_string_new("")};
        ear->handle = changes_listen(changes, ear_on_change, ear);
}

static void assert_heard(Ear *ear, const char *expected)
{
        g_assert_cmpstr(ear->heard->str, ==, expected);
        g_string_truncate(ear->heard, 0);
}

static void ear_clear(Ear *ear)
{
        g_string_free(ear->heard, TRUE);
}

static void test_coalesced(void)
{
        g_autoptr(Clock) clock = clock_new_manual(0, 0);
        g_autoptr(Changes) changes = changes_new(clock);
        Ear ear;

        ear_init(&ear, changes);
        change_post(changes, path_resource(3, 0, 13), CHANGE_VALUE, ORIGIN_LOCAL);
        change_post(changes, path_resource(3, 0, 9), CHANGE_VALUE, ORIGIN_LOCAL);
        change_post(changes, path_resource(3, 0, 13), CHANGE_VALUE, 101);
        change_post(changes, path_object(3), CHANGE_INSTANCES, ORIGIN_LOCAL);
        assert_heard(&ear, ""); /* never at once */

        clock_advance(clock, 0);
        assert_heard(&ear, "/3/0/13=1@101 /3/0/9=1@0 /3=2@0 ");
        clock_advance(clock, 0);
        assert_heard(&ear, "");
        ear_clear(&ear);
}

static void test_leaving(void)
{
        g_autoptr(Clock) clock = clock_new_manual(0, 0);
        g_autoptr(Changes) changes = changes_new(clock);
        Ear first, second, third;

        ear_init(&first, changes);
        ear_init(&second, changes);
        ear_init(&third, changes);
        first.leaves = true;
        change_post(changes, path_object(1), CHANGE_VALUE, 0);
        change_post(changes, path_object(2), CHANGE_VALUE, 0);
        clock_advance(clock, 0);
        assert_heard(&first, "/1=1@0 ");
        assert_heard(&second, "/1=1@0 /2=1@0 ");
        assert_heard(&third, "/1=1@0 /2=1@0 ");

        changes_unlisten(changes, second.handle);
        change_post(changes, path_object(1), CHANGE_VALUE, 0);
        clock_advance(clock, 0);
        assert_heard(&second, "");
        ear_clear(&first);
        ear_clear(&second);
        ear_clear(&third);
}

/* What a listener posts comes after what is being told. */
static void test_posting(void)
{
        g_autoptr(Clock) clock = clock_new_manual(0, 0);
        g_autoptr(Changes) changes = changes_new(clock);
        Ear first, second;

        ear_init(&first, changes);
        ear_init(&second, changes);
        first.posts = true;
        change_post(changes, path_object(1), CHANGE_VALUE, 0);
        change_post(changes, path_object(2), CHANGE_VALUE, 0);
        clock_advance(clock, 0);
        assert_heard(&second, "/1=1@0 /2=1@0 /99=1@0 ");
        ear_clear(&first);
        ear_clear(&second);
}

static void test_everything(void)
{
        g_autoptr(Clock) clock = clock_new_manual(0, 0);
        g_autoptr(Changes) changes = changes_new(clock);
        Ear ear;

        ear_init(&ear, changes);
        for (int i = 0; i < CHANGE_MAX_PENDING; i++)
                change_post(changes, path_resource(3, 0, (uint16_t) i), CHANGE_VALUE, 0);
        change_post(changes, path_resource(3, 0, 0), CHANGE_VALUE, 7); /* is among them */
        clock_advance(clock, 0);
        g_assert_true(g_str_has_prefix(ear.heard->str, "/3/0/0=1@7 /3/0/1=1@0 "));
        g_string_truncate(ear.heard, 0);

        for (int i = 0; i < CHANGE_MAX_PENDING + 100; i++)
                change_post(changes, path_resource(3, 0, (uint16_t) i), CHANGE_VALUE, 0);
        clock_advance(clock, 0);
        assert_heard(&ear, "/=2@0 /=1@0 ");

        change_post(changes, path_object(1), CHANGE_VALUE, 0);
        clock_advance(clock, 0);
        assert_heard(&ear, "/1=1@0 ");
        ear_clear(&ear);
}

static void test_pending_at_end(void)
{
        g_autoptr(Clock) clock = clock_new_manual(0, 0);
        Changes *changes = changes_new(clock);
        Ear ear;

        ear_init(&ear, changes);
        change_post(changes, path_object(1), CHANGE_VALUE, 0);
        changes_free(changes);
        clock_advance(clock, 1);
        assert_heard(&ear, "");
        ear_clear(&ear);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/model/change/coalesced", test_coalesced);
        g_test_add_func("/model/change/leaving", test_leaving);
        g_test_add_func("/model/change/posting", test_posting);
        g_test_add_func("/model/change/everything", test_everything);
        g_test_add_func("/model/change/pending-at-end", test_pending_at_end);
        return g_test_run();
}
