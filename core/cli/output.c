#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

gboolean
cw_output_bytes(const void *data, gsize length)
{
    if (fwrite(data, 1, length, stdout) == length && fflush(stdout) == 0)
        return TRUE;
    if (errno != EPIPE)
        g_printerr("clipwatch: standard output: %s\n", g_strerror(errno));
    return FALSE;
}

gboolean
cw_output_line(const char *text)
{
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    return cw_output_bytes(line, strlen(line));
}

guint
cw_output_width(const char *text)
{
    guint width = 0;
    while (*text) {
        const gunichar c = g_utf8_get_char_validated(text, -1);
        const gboolean is_valid = c != (gunichar)-1 && c != (gunichar)-2;
        if (!is_valid || !g_unichar_iszerowidth(c))
            width += is_valid && g_unichar_iswide(c) ? 2 : 1;
        text = is_valid ? g_utf8_next_char(text) : text + 1;
    }
    return width;
}

void
cw_output_pad(GString *line, const char *text, guint width)
{
    g_string_append(line, text);
    for (guint n = cw_output_width(text); n < width; n++)
        g_string_append_c(line, ' ');
}

gboolean
cw_output_is_terminal(int fd)
{
    return isatty(fd);
}
