/* One embedding from several views of a picture. */
#pragma once

#include <glib.h>

/* The mean of embeddings[n_views][dim], of unit length, in place of the first; a single view is
 * left as it is. */
void cw_views_average(float *embeddings, guint n_views, gsize dim);
