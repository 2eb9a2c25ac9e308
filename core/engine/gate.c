#include "engine/gate.h"

#include <string.h>

/* Coding alone moves blocks by so much, however dark and still the scene. */
#define MIN_THRESHOLD (1.5 * CW_GATE_LEVEL)

/* How far above its quiet level noise may go and still be noise. */
#define FACTOR 2.5

/* The tracked quantile of changes, and the steps in which it moves, in the unit of block means:
 * large ones at first, for a camera may be looked at once a second. */
#define QUANTILE   0.1
#define FIRST_STEP 64.0
#define STEP       4.0

void
cw_gate_init(CwGate *gate)
{
    *gate = (CwGate){.blocks = g_new(guint16, CW_PARTS_MAX_VIEWS * CW_GATE_BLOCKS)};
}

void
cw_gate_clear(CwGate *gate)
{
    g_clear_pointer(&gate->blocks, g_free);
}

/* Adds R + 2 G + B of the rows begin..end to sums, [width]. */
static void
add_rows(const guint8 *rgb, guint width, guint height, guint begin, guint end, guint32 *sums)
{
    const gsize plane = (gsize)width * height;
    memset(sums, 0, width * sizeof *sums);
    for (guint y = begin; y < end; y++) {
        const guint8 *red = rgb + (gsize)y * width, *green = red + plane, *blue = green + plane;
        for (guint x = 0; x < width; x++)
            sums[x] += (guint)(red[x] + 2 * green[x] + blue[x]);
    }
}

static void
measure_view(const guint8 *rgb, guint width, guint height, guint16 *blocks)
{
    guint32 sums[CW_IMAGE_MAX_INPUT];
    for (guint row = 0; row < CW_GATE_SIDE; row++) {
        const guint y = row * height / CW_GATE_SIDE, y_end = (row + 1) * height / CW_GATE_SIDE;
        add_rows(rgb, width, height, y, y_end, sums);
        for (guint column = 0; column < CW_GATE_SIDE; column++) {
            const guint x = column * width / CW_GATE_SIDE;
            const guint x_end = (column + 1) * width / CW_GATE_SIDE;
            const guint n = (x_end - x) * (y_end - y);
            guint64 sum = 0;
            for (guint i = x; i < x_end; i++)
                sum += sums[i];
            *blocks++ = n > 0 ? (guint16)(sum * (CW_GATE_LEVEL / 4) / n) : 0;
        }
    }
}

void
cw_gate_measure(const guint8 *rgb, guint n_views, guint width, guint height, guint16 *blocks)
{
    for (guint view = 0; view < n_views; view++)
        measure_view(rgb + (gsize)view * 3 * width * height, width, height,
                     blocks + (gsize)view * CW_GATE_BLOCKS);
}

void
cw_gate_forget(CwGate *gate)
{
    gate->has_reference = FALSE;
}

void
cw_gate_refer(CwGate *gate, const guint16 *blocks, guint n_views, CwCrop crop, gint64 time_us)
{
    gate->has_reference = TRUE;
    gate->n_views = n_views;
    gate->crop = crop;
    gate->time_us = time_us;
    memcpy(gate->blocks, blocks, (gsize)n_views * CW_GATE_BLOCKS * sizeof *blocks);
}

/* The greatest change of any block: a person far away fills no more than one or two. */
static guint
find_change(const CwGate *gate, const guint16 *blocks)
{
    guint16 most = 0;
    for (guint i = 0; i < gate->n_views * CW_GATE_BLOCKS; i++) {
        const guint16 one = gate->blocks[i], other = blocks[i];
        const guint16 change = (guint16)(one > other ? one - other : other - one);
        most = MAX(most, change);
    }
    return most;
}

static void
learn(CwGate *gate, double change)
{
    const double step = MAX(FIRST_STEP / (1 + (gate->n_learnt++ >> 3)), STEP);
    if (change < gate->noise)
        gate->noise -= step * (1 - QUANTILE);
    else
        gate->noise += step * QUANTILE;
    gate->noise = CLAMP(gate->noise, 0, CW_GATE_MAX_THRESHOLD);
}

gboolean
cw_gate_is_unchanged(CwGate *gate, const guint16 *blocks, guint n_views, CwCrop crop,
                     gint64 time_us, gint64 refresh_us)
{
    if (!gate->has_reference || gate->n_views != n_views || gate->crop != crop)
        return FALSE;
    const double change = find_change(gate, blocks);
    const double threshold = CLAMP(gate->noise * FACTOR, MIN_THRESHOLD, CW_GATE_MAX_THRESHOLD);
    learn(gate, change);
    const gint64 age_us = time_us - gate->time_us;
    return change <= threshold && age_us >= 0 && age_us < refresh_us;
}
