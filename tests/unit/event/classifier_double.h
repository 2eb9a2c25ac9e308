/* A classifier without a model: exactly what cw_event_write() asks one for, so that labels which no
 * prompt file could hold can be written too. */
#pragma once

#include <clipwatch/event.h>

struct _CwClassifier {
    CwPromptSet set;
    CwModelInfo model;
};
