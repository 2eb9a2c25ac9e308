/* The tables of tile kernels that a build may hold. */
#pragma once

#include "kernels/tiles.h"

extern const CwTileKernels cw_tile_kernels_f32_scalar, cw_tile_kernels_bf16_scalar,
    cw_tile_kernels_int8_scalar;
extern const CwTileKernels cw_tile_kernels_f32_avx2, cw_tile_kernels_bf16_avx2,
    cw_tile_kernels_int8_avx2;
extern const CwTileKernels cw_tile_kernels_int8_avxvnni;
extern const CwTileKernels cw_tile_kernels_f32_avx512vnni, cw_tile_kernels_bf16_avx512vnni,
    cw_tile_kernels_int8_avx512vnni;
extern const CwTileKernels cw_tile_kernels_bf16_avx512bf16;
extern const CwTileKernels cw_tile_kernels_f32_neondot, cw_tile_kernels_bf16_neondot,
    cw_tile_kernels_int8_neondot;
