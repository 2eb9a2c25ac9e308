/* The trainer's numbers: float in use. The tests compile the parts once more with CW_TRAIN_DOUBLE,
 * because finite differences tell a wrong gradient from rounding in double alone. */
#pragma once

#include <cblas.h>
#include <glib.h>
#include <tgmath.h>

#ifdef CW_TRAIN_DOUBLE
typedef double CwReal;
#define cw_real_gemm cblas_dgemm
#else
typedef float CwReal;
#define cw_real_gemm cblas_sgemm
#endif
