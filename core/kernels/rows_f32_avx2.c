/* The row operations for AVX2 with FMA. */
#define LANES 8
#define TABLE cw_row_kernels_avx2
#define NAME  "avx2"
#include "kernels/rows_tables.h"
#include "kernels/rows_f32_template.c"
