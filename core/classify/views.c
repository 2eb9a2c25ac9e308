#include "classify/views.h"

#include <math.h>

void
cw_views_average(float *embeddings, guint n_views, gsize dim)
{
    double length = 0;
    if (n_views == 1)
        return;
    for (guint v = 1; v < n_views; v++)
        for (gsize i = 0; i < dim; i++)
            embeddings[i] += embeddings[v * dim + i];
    for (gsize i = 0; i < dim; i++)
        length += (double)embeddings[i] * embeddings[i];
    for (gsize i = 0; length > 0 && i < dim; i++)
        embeddings[i] = (float)(embeddings[i] / sqrt(length));
}
