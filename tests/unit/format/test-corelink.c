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

static void attach(Attributes *attributes, Path path, const char *query)
{
        g_auto(GStrv) each = g_strsplit(query, "&", -1);
        AttributeChange change = {0};

        for (size_t i = 0; each[i]; i++)
                g_assert_cmpint(attribute_change_parse(&change, each[i], strlen(each[i])), ==, 0);
        g_assert_cmpint(attributes_change(attributes, path, &change), ==, 0);
}

static void assert_discovery(Object *object, Path path, int depth, const Attributes *attributes,
                             const char *version, const char *expected)
{
        Discovery discovery = {path, depth, attributes, version};
        ByteWriter writer = byte_writer_growing(4096);

        g_assert_cmpint(corelink_write_discovery(object, &discovery, &writer), ==, 0);
        g_assert_cmpmem(writer.data, writer.len, expected, strlen(expected));
        byte_writer_clear(&writer);
}

/* As the examples of Core 1.1.1, 6.3.2: attributes where they are attached, and of a resource that
 * is asked for also those it inherits. */
static void test_discovery(void)
{
        g_autoptr(MemoryObject) memory = memory_object_new(&memory_definition);
        g_autoptr(Attributes) attributes = attributes_new();
        Object *object = &memory->object;
        char small[20];
        ByteWriter full = byte_writer(small, sizeof(small));
        Discovery discovery = {path_object(4242), -1, attributes, "1.1"};

        assert_discovery(object, path_object(4242), -1, attributes, "1.1", "</4242>;ver=2.1");
        memory_object_set(memory, path_resource(4242, 0, 1), value_integer(5));
        memory_object_set(memory, path_resource_instance(4242, 0, 12, 3), value_integer(5));
        memory_object_set(memory, path_resource_instance(4242, 0, 12, 7), value_integer(6));
        memory_object_set(memory, path_resource(4242, 0, 13), (Value){.type = VALUE_NONE});
        memory_object_add_instance(memory, 2);
        attach(attributes, path_object(4242), "pmin=10&pmax=60");
        attach(attributes, path_instance(4242, 0), "pmax=320");
        attach(attributes, path_resource(4242, 0, 12), "gt=50&lt=42.2&st=2");
        attach(attributes, path_resource_instance(4242, 0, 12, 7), "pmax=100&epmin=1&epmax=20");

        assert_discovery(object, path_object(4242), -1, attributes, "1.1",
                         "</4242>;ver=2.1;pmin=10;pmax=60,</4242/0>;pmax=320,</4242/0/1>,"
                         "</4242/0/12>;dim=2;gt=50;lt=42.2;st=2,</4242/0/13>;dim=0,</4242/2>");
        assert_discovery(object, path_instance(4242, 0), -1, attributes, "1.1",
                         "</4242/0>;pmax=320,</4242/0/1>,</4242/0/12>;dim=2;gt=50;lt=42.2;st=2,"
                         "</4242/0/13>;dim=0");
        assert_discovery(object, path_resource(4242, 0, 12), -1, attributes, "1.1",
                         "</4242/0/12>;dim=2;pmin=10;pmax=320;gt=50;lt=42.2;st=2,"
                         "</4242/0/12/3>,</4242/0/12/7>;pmax=100;epmin=1;epmax=20");
        assert_discovery(object, path_resource(4242, 0, 12), -1, attributes, "1.0",
                         "</4242/0/12>;dim=2;pmin=10;pmax=320;gt=50;lt=42.2;st=2");
        assert_discovery(object, path_instance(4242, 0), 2, attributes, "1.1",
                         "</4242/0>;pmax=320,</4242/0/1>,</4242/0/12>;dim=2;gt=50;lt=42.2;st=2,"
                         "</4242/0/12/3>,</4242/0/12/7>;pmax=100;epmin=1;epmax=20,"
                         "</4242/0/13>;dim=0");
        assert_discovery(object, path_object(4242), 1, attributes, "1.1",
                         "</4242>;ver=2.1;pmin=10;pmax=60,</4242/0>;pmax=320,</4242/2>");
        g_assert_cmpint(corelink_write_discovery(object, &discovery, &full), ==, -EMSGSIZE);
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
        g_test_add_func("/format/corelink/discovery", test_discovery);
        g_test_add_func("/format/corelink/next", test_next);
        g_test_add_func("/format/corelink/bad", test_bad);
        return g_test_run();
}
