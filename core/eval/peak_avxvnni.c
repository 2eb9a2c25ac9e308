#include "eval/peak_loops.h"

typedef int Vector __attribute__((vector_size(32)));

CW_PEAK_LOOP(cw_peak_int8_avxvnni, Vector, "%{vex%} vpdpbusd %2, %3, %0")
