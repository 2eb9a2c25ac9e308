/* The episodes of files: what `clipwatch classify --episodes` prints in place of decisions. */
#pragma once

#include "cli/report.h"

#include <clipwatch/event.h>

/* Belongs to one thread. */
typedef struct _CwFileEpisodes CwFileEpisodes;

/* classifiers: of CwClassifier. Both must outlive it. json: a line for each start and end, else a
 * table with a row for each episode that has ended. */
CwFileEpisodes *cw_file_episodes_new(const GPtrArray *classifiers, const GPtrArray *guards,
                                     const CwReport *report, gboolean json);
void cw_file_episodes_free(CwFileEpisodes *episodes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwFileEpisodes, cw_file_episodes_free)

/* Takes in the scores of a sample against the classifier of that index. A still picture has no
 * episodes. A sample of another file than the last ends what is open. FALSE when nobody reads. */
gboolean cw_file_episodes_add(CwFileEpisodes *episodes, guint classifier, const CwSample *sample,
                              const CwScores *scores);

/* Ends what is open. FALSE when nobody reads. */
gboolean cw_file_episodes_end(CwFileEpisodes *episodes);
