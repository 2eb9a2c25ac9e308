#include "eval/peak_loops.h"

typedef float Vector __attribute__((vector_size(16)));

#if defined(__x86_64__)
CW_PEAK_LOOP(cw_peak_f32_scalar, Vector, "movaps %2, %1\n\tmulps %3, %1\n\taddps %1, %0")
#elif defined(__aarch64__)
CW_PEAK_LOOP(cw_peak_f32_scalar, Vector, "fmla %0.4s, %2.4s, %3.4s")
#endif
