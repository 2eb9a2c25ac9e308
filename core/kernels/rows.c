#include "kernels/rows.h"

#include "base/cpu.h"
#include "kernels/rows_tables.h"

/* By level, lowest first. */
static const struct {
    CwCpuLevel level;
    const CwRowKernels *kernels;
} tables[] = {
    {CW_CPU_SCALAR, &cw_row_kernels_scalar},
#if defined(__x86_64__)
    {CW_CPU_AVX2, &cw_row_kernels_avx2},
    {CW_CPU_AVX512VNNI, &cw_row_kernels_avx512},
#endif
};

const CwRowKernels *
cw_row_kernels_at(size_t index)
{
    return index < G_N_ELEMENTS(tables) && cw_cpu_has(tables[index].level) ? tables[index].kernels
                                                                           : NULL;
}

const CwRowKernels *
cw_row_kernels(void)
{
    const CwRowKernels *best = tables[0].kernels;
    for (size_t i = 1; i < G_N_ELEMENTS(tables); i++)
        if (cw_cpu_has(tables[i].level))
            best = tables[i].kernels;
    return best;
}
