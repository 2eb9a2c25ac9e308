/* What the processor can do, once for the whole process. */
#pragma once

#include <glib.h>

/* Instruction-set levels in rising order within one architecture. */
typedef enum {
    CW_CPU_SCALAR = 0, /* what the compiler assumes of every machine of the architecture */
    CW_CPU_AVX2,       /* AVX2 with FMA and F16C */
    CW_CPU_AVX512,     /* AVX-512 F, BW, DQ, VL */
} CwCpuLevel;

/* The highest level of this machine, or a lower one that CLIPWATCH_CPU names (scalar, avx2,
 * avx512): the variable can only take levels away. Read once. Thread-safe. */
CwCpuLevel cw_cpu_level(void);
const char *cw_cpu_level_to_string(CwCpuLevel level);
