/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* In place of libFuzzer: gives the fuzzer every file of the directories named, and nothing at all
 * once. */

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void run_file(const char *path)
{
        g_autofree char *data = NULL;
        g_autofree uint8_t *exact = NULL;
        gsize len;

        if (!g_file_get_contents(path, &data, &len, NULL)) {
                fprintf(stderr, "cannot read %s\n", path);
                exit(EXIT_FAILURE);
        }

        /* GLib puts a NUL behind: without it, reading too far shows. */
        exact = g_memdup2(data, len);
        LLVMFuzzerTestOneInput(exact, len);
}

static unsigned run_directory(const char *path)
{
        g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
        const char *name;
        unsigned n = 0;

        if (!directory) {
                fprintf(stderr, "cannot open %s\n", path);
                exit(EXIT_FAILURE);
        }

        while ((name = g_dir_read_name(directory))) {
                g_autofree char *file = g_build_filename(path, name, NULL);

                run_file(file);
                n++;
        }
        return n;
}

int main(int argc, char **argv)
{
        unsigned n = 0;

        LLVMFuzzerTestOneInput(NULL, 0);
        for (int i = 1; i < argc; i++)
                n += run_directory(argv[i]);

        printf("%u files\n", n);
        return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
