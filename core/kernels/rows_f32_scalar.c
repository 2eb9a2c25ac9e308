/* The row operations for what every machine of the architecture has. */
#define LANES 4
#define TABLE cw_row_kernels_scalar
#define NAME  "scalar"
#include "kernels/rows_tables.h"
#include "kernels/rows_f32_template.c"
