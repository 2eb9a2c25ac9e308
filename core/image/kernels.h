/* The three steps of the image path that take its time, one table per instruction set. All tables
 * give the same bytes (tests/unit/image/kernels.c). */
#pragma once

#include "image/color.h"

/* Three colours of bytes, four positions of a lane side by side as dot products take them:
 * [position / 4][colour][lane][position % 4]. What a lane is and what a position depends on the
 * pass: one weighs the pixels of each row, the other the rows of each column. */
typedef struct {
    guint8 *bytes;
    gsize group;  /* bytes from one group of four positions to the next */
    gsize colour; /* bytes from one colour to the next */
} CwQuads;

/* Outputs as weighted sums of positions. */
typedef struct {
    guint *first_group, *n_groups; /* [output] the groups that an output needs */
    guint8 *packed;                /* [output][pitch] as a table's pack_weights wrote them */
    gsize pitch;                   /* bytes */
} CwWeights;

/* Bits behind the point of a weight: PRECISION_BITS of Pillow's src/libImaging/Resample.c. */
#define CW_WEIGHT_BITS 22

/* The largest magnitude of a weight: 1.5. Where an enlarged picture ends, bicubic weighs its last
 * pixel by up to 1.13. */
#define CW_WEIGHT_MAX (3 << (CW_WEIGHT_BITS - 1))

/* No table needs more lanes at a time, or writes more bytes at a time. */
#define CW_IMAGE_MAX_LANES 16
#define CW_IMAGE_MAX_BYTES 64

typedef struct {
    const char *name;
    guint n_lanes;           /* that are worked on at a time: lanes come in multiples of this */
    guint bytes_of_a_weight; /* packed, for each group of positions and each output */

    /* YUV of 8 bits with one chroma sample for two pixels to R, G, B as cw_color_convert_yuv()
     * does. chroma_step: bytes from one sample of u to the next, and of v: 1, or 2 where they
     * alternate (v == u + 1 or u == v + 1). Reads n pixels; writes a multiple of
     * CW_IMAGE_MAX_BYTES. */
    void (*convert_yuv)(const CwColor *color, const guint8 *y, const guint8 *u, const guint8 *v,
                        guint chroma_step, guint n, guint8 *const rgb[3]);

    /* Rows of n bytes as quads of one colour; n is rounded up to CW_IMAGE_MAX_BYTES. n_lanes rows
     * are lanes and bytes positions: to[n / 4 groups][group], 4 * n_lanes bytes of each group. */
    void (*stack_rows)(const guint8 *const *rows, guint n, guint8 *to, gsize group);
    /* Four rows are positions and bytes are lanes: to[n][4]. */
    void (*stack_columns)(const guint8 *const rows[4], guint n, guint8 *to);

    /* The weights of four neighbouring positions. */
    void (*pack_weights)(const gint32 weights[4], guint8 *packed);

    /* Outputs first..first + n (n is a multiple of 4) of n_lanes lanes, rounded and clipped.
     * in->bytes is group in_group. The outputs of four lanes are side by side: out[lane /
     * 4][colour][output - first][lane % 4]. */
    void (*weigh)(const CwWeights *weights, guint first, guint n, const CwQuads *in, guint in_group,
                  guint n_lanes, const CwQuads *out);
} CwImageKernels;

/* The fastest for this machine (base/cpu.h). Thread-safe. */
const CwImageKernels *cw_image_kernels(void);

/* All that this machine can run, slowest first, the first in plain C: NULL from the first index
 * beyond. */
const CwImageKernels *cw_image_kernels_at(gsize index);

extern const CwImageKernels cw_image_kernels_scalar;
extern const CwImageKernels cw_image_kernels_sse2;
extern const CwImageKernels cw_image_kernels_avx2;
extern const CwImageKernels cw_image_kernels_avxvnni;
extern const CwImageKernels cw_image_kernels_avx512vnni;
extern const CwImageKernels cw_image_kernels_neon;
extern const CwImageKernels cw_image_kernels_neondot;
