#define CW_PEAK_CHAINS 24
#include "eval/peak_loops.h"

typedef float Vector __attribute__((vector_size(64)));

CW_PEAK_LOOP(cw_peak_bf16_avx512bf16, Vector, "vdpbf16ps %2, %3, %0")
