/* The camera of camera.h as a program, for tests that are none in C and for trying things by hand:
 *
 *     rtsp-server [codec=h264|h265|jpeg|vp8] [width=N] [height=N] [rate=N] [gop=N] [pictures=N]
 * [clip=PATH]
 *
 * Prints its address and obeys the lines of its standard input until that closes:
 *
 *     restart [the words above]    stall    go       off    on    end    corrupt PER_MILLE resize
 * WIDTH HEIGHT
 */
#include "camera.h"

#include <gst/gst.h>
#include <stdio.h>
#include <string.h>

static guint
to_number(const char *text)
{
    guint64 number = 0;
    return text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT32, &number, NULL)
               ? (guint)number
               : 0;
}

/* The strings are the words' own. */
static void
read_picture(char **words, CameraPicture *picture)
{
    for (guint i = 0; words[i]; i++) {
        const char *equals = strchr(words[i], '=');
        const char *value = equals ? equals + 1 : "";
        if (g_str_has_prefix(words[i], "codec="))
            picture->codec = value;
        else if (g_str_has_prefix(words[i], "clip="))
            picture->clip = value;
        else if (g_str_has_prefix(words[i], "width="))
            picture->width = to_number(value);
        else if (g_str_has_prefix(words[i], "height="))
            picture->height = to_number(value);
        else if (g_str_has_prefix(words[i], "rate="))
            picture->rate = to_number(value);
        else if (g_str_has_prefix(words[i], "gop="))
            picture->gop = to_number(value);
        else if (g_str_has_prefix(words[i], "pictures="))
            picture->n_pictures = to_number(value);
        else
            g_printerr("what is '%s'?\n", words[i]);
    }
}

static void
obey(Camera *camera, char **words)
{
    const char *word = words[0] ? words[0] : "";
    const guint n = g_strv_length(words);
    if (g_str_equal(word, "restart")) {
        CameraPicture picture = {0};
        read_picture(words + 1, &picture);
        camera_restart(camera, n > 1 ? &picture : NULL);
    } else if (g_str_equal(word, "stall")) {
        camera_stall(camera, TRUE);
    } else if (g_str_equal(word, "go")) {
        camera_stall(camera, FALSE);
    } else if (g_str_equal(word, "off") || g_str_equal(word, "on")) {
        camera_switch(camera, g_str_equal(word, "on"));
    } else if (g_str_equal(word, "end")) {
        camera_end(camera);
    } else if (g_str_equal(word, "corrupt") && n == 2) {
        camera_corrupt(camera, to_number(words[1]));
    } else if (g_str_equal(word, "resize") && n == 3) {
        camera_resize(camera, to_number(words[1]), to_number(words[2]));
    } else {
        g_printerr("what is '%s'?\n", word);
    }
}

int
main(int argc, char **argv)
{
    char line[1024];
    CameraPicture picture = {0};
    gst_init(&argc, &argv);
    read_picture(argv + 1, &picture);
    g_autoptr(Camera) camera = camera_new(&picture);
    if (!camera) {
        g_printerr("no encoder for that is installed\n");
        return 1;
    }
    printf("%s\n", camera_get_uri(camera));
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        g_auto(GStrv) words = g_strsplit(g_strstrip(line), " ", -1);
        obey(camera, words);
    }
    return 0;
}
