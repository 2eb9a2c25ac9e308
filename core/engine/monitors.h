/* The rates of a stream's decisions against their own past: fed and told like its episodes. */
#pragma once

#include "engine/bank.h"

#include "base/json.h"

#include <clipwatch/event.h>
#include <clipwatch/engine.h>
#include <clipwatch/monitor.h>

/* Largest file that is read back. */
#define CW_MONITORS_MAX_BYTES (16 * 1024 * 1024)

/* Of the stream's teller, but for opening. */
typedef struct {
    char *file;           /* what is usual is kept there; NULL: nowhere */
    CwJson *kept;         /* what it held at the start; NULL: nothing */
    CwBank *bank;         /* whose decisions are followed; NULL before the first */
    GPtrArray *entries;   /* of those that are followed now */
    CwMonitor **monitors; /* [n_parts][n_sets] of the bank */
    guint64 sequence;
    gboolean is_unsaved;
} CwStreamMonitors;

/* file: may be missing. FALSE where it cannot be read back. */
gboolean cw_stream_monitors_open(CwStreamMonitors *monitors, const char *file, GError **error);

/* From now on decisions are those of this bank. */
void cw_stream_monitors_use(CwStream *stream, CwBank *bank);

/* Counts the decision on a part of the picture and a prompt set; json: room for a line. */
void cw_stream_monitors_add(CwStream *stream, guint part, guint set, const CwDecision *decision,
                            GString *json);

/* Keeps what is usual where anything is new. FALSE where it could not be. */
gboolean cw_stream_monitors_save(CwStream *stream);
void cw_stream_monitors_clear(CwStreamMonitors *monitors);
