/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/identity-mac.h"

#include <glib.h>
#include <net/if_arp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "host/identity-files.h"

/* The kernel's NET_ADDR_PERM, in addr_assign_type. */
#define ADDRESS_PERMANENT 0

/* A number in an interface's directory; -1 where there is none. */
static gint64 interface_number(const char *directory, const char *name)
{
        g_autofree char *text = identity_file(directory, name);
        char *end;
        gint64 value;

        if (!text)
                return -1;
        value = g_ascii_strtoll(text, &end, 10);
        return end == text || value < 0 ? -1 : value;
}

/* Twelve digits, or NULL where the address does not name the hardware. */
static char *interface_mac(const char *directory)
{
        g_autofree char *device = g_strconcat(directory, "/device", NULL);
        g_autofree char *text = identity_file(directory, "/address");
        unsigned a[6];
        int end = 0;

        /* Bridges, tunnels and the like have no device, and borrow or invent their address. */
        if (!text || !g_file_test(device, G_FILE_TEST_EXISTS) ||
            interface_number(directory, "/type") != ARPHRD_ETHER ||
            interface_number(directory, "/addr_assign_type") != ADDRESS_PERMANENT)
                return NULL;
        if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &a[0], &a[1], &a[2], &a[3], &a[4], &a[5],
                   &end) != 6 ||
            (text[end] != '\0' && text[end] != '\n'))
                return NULL;

        /* IEEE 802, 8.2.2: bit 0 is group, bit 1 locally administered. */
        if ((a[0] & 3) != 0 || (a[0] | a[1] | a[2] | a[3] | a[4] | a[5]) == 0)
                return NULL;
        return g_strdup_printf("%02x%02x%02x%02x%02x%02x", a[0], a[1], a[2], a[3], a[4], a[5]);
}

char *identity_find_mac(const char *root)
{
        g_autofree char *base = g_strconcat(root, "/sys/class/net", NULL);
        g_autoptr(GDir) dir = g_dir_open(base, 0, NULL);
        g_autofree char *best = NULL;
        gint64 best_index = G_MAXINT64;
        const char *name;

        while (dir && (name = g_dir_read_name(dir))) {
                g_autofree char *directory = g_build_filename(base, name, NULL);
                g_autofree char *mac = interface_mac(directory);
                gint64 index = interface_number(directory, "/ifindex");

                if (!mac || index < 0 || index >= best_index)
                        continue;
                best_index = index;
                g_free(best);
                best = g_steal_pointer(&mac);
        }
        return best ? g_steal_pointer(&best) : g_strdup("");
}
