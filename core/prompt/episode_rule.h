/* The attributes of a class that say when its episodes begin and end. */
#pragma once

#include "prompt/set.h"

/* What holds where a file says nothing: two of three decisions, no dwell, no cooldown, gaps of ten
 * seconds; enter and leave not named. */
CwEpisodeRule cw_episode_rule_default(void);

/* Whether the file names anything of it: as cw_episode_rule_default() or not. */
gboolean cw_episode_rule_is_default(const CwEpisodeRule *rule);

/* The bounds of a score of that kind. */
double cw_prompt_least_score(CwThresholdKind kind);
double cw_prompt_greatest_score(CwThresholdKind kind);

/* Reads one of enter, leave, dwell, cooldown, gap, evidence into the draft's rule. */
gboolean cw_prompt_read_episode_attribute(const char *key, const char *value, CwClassDraft *draft,
                                          const char *file, GError **error);

/* Holds enter and leave against the kind of score that they turned out to be of, and fills kind in.
 * Called when all attributes are read. */
gboolean cw_prompt_check_episode_rule(CwScoring scoring, CwClassDraft *draft, const char *file,
                                      GError **error);
