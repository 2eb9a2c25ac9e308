#include "cli/report.h"
#include "cli/output.h"
#include "base/json_write.h"
#include "event/write.h"

#include <math.h>

enum { TIME_WIDTH = 10, NUMBER_WIDTH = 9, SET_WIDTH = 14 };

void
cw_report_write_head(const CwReport *report, GString *text)
{
    cw_output_pad(text, "FILE", report->file_width + 2);
    cw_output_pad(text, "TIME", TIME_WIDTH);
    if (report->has_sets)
        cw_output_pad(text, "SET", SET_WIDTH);
    cw_output_pad(text, "LABEL", report->label_width + 2);
    cw_output_pad(text, "PROB", NUMBER_WIDTH);
    cw_output_pad(text, "COSINE", NUMBER_WIDTH);
    cw_output_pad(text, "MARGIN", NUMBER_WIDTH);
    g_string_append(text, "VERDICT");
}

void
cw_report_pad_number(GString *text, double value, guint n_places, guint width)
{
    g_autoptr(GString) number = g_string_new(NULL);
    if (isfinite(value))
        cw_json_write_decimal(number, value, n_places);
    else
        g_string_assign(number, "-");
    cw_output_pad(text, number->str, width);
}

void
cw_report_write_rows(const CwReport *report, const CwSample *sample, const CwClassifier *classifier,
                     const CwScores *scores, GString *text)
{
    const CwPromptSet *set = cw_classifier_get_set(classifier);
    const guint n = CLAMP(report->top_k, 1, scores->n_scores);
    for (guint i = 0; i < n; i++) {
        const CwScore *score = &scores->scores[i];
        g_string_append(text, i > 0 ? "\n" : "");
        cw_output_pad(text, sample->file, report->file_width);
        g_string_append(text, "  ");
        cw_report_pad_number(text, sample->time, 2, TIME_WIDTH);
        if (report->has_sets)
            cw_output_pad(text, set->name, SET_WIDTH);
        cw_output_pad(text, set->classes[score->class_index].label, report->label_width + 2);
        cw_report_pad_number(text, score->probability, 3, NUMBER_WIDTH);
        cw_report_pad_number(text, score->cosine, 3, NUMBER_WIDTH);
        cw_report_pad_number(text, i == 0 ? scores->margin : NAN, 3, NUMBER_WIDTH);
        g_string_append(text, cw_event_verdict_to_string(score->verdict));
    }
}

void
cw_report_write_json(const CwReport *report, const CwSample *sample, const CwClassifier *classifier,
                     const CwScores *scores, GString *json)
{
    const CwPromptSet *set = cw_classifier_get_set(classifier);
    const CwScore *best = &scores->scores[0];
    g_string_append_c(json, '{');
    cw_event_write_text(json, "file", sample->file);
    cw_event_write_number(json, "time", sample->time);
    cw_event_write_text(json, "label", set->classes[best->class_index].label);
    cw_event_write_text(json, "label_id", set->classes[best->class_index].id);
    cw_event_write_number(json, "probability", best->probability);
    cw_event_write_number(json, "cosine", best->cosine);
    cw_event_write_text(json, "verdict", cw_event_verdict_to_string(best->verdict));
    cw_event_write_scores(json, set, scores, report->top_k);
    cw_event_write_sources(json, classifier, report->crop, report->preprocess_digest, NULL,
                           report->policy);
    g_string_append_c(json, '}');
}
