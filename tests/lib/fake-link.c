/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-link.h"

#include "link/link-impl.h"

typedef struct FakeLink {
        Link link;   /* first */
        GQueue sent; /* of GBytes */
        int error;
        Link **place; /* NULL, or cleared when it goes */
} FakeLink;

static FakeLink *fake_link(Link *link)
{
        return (FakeLink *) link;
}

static int fake_send(Link *link, const void *data, size_t len)
{
        FakeLink *fake = fake_link(link);

        if (fake->error < 0)
                return fake->error;
        g_assert_cmpuint(g_queue_get_length(&fake->sent), <, FAKE_LINK_MAX_QUEUE);
        g_queue_push_tail(&fake->sent, g_bytes_new(data, len));
        return 0;
}

static void fake_close(Link *link)
{
        fake_link_drop(link);
}

static void fake_free(Link *link)
{
        FakeLink *fake = fake_link(link);

        if (fake->place && *fake->place == link)
                *fake->place = NULL;
        g_free(fake);
}

static const LinkOps fake_link_ops = {
        .send = fake_send,
        .close = fake_close,
        .free = fake_free,
};

Link *fake_link_new(void)
{
        FakeLink *fake = g_new0(FakeLink, 1);

        g_queue_init(&fake->sent);
        link_init(&fake->link, &fake_link_ops, 1232, g_strdup("fake"));
        return &fake->link;
}

void fake_link_put(Link *link, Link **place)
{
        fake_link(link)->place = place;
        *place = link;
}

GBytes *fake_link_take(Link *link)
{
        return g_queue_pop_head(&fake_link(link)->sent);
}

unsigned fake_link_pending(Link *link)
{
        return g_queue_get_length(&fake_link(link)->sent);
}

void fake_link_drop(Link *link)
{
        g_queue_clear_full(&fake_link(link)->sent, (GDestroyNotify) g_bytes_unref);
}

bool fake_link_inject(Link *link, const void *data, size_t len)
{
        /* A copy of exactly its size, so that the sanitizer sees what reads beyond it. */
        g_autofree uint8_t *copy = g_memdup2(data, len);

        return link_deliver(link, copy, len);
}

bool fake_link_inject_error(Link *link, int error)
{
        return link_deliver_error(link, error);
}

void fake_link_fail(Link *link, int error)
{
        fake_link(link)->error = error;
}

void fake_link_set_mtu(Link *link, uint16_t mtu)
{
        link->mtu = mtu;
}
