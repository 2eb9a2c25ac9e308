/* What the frames of a clip say of the classes: which never win, always win or swap. */
#pragma once

#include "lint/lint.h"

/* Of one prompt set. Belongs to one thread. */
typedef struct _CwLintFrames CwLintFrames;

CwLintFrames *cw_lint_frames_new(const CwPromptSet *set);
void cw_lint_frames_free(CwLintFrames *frames);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwLintFrames, cw_lint_frames_free)

/* Takes in the scores of the next frame; the scores' best is the frame's class. */
void cw_lint_frames_add(CwLintFrames *frames, const CwScores *scores);

/* Adds what was found. With less than two frames nothing is. */
void cw_lint_frames_report(const CwLintFrames *frames, CwLint *lint);
