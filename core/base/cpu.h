/* What the processor can do, once for the whole process. */
#pragma once

#include <glib.h>

/* Instruction-set levels, in rising order of speed. A processor may skip one: many with AVX-512
 * have no AVX-VNNI. */
typedef enum {
    CW_CPU_SCALAR = 0, /* what the compiler assumes of every machine of the architecture */
    CW_CPU_AVX2,       /* AVX2 with FMA and F16C */
    CW_CPU_AVXVNNI,    /* and byte dot products on 256 bits */
    CW_CPU_AVX512VNNI, /* AVX-512 F, BW, DQ, VL and byte dot products on 512 bits */
    CW_CPU_AVX512BF16, /* and bf16 dot products */
    CW_CPU_NEONDOT,    /* aarch64 with byte dot products */
} CwCpuLevel;

#define CW_CPU_N_LEVELS 6

/* The highest level of this machine that CLIPWATCH_CPU (scalar, avx2, avxvnni, avx512vnni,
 * avx512bf16, neondot) does not forbid: the variable can only take levels away. Read once.
 * Thread-safe, like all here. */
CwCpuLevel cw_cpu_level(void);

/* Whether code for a level may run here: the machine has it and it is not above cw_cpu_level(). */
gboolean cw_cpu_has(CwCpuLevel level);

const char *cw_cpu_level_to_string(CwCpuLevel level);
