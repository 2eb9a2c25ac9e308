#include "train/parts.h"

#include <string.h>

/* [batch][3][size][size] to [batch][grid][grid][3][patch][patch]. */
static void
unfold(const CwTrainPatches *patches, const CwReal *pixels, gsize batch, CwReal *to)
{
    const gsize size = patches->size, patch = patches->patch, grid = size / patch;
    for (gsize b = 0; b < batch; b++)
        for (gsize row = 0; row < grid; row++)
            for (gsize column = 0; column < grid; column++)
                for (gsize channel = 0; channel < 3; channel++)
                    for (gsize y = 0; y < patch; y++, to += patch)
                        memcpy(to,
                               pixels + ((b * 3 + channel) * size + row * patch + y) * size +
                                   column * patch,
                               patch * sizeof *to);
}

void
cw_train_patches_forward(const CwTrainPatches *patches, const CwReal *pixels, gsize batch,
                         CwReal *unfolded, CwReal *mapped, CwReal *x)
{
    const gsize width = patches->map.n_out, grid = patches->size / patches->patch;
    const gsize n = grid * grid;
    unfold(patches, pixels, batch, unfolded);
    cw_train_linear_forward(&patches->map, unfolded, batch * n, mapped);
    for (gsize b = 0; b < batch; b++, x += (1 + n) * width) {
        memcpy(x, patches->class_token, width * sizeof *x);
        memcpy(x + width, mapped + b * n * width, n * width * sizeof *x);
        for (gsize i = 0; i < (1 + n) * width; i++)
            x[i] += patches->position[i];
    }
}

void
cw_train_patches_backward(const CwTrainPatches *patches, const CwReal *unfolded, const CwReal *dx,
                          gsize batch, CwReal *mapped)
{
    const gsize width = patches->map.n_out, grid = patches->size / patches->patch;
    const gsize n = grid * grid;
    for (gsize b = 0; b < batch; b++, dx += (1 + n) * width) {
        for (gsize c = 0; c < width; c++)
            patches->dclass_token[c] += dx[c];
        for (gsize i = 0; i < (1 + n) * width; i++)
            patches->dposition[i] += dx[i];
        memcpy(mapped + b * n * width, dx + width, n * width * sizeof *dx);
    }
    cw_train_linear_backward(&patches->map, unfolded, mapped, batch * n, NULL);
}
