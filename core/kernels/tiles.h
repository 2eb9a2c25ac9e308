/* The innermost products: a few rows of A times one to four panels of W over a stretch of the
 * depth, sums in registers, results scaled and added where they belong. One table for each product
 * type and instruction set (tiles_<isa>.c). int8 gives the same integers everywhere; f32 and bf16
 * may differ in the last bits, by the order of sums. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/packed.h"

#define CW_TILE_MAX_ROWS   6
#define CW_TILE_MAX_PANELS 4

typedef struct {
    const void *a;   /* [n_rows] rows of n_groups groups of 4 bytes (int8: u8, zero point each) */
    size_t a_stride; /* bytes */
    const void *w;   /* the first panel's first line */
    size_t w_stride; /* bytes from panel to panel */
    size_t n_groups;

    float *c; /* [n_rows][n_columns] */
    size_t c_stride;
    size_t n_columns; /* what is written of the panels' columns */
    int accumulate;   /* C's old contents are a summand */

    const float *bias;      /* [panels * 16] or NULL */
    const float *w_scales;  /* int8: [panels * 16] */
    const int32_t *w_sums;  /* int8: [panels * 16] */
    const float *a_scales;  /* int8: [n_rows] */
    const int32_t *a_zeros; /* int8: [n_rows] */

    const char *prefetch;   /* lines that will be wanted next: one is asked for with each group */
    size_t prefetch_stride; /* CW_LINE_BYTES, or 0 when nothing is to be fetched */
} CwTile;

typedef void (*CwTileFunc)(const CwTile *tile);

typedef struct {
    const char *name;
    size_t max_rows, max_panels;
    CwTileFunc run[CW_TILE_MAX_ROWS + 1][CW_TILE_MAX_PANELS + 1]; /* [rows][panels] from 1 */
} CwTileKernels;

/* The fastest of this machine (base/cpu.h). Thread-safe. */
const CwTileKernels *cw_tile_kernels(CwProductType type);

/* Every table that this machine can run, slowest first: NULL from the first index beyond. */
const CwTileKernels *cw_tile_kernels_at(CwProductType type, size_t index);
