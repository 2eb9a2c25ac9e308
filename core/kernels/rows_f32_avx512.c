/* The row operations for AVX-512. */
#define LANES 16
#define TABLE cw_row_kernels_avx512
#define NAME  "avx512"
#include "kernels/rows_tables.h"
#include "kernels/rows_f32_template.c"
