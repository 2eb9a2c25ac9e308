#include "train/parts.h"

/* A row of zeros stays one. */
#define SHORTEST ((CwReal)1e-12)

void
cw_train_normalise_forward(const CwReal *x, gsize n_rows, gsize width, CwReal *y, CwReal *lengths)
{
    for (gsize i = 0; i < n_rows; i++, x += width, y += width) {
        CwReal sum = 0;
        for (gsize c = 0; c < width; c++)
            sum += x[c] * x[c];
        lengths[i] = MAX(sqrt(sum), SHORTEST);
        for (gsize c = 0; c < width; c++)
            y[c] = x[c] / lengths[i];
    }
}

void
cw_train_normalise_backward(const CwReal *y, const CwReal *lengths, const CwReal *dy, gsize n_rows,
                            gsize width, CwReal *dx)
{
    for (gsize i = 0; i < n_rows; i++, y += width, dy += width, dx += width) {
        CwReal along = 0;
        for (gsize c = 0; c < width; c++)
            along += y[c] * dy[c];
        for (gsize c = 0; c < width; c++)
            dx[c] = (dy[c] - y[c] * along) / lengths[i];
    }
}
