/* Merge lists as text: one "left right" a line. */
#pragma once

#include "text/vocabulary.h"

/* Called for each merge in order. */
typedef gboolean (*CwMergeFunc)(const char *left, const char *right, CwPlace place, gpointer data,
                                GError **error);

/* Calls func for at most max_merges merges of a text, after its first line if that is a header. The
 * text is cut into lines in place. */
gboolean cw_merges_parse(char *text, const char *source, guint max_merges, CwMergeFunc func,
                         gpointer data, GError **error);

/* Splits "left right"; FALSE when it is not two words. line is cut in place. */
gboolean cw_merge_split(char *line, const char **left, const char **right);
