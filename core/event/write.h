/* The parts of an event that other JSON lines about scores share: the same names, order and number
 * format. Each appends members to an object that is open. */
#pragma once

#include <clipwatch/event.h>

void cw_event_write_text(GString *json, const char *key, const char *text);

/* null where there is none. */
void cw_event_write_text_or_null(GString *json, const char *key, const char *text);

/* Six decimals; null for what is no number. */
void cw_event_write_number(GString *json, const char *key, double value);

/* RFC 3339 in UTC with microseconds. Writes null and returns FALSE for CW_TIME_NONE and for a time
 * beyond the years that RFC 3339 can write. */
gboolean cw_event_write_capture(GString *json, const char *key, gint64 time_us);

/* "none", "ntp", "pipeline-clock". Static. */
const char *cw_event_capture_source_to_string(CwCaptureSource source);

/* "below", "background", "chosen" and the like. Static. */
const char *cw_event_verdict_to_string(CwVerdict verdict);

/* "action", "rule", "why". */
void cw_event_write_action(GString *json, const CwGuardAction *action);

/* "set", "scoring", "decision", "margin", "classes": the best top_k, 0 for all, and every chosen
 * one. guarded: NULL for none. */
void cw_event_write_scores(GString *json, const CwPromptSet *set, const CwScores *scores,
                           const CwGuarded *guarded, guint top_k);

/* "model", "prompts", "preprocess", "policy": what the scores and what is told of them depend on,
 * with digests. zones_digest, policy: NULL for none. */
void cw_event_write_sources(GString *json, const CwClassifier *classifier, CwCrop crop,
                            const char *preprocess_digest, const char *zones_digest,
                            const CwPolicyInfo *policy);
