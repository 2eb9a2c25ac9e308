/* Whether a picture, in all of its views, still looks like the last one that was encoded: block
 * means of its luma against those of that one, and a threshold that is learnt from what the
 * camera's noise does to them. */
#pragma once

#include "engine/parts.h"

/* Blocks along each side of a view: of an input of 224 pixels each is 7 wide. */
#define CW_GATE_SIDE   32
#define CW_GATE_BLOCKS (CW_GATE_SIDE * CW_GATE_SIDE)

/* Block means are in sixteenths of a grey level. */
#define CW_GATE_LEVEL 16

/* Most that noise is believed to change a block: in a busy scene every picture is encoded. */
#define CW_GATE_MAX_THRESHOLD (6 * CW_GATE_LEVEL)

typedef struct {
    gboolean has_reference;
    guint n_views;
    CwCrop crop;
    gint64 time_us;  /* of the reference */
    double noise;    /* low quantile of the changes seen, in the unit of block means */
    guint n_learnt;  /* changes that went into noise */
    guint16 *blocks; /* [CW_PARTS_MAX_VIEWS][CW_GATE_BLOCKS] of the reference */
} CwGate;

void cw_gate_init(CwGate *gate);
void cw_gate_clear(CwGate *gate);

/* rgb: [n_views][3][height][width]; blocks: [n_views][CW_GATE_BLOCKS]. Sides below CW_GATE_SIDE
 * leave blocks at 0. Allocates nothing. */
void cw_gate_measure(const guint8 *rgb, guint n_views, guint width, guint height, guint16 *blocks);

/* Nothing is known of what is looked at any more; the noise of the camera still is. */
void cw_gate_forget(CwGate *gate);

/* This picture will be encoded: later ones are held against it. */
void cw_gate_refer(CwGate *gate, const guint16 *blocks, guint n_views, CwCrop crop, gint64 time_us);

/* Whether the picture looks like the reference, which is not older than refresh_us; learns from it.
 */
gboolean cw_gate_is_unchanged(CwGate *gate, const guint16 *blocks, guint n_views, CwCrop crop,
                              gint64 time_us, gint64 refresh_us);
