/* What share of the pictures that are asked for can be encoded: the same for every stream, so that
 * under overload all of their rates fall evenly. */
#pragma once

#include <glib.h>

typedef struct {
    gint64 begin_us;  /* of the window that is counted now; 0: none has begun */
    guint64 n_asked;  /* views that streams would have liked to be encoded in it */
    guint64 n_served; /* views that were decided on in it, by the encoder or without */
    gint64 spent_us;  /* time of the worker that they took */
    double cost_us;   /* of one view, smoothed; 0: not known yet */
    double share;     /* 0 < share <= 1 */
} CwLoad;

void cw_load_init(CwLoad *load);
void cw_load_ask(CwLoad *load, guint n_views);

/* n_views were served by now_us and took spent_us of the worker, the pauses that its budget of CPU
 * time wants included. Works out the share at the end of each window. */
void cw_load_serve(CwLoad *load, guint n_views, gint64 spent_us, gint64 now_us);
