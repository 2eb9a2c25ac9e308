#include "text/byte_alphabet.h"

static gboolean
is_printable(guint byte)
{
    return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

gunichar
cw_byte_to_char(guint8 byte)
{
    gunichar c = 256;
    if (is_printable(byte))
        return byte;
    for (guint b = 0; b < byte; b++)
        c += !is_printable(b);
    return c;
}

int
cw_char_to_byte(gunichar c)
{
    if (c < 256)
        return is_printable(c) ? (int)c : -1;
    for (guint b = 0; b < 256; b++)
        if (!is_printable(b) && cw_byte_to_char((guint8)b) == c)
            return (int)b;
    return -1;
}

guint8
cw_byte_by_rank(guint rank)
{
    for (guint printable = 1;; printable--)
        for (guint b = 0; b < 256; b++)
            if (is_printable(b) == (gboolean)printable && rank-- == 0)
                return (guint8)b;
}
