/* Feeds every file of a corpus directory to the target it is linked with. */
#include "fuzz.h"

#include <glib.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc != 2)
        g_error("usage: %s CORPUS", argv[0]);
    g_autoptr(GDir) dir = g_dir_open(argv[1], 0, &error);
    if (!dir)
        g_error("%s", error->message);
    guint n = 0;
    const char *name;
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(argv[1], name, NULL);
        g_autofree char *data = NULL;
        gsize size;
        if (!g_file_get_contents(path, &data, &size, &error))
            g_error("%s", error->message);
        g_print("%s\n", name);
        LLVMFuzzerTestOneInput((const uint8_t *)data, size);
        n++;
    }
    if (n == 0)
        g_error("%s is empty", argv[1]);
    return EXIT_SUCCESS;
}
