#include "text/merges.h"

#include <string.h>

gboolean
cw_merge_split(char *line, const char **left, const char **right)
{
    char *space = strchr(line, ' ');
    if (!space || space == line || space[1] == '\0' || strchr(space + 1, ' '))
        return FALSE;
    *space = '\0';
    *left = line;
    *right = space + 1;
    return TRUE;
}

gboolean
cw_merges_parse(char *text, const char *source, guint max_merges, CwMergeFunc func, gpointer data,
                GError **error)
{
    guint n_merges = 0;
    char *next = NULL;
    guint number = 1;
    for (char *line = text; line && n_merges < max_merges; line = next, number++) {
        char *end = strchr(line, '\n');
        next = end ? end + 1 : NULL;
        if (end)
            *end = '\0';
        g_strchomp(line);
        const gboolean header = number == 1 && strstr(line, "#version");
        if (line[0] == '\0' || header)
            continue;
        const char *left, *right;
        const CwPlace place = {source, number};
        if (!cw_merge_split(line, &left, &right))
            return cw_vocabulary_fail(error, CW_ERROR_FORMAT, place,
                                      "a merge is two symbols with one space between them");
        if (!func(left, right, place, data, error))
            return FALSE;
        n_merges++;
    }
    return TRUE;
}
