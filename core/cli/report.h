/* How scores of pictures are shown: a table for people, a line of JSON for programs. */
#pragma once

#include "cli/encoder.h"

#include <clipwatch/classify.h>
#include <clipwatch/guard.h>

typedef struct {
    guint file_width; /* columns of the table, 0 to take what comes */
    guint label_width;
    gboolean has_sets; /* more than one set: each row names its own */
    guint top_k;
    CwCrop crop;
    const char *preprocess_digest;
    const CwPolicyInfo *policy; /* NULL: none */
} CwReport;

/* Appends the number with that many decimals, or "-" for what is none, and blanks up to width. */
void cw_report_pad_number(GString *text, double value, guint n_places, guint width);

/* Appends the names of the columns. */
void cw_report_write_head(const CwReport *report, GString *text);

/* Appends rows for the best top_k classes that may be told, without a line feed after the last;
 * where what was chosen is not told, a row that says by which rule. */
void cw_report_write_rows(const CwReport *report, const CwSample *sample,
                          const CwClassifier *classifier, const CwGuarded *guarded, GString *text);

/* Appends one object: "file", "time" (seconds, null for a still picture), of the best class
 * "label", "label_id", "probability", "cosine" and "verdict", null where it is not told, then what
 * an event says of scores and of their sources. top_k 0 lists all classes. */
void cw_report_write_json(const CwReport *report, const CwSample *sample,
                          const CwClassifier *classifier, const CwGuarded *guarded, GString *json);
