/* Weights of a product C = A W^T in the order in which the tile kernels read them.
 *
 * Columns of C lie in panels of 16. A panel is one cache line after another, each holding one group
 * of the depth for its 16 columns: 1 number of f32, 2 of bf16 or 4 of int8. All instruction sets
 * read this one layout, so a packed file serves every machine of a byte order. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CW_PANEL_COLUMNS 16
#define CW_LINE_BYTES    64

/* What both operands of a product are held in. Sums are f32, or exact 32-bit integers for int8. */
typedef enum {
    CW_PRODUCT_F32 = 0,
    CW_PRODUCT_BF16,
    CW_PRODUCT_INT8, /* W: a scale for each column, -127..127; A: cw_row_kernels()->quantize() */
} CwProductType;

#define CW_PRODUCT_N_TYPES 3

/* Everything lies in one block of memory, which holds no pointers and may be mapped from a file. */
typedef struct {
    CwProductType type;
    size_t n_columns, depth;
    size_t n_groups;     /* along the depth, the last padded with zeros */
    const void *panels;  /* [n_panels][n_groups][CW_LINE_BYTES] */
    const float *bias;   /* [n_panels * 16], zeros where the product has none */
    const float *scales; /* int8: [n_panels * 16] */
    const int32_t *sums; /* int8: each column's sum of weights, [n_panels * 16] */
} CwPackedMatrix;

/* Numbers of the depth in one group. */
size_t cw_product_group(CwProductType type);

/* Bytes of a packed matrix, a multiple of CW_LINE_BYTES; 0 when that overflows. */
size_t cw_packed_bytes(CwProductType type, size_t n_columns, size_t depth);

/* The matrix that lies packed in memory (64-byte aligned, cw_packed_bytes() long). */
CwPackedMatrix cw_packed_view(CwProductType type, size_t n_columns, size_t depth,
                              const void *memory);

/* Writes columns first .. first + n - 1 (first a multiple of 16; n too, unless they are the last),
 * w: [n][depth] and bias: [n] or NULL, into memory. Columns may be packed in any order, and from
 * several threads. */
void cw_pack_columns(CwProductType type, size_t n_columns, size_t depth, size_t first, size_t n,
                     const float *w, const float *bias, void *memory);
