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

/* The columns before the label. */
static void
begin_row(const CwReport *report, const CwSample *sample, const CwPromptSet *set, GString *text)
{
    cw_output_pad(text, sample->file, report->file_width);
    g_string_append(text, "  ");
    cw_report_pad_number(text, sample->time, 2, TIME_WIDTH);
    if (report->has_sets)
        cw_output_pad(text, set->name, SET_WIDTH);
}

/* score NULL: of a class that is not told. */
static void
write_figures(const CwReport *report, const char *label, const CwScore *score, double margin,
              GString *text)
{
    cw_output_pad(text, label, report->label_width + 2);
    cw_report_pad_number(text, score ? (double)score->probability : NAN, 3, NUMBER_WIDTH);
    cw_report_pad_number(text, score ? (double)score->cosine : NAN, 3, NUMBER_WIDTH);
    cw_report_pad_number(text, margin, 3, NUMBER_WIDTH);
}

/* The rule that did something to the class; NULL: none did. */
static const char *
find_rule(const CwGuarded *guarded, guint class_index)
{
    for (guint i = 0; i < guarded->n_actions; i++)
        if (guarded->actions[i].told_as == class_index &&
            guarded->actions[i].action != CW_ACTION_SUPPRESS)
            return guarded->actions[i].rule;
    return NULL;
}

static void
write_suppressed(const CwReport *report, const CwGuarded *guarded, GString *text)
{
    write_figures(report, "-", NULL, NAN, text);
    g_string_append_printf(text, "%s (%s)", cw_event_verdict_to_string(CW_VERDICT_SUPPRESSED),
                           guarded->actions[0].rule);
}

void
cw_report_write_rows(const CwReport *report, const CwSample *sample, const CwClassifier *classifier,
                     const CwGuarded *guarded, GString *text)
{
    const CwPromptSet *set = cw_classifier_get_set(classifier);
    const CwScores *scores = guarded->told;
    const guint n = MAX(report->top_k, 1);
    const gboolean is_suppressed = cw_decision_judge(scores, guarded) == CW_VERDICT_SUPPRESSED;
    if (is_suppressed) {
        begin_row(report, sample, set, text);
        write_suppressed(report, guarded, text);
    }
    for (guint i = 0; i < MIN(n - is_suppressed, scores->n_scores); i++) {
        const CwScore *score = &scores->scores[i];
        const char *rule = find_rule(guarded, score->class_index);
        g_string_append(text, i > 0 || is_suppressed ? "\n" : "");
        begin_row(report, sample, set, text);
        write_figures(report, set->classes[score->class_index].label, score,
                      i == 0 ? (double)scores->margin : NAN, text);
        g_string_append(text, cw_event_verdict_to_string(score->verdict));
        if (rule)
            g_string_append_printf(text, " (%s)", rule);
    }
}

void
cw_report_write_json(const CwReport *report, const CwSample *sample, const CwClassifier *classifier,
                     const CwGuarded *guarded, GString *json)
{
    const CwPromptSet *set = cw_classifier_get_set(classifier);
    const CwScores *scores = guarded->told;
    const CwVerdict verdict = cw_decision_judge(scores, guarded);
    const CwScore *best =
        verdict == CW_VERDICT_SUPPRESSED || scores->n_scores == 0 ? NULL : &scores->scores[0];
    const CwPromptClass *class = best ? &set->classes[best->class_index] : NULL;
    g_string_append_c(json, '{');
    cw_event_write_text(json, "file", sample->file);
    cw_event_write_number(json, "time", sample->time);
    cw_event_write_text_or_null(json, "label", class ? class->label : NULL);
    cw_event_write_text_or_null(json, "label_id", class ? class->id : NULL);
    cw_event_write_number(json, "probability", best ? (double)best->probability : NAN);
    cw_event_write_number(json, "cosine", best ? (double)best->cosine : NAN);
    cw_event_write_text(json, "verdict",
                        cw_event_verdict_to_string(best ? best->verdict : verdict));
    cw_event_write_scores(json, set, scores, guarded, report->top_k);
    cw_event_write_sources(json, classifier, report->crop, report->preprocess_digest, NULL,
                           report->policy);
    g_string_append_c(json, '}');
}
