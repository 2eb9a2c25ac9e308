/* One class: label [attributes] = phrasing | phrasing … */
#pragma once

#include "prompt/set.h"

/* Reads a line into a new draft, (transfer full). */
CwClassDraft *cw_class_line_read(const char *line, guint number, CwScoring scoring,
                                 const char *file, GError **error);
