/* OpenBLAS alone on the matrix products of an image tower: the floor that an f32 encoder built on
 * it stands on. */
#pragma once

#include "weights/config.h"

typedef struct {
    GArray *products;
    float *weights; /* as many bytes as the tower's, so that they come from memory too */
    float *a, *c;
    int n_threads;
} CwFloor;

/* CW_ERROR_LIMIT when the memory cannot be had; what was made is left for _clear. */
gboolean cw_floor_open(CwFloor *floor, const CwModelConfig *config, guint batch, guint n_threads,
                       GError **error);
void cw_floor_clear(CwFloor *floor);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CwFloor, cw_floor_clear)

/* One pass over all products. */
void cw_floor_run(const CwFloor *floor);
