#include "engine/load.h"

#define WINDOW_US (G_USEC_PER_SEC / 2)

/* A worker that is asked for all that it can do has ever longer queues: a little is kept free. */
#define USABLE 0.95

/* A share that small is as good as none; it keeps every stream alive while the cost is guessed. */
#define LEAST_SHARE 0.001

void
cw_load_init(CwLoad *load)
{
    *load = (CwLoad){.share = 1};
}

void
cw_load_ask(CwLoad *load, guint n_views)
{
    load->n_asked += n_views;
}

void
cw_load_serve(CwLoad *load, guint n_views, gint64 spent_us, gint64 now_us)
{
    if (load->begin_us == 0)
        load->begin_us = now_us - spent_us;
    load->n_served += n_views;
    load->spent_us += spent_us;
    const gint64 window_us = now_us - load->begin_us;
    if (window_us < WINDOW_US || load->n_served == 0)
        return;
    const double cost_us = (double)load->spent_us / (double)load->n_served;
    load->cost_us = load->cost_us == 0 ? cost_us : (load->cost_us + cost_us) / 2;
    const double wanted_us = (double)load->n_asked * load->cost_us;
    const double usable_us = USABLE * (double)window_us;
    load->share = wanted_us > usable_us ? MAX(usable_us / wanted_us, LEAST_SHARE) : 1;
    load->begin_us = now_us;
    load->n_asked = load->n_served = 0;
    load->spent_us = 0;
}
