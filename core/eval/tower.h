/* One tower of a CLIP, ready to be measured: of a model, or of a true shape with random weights. */
#pragma once

#include "eval/bench.h"
#include "eval/random_weights.h"
#include "net/net.h"

typedef struct {
    const char *name;      /* of the model, or "random" and the shape */
    CwPrecision precision; /* that the products run in */
    CwModelConfig config;
    const CwModel *model; /* NULL for random weights */
    const CwImageNet *image;
    const CwTextNet *text; /* only one of these two where the weights are random */
    gsize weights_bytes;   /* of the model or of the random tower, as f32 */
    CwNetRun run;          /* with scratch for a batch as in the options */

    CwModel *own_model;
    CwImageNet *own_image;
    CwTextNet *own_text;
    float *own_weights;
    char *own_name;
} CwBenchTower;

/* options names the model or the shape, the precision, threads and batch. On failure what was
 * opened is left for _clear. */
gboolean cw_bench_tower_open(CwBenchTower *tower, const CwBenchOptions *options,
                             CwRandomTower which, GError **error);
void cw_bench_tower_clear(CwBenchTower *tower);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CwBenchTower, cw_bench_tower_clear)
