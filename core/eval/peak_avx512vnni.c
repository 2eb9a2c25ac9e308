#define CW_PEAK_CHAINS 24
#include "eval/peak_loops.h"

typedef float Vector __attribute__((vector_size(64)));

CW_PEAK_LOOP(cw_peak_f32_avx512, Vector, "vfmadd231ps %2, %3, %0")
CW_PEAK_LOOP(cw_peak_int8_avx512vnni, Vector, "vpdpbusd %2, %3, %0")
