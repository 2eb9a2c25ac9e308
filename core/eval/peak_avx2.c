#include "eval/peak_loops.h"

typedef float Vector __attribute__((vector_size(32)));

CW_PEAK_LOOP(cw_peak_f32_avx2, Vector, "vfmadd231ps %2, %3, %0")
CW_PEAK_LOOP(cw_peak_int16_avx2, Vector, "vpmaddwd %2, %3, %1\n\tvpaddd %1, %0, %0")
