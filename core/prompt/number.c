#include "prompt/number.h"

#include <math.h>
#include <string.h>

gboolean
cw_prompt_parse_number(const char *text, const char **rest, double *number)
{
    char *end;
    const double value = g_ascii_strtod(text, &end);
    const gboolean decimal = strspn(text, "+-.0123456789eE") >= (gsize)(end - text);
    if (end == text || !decimal || !isfinite(value) || (!rest && *end != '\0'))
        return FALSE;
    if (rest)
        *rest = end;
    *number = value;
    return TRUE;
}
