/* Pictures and clips whose labels are known. */
#pragma once

#include <clipwatch/error.h>

typedef struct {
    char *label;
    double start, end; /* seconds; -INFINITY and INFINITY for a whole file */
} CwLabelSpan;

typedef struct {
    char *file;
    GArray *spans; /* of CwLabelSpan */
} CwLabelledFile;

/* Appends CwLabelledFile to files, which frees them. source: a JSON file, [{"file": …, "events":
 * [{"label": …, "intervals": [[start, end], …]}, …]}, …] with files beside it; or a directory with
 * a directory of pictures and videos for each label. */
gboolean cw_labels_read(const char *source, GPtrArray *files, GError **error);

void cw_labelled_file_free(gpointer file);

/* Whether the label holds at that time (NAN: a still picture). label NULL: whether any does. */
gboolean cw_labelled_file_holds(const CwLabelledFile *file, const char *label, double time);
