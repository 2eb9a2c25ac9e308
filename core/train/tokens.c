#include "train/parts.h"

void
cw_train_tokens_forward(const CwTrainTokens *tokens, const gint32 *ids, const gsize *positions,
                        gsize n_rows, CwReal *x)
{
    const gsize width = tokens->width;
    for (gsize i = 0; i < n_rows; i++, x += width)
        for (gsize c = 0; c < width; c++)
            x[c] = tokens->token[(gsize)ids[i] * width + c] +
                   tokens->position[positions[i] * width + c];
}

void
cw_train_tokens_backward(const CwTrainTokens *tokens, const gint32 *ids, const gsize *positions,
                         gsize n_rows, const CwReal *dx)
{
    const gsize width = tokens->width;
    for (gsize i = 0; i < n_rows; i++, dx += width)
        for (gsize c = 0; c < width; c++) {
            tokens->dtoken[(gsize)ids[i] * width + c] += dx[c];
            tokens->dposition[positions[i] * width + c] += dx[c];
        }
}
