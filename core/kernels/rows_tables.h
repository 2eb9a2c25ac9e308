/* The tables of row operations that a build may hold, one per instruction set. */
#pragma once

#include "kernels/rows.h"

extern const CwRowKernels cw_row_kernels_scalar;
extern const CwRowKernels cw_row_kernels_avx2;
extern const CwRowKernels cw_row_kernels_avx512;
