#include "eval/peak_loops.h"

typedef int Vector __attribute__((vector_size(16)));

CW_PEAK_LOOP(cw_peak_int8_neondot, Vector, "sdot %0.4s, %2.16b, %3.16b")
