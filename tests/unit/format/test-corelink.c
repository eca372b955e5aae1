/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "format/corelink.h"
#include "memory-object.h"

static void assert_objects(const Tree *tree, const char *version, const char *root,
                           const char *expected)
{
        ByteWriter writer = byte_writer_growing(1024);

        g_assert_cmpint(corelink_write_objects(tree, version, root, &writer), ==, 0);
        g_assert_cmpmem(writer.data, writer.len, expected, strlen(expected));
        byte_writer_clear(&writer);
}

static void test_objects(void)
{
        static const ObjectDefinition hidden21 = {.id = 21, .version = "1.1"};
        static const ObjectDefinition hidden23 = {.id = 23, .version = "1.0"};
        static const ObjectDefinition plain = {.id = 16, .version = "1.0"};
        g_autoptr(MemoryObject) security = memory_object_new(definition_find_core(0));
        g_autoptr(MemoryObject) server = memory_object_new(definition_find_core(1));
        g_autoptr(MemoryObject) device = memory_object_new(definition_find_core(3));
        g_autoptr(MemoryObject) empty = memory_object_new(&plain);
        g_autoptr(MemoryObject) oscore = memory_object_new(&hidden21);
        g_autoptr(MemoryObject) cose = memory_object_new(&hidden23);
        g_autoptr(MemoryObject) memory = memory_object_new(&memory_definition);
        MemoryObject *all[] = {security, server, device, empty, oscore, cose, memory};
        g_autoptr(Tree) tree = tree_new();

        assert_objects(tree, "1.1", NULL, "");
        for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
                g_assert_cmpint(tree_add(tree, &all[i]->object), ==, 0);
                if (all[i] != empty)
                        memory_object_add_instance(all[i], 0);
        }
        memory_object_add_instance(memory, 65534);

        assert_objects(tree, "1.1", NULL,
                       "</1/0>,</3/0>,</16>,</4242>;ver=2.1,</4242/0>,</4242/65534>");
        assert_objects(tree, "1.1", "</>;rt=\"oma.lwm2m\";ct=11542",
                       "</>;rt=\"oma.lwm2m\";ct=11542,</1/0>,</3/0>,</16>,</4242>;ver=2.1,"
                       "</4242/0>,</4242/65534>");
        assert_objects(tree, "1.0", NULL,
                       "</1>;ver=1.1,</1/0>,</3>;ver=1.1,</3/0>,</16>,"
                       "</4242>;ver=2.1,</4242/0>,</4242/65534>");
}

/* A list that begins in the middle of a buffer begins without a comma. */
static void test_start(void)
{
        g_autoptr(MemoryObject) device = memory_object_new(definition_find_core(3));
        g_autoptr(Tree) tree = tree_new();
        char text[16];
        ByteWriter writer = byte_writer(text, sizeof(text));

        tree_add(tree, &device->object);
        memory_object_add_instance(device, 0);
        byte_writer_text(&writer, "x=");
        g_assert_cmpint(corelink_write_objects(tree, "1.1", NULL, &writer), ==, 0);
        g_assert_cmpmem(writer.data, writer.len, "x=</3/0>", 8);
        g_assert_cmpint(corelink_write_objects(tree, "1.1", "</long root>", &writer), ==,
                        -EMSGSIZE);
}

/* "target|attributes " of each link. */
static int read_all(const char *text, GString *ret)
{
        ByteReader reader = byte_reader(text, strlen(text));
        CoreLink link;
        int r;

        g_string_truncate(ret, 0);
        while ((r = corelink_next(&reader, &link)) > 0) {
                g_string_append_len(ret, link.target, (gssize) link.target_len);
                g_string_append_c(ret, '|');
                g_string_append_len(ret, link.attributes, (gssize) link.attributes_len);
                g_string_append_c(ret, ' ');
        }
        return r;
}

static void test_next(void)
{
        g_autoptr(GString) links = g_string_new("");

        g_assert_cmpint(read_all("", links), ==, 0);
        g_assert_cmpstr(links->str, ==, "");
        g_assert_cmpint(read_all("</>;rt=\"oma.lwm2m\";ct=\"110 112\",</1/0>,</10>;ver=1.1", links),
                        ==, 0);
        g_assert_cmpstr(links->str, ==, "/|rt=\"oma.lwm2m\";ct=\"110 112\" /1/0| /10|ver=1.1 ");
        g_assert_cmpint(read_all("</a>;title=\"one, \\\" two; three\";x,</b>", links), ==, 0);
        g_assert_cmpstr(links->str, ==, "/a|title=\"one, \\\" two; three\";x /b| ");
        g_assert_cmpint(read_all("<>,</a,b>", links), ==, 0);
        g_assert_cmpstr(links->str, ==, "| /a,b| ");
}

static void test_bad(void)
{
        static const char *const texts[] = {
                "/3/0",     "<",     "</3",   "</3>,",      ",</3>",      "</3>,,</4>",
                "</3></4>", "</3>x", "</3>;", "</3>;,</4>", "</3>;a=\"b", "</3>;a=\"b\\\"",
                " </3>",
        };
        g_autoptr(GString) links = g_string_new("");

        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
                ByteReader reader = byte_reader(texts[i], strlen(texts[i]));
                CoreLink link = {.target = "mine"};

                g_assert_cmpint(read_all(texts[i], links), ==, -EBADMSG);
                if (corelink_next(&reader, &link) < 0) {
                        g_assert_cmpuint(reader.pos, ==, 0);
                        g_assert_cmpstr(link.target, ==, "mine");
                }
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/format/corelink/objects", test_objects);
        g_test_add_func("/format/corelink/start", test_start);
        g_test_add_func("/format/corelink/next", test_next);
        g_test_add_func("/format/corelink/bad", test_bad);
        return g_test_run();
}
