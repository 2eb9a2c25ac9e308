/* The episodes of a stream: fed with its decisions by its teller, told to whoever made the stream.
 */
#pragma once

#include "engine/bank.h"
#include "engine/parts.h"

#include <clipwatch/event.h>
#include <clipwatch/engine.h>

/* Of the stream's teller. */
typedef struct {
    CwBank *bank; /* whose episodes may be open; NULL before the first decision */
    guint64 sequence;
    CwFrameTimes earlier;       /* of the decision before the last */
    CwFrameTimes times;         /* these two of the last decision */
    CwCrop crops[CW_PARTS_MAX]; /* of the last decision on each part */
    gboolean running;           /* time is running time */
} CwStreamEpisodes;

/* From now on decisions are those of this bank: what is open in another one ends. json: room for a
 * line, of the teller; so below. */
void cw_stream_episodes_use(CwStream *stream, CwBank *bank, GString *json);

/* Takes in the decision on a part of the picture and a prompt set of that bank. One without any
 * time is passed over. */
void cw_stream_episodes_add(CwStream *stream, guint part, guint set, const CwDecision *decision,
                            GString *json);

void cw_stream_episodes_end(CwStream *stream, CwEpisodeEnd reason, GString *json);
void cw_stream_episodes_clear(CwStream *stream);
