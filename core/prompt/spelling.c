#include "prompt/spelling.h"

#include <string.h>

#define MAX_LENGTH 32
#define MAX_EDITS  2

/* Levenshtein's distance of two short words. */
static guint
count_edits(const char *a, const char *b)
{
    guint row[MAX_LENGTH + 1];
    const gsize n_a = strlen(a), n_b = strlen(b);
    if (n_a > MAX_LENGTH || n_b > MAX_LENGTH)
        return G_MAXUINT;
    for (guint j = 0; j <= n_b; j++)
        row[j] = j;
    for (guint i = 1; i <= n_a; i++) {
        guint diagonal = row[0];
        row[0] = i;
        for (guint j = 1; j <= n_b; j++) {
            const guint replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = MIN(MIN(row[j], row[j - 1]) + 1, replaced);
        }
    }
    return row[n_b];
}

const char *
cw_spelling_nearest(const char *text, const char *const *words)
{
    const char *nearest = NULL;
    guint fewest = (guint)MIN(MAX_EDITS, strlen(text) / 2) + 1;
    for (; *words; words++) {
        const guint edits = count_edits(text, *words);
        if (edits < fewest) {
            fewest = edits;
            nearest = *words;
        }
    }
    return nearest;
}
