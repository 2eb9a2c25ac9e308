#include "image/kernels.h"

#include "base/cpu.h"

static const struct {
    CwCpuLevel level;
    const CwImageKernels *kernels;
} tables[] = {
    {CW_CPU_SCALAR, &cw_image_kernels_scalar},
#if defined(__x86_64__)
    {CW_CPU_SCALAR, &cw_image_kernels_sse2},     {CW_CPU_AVX2, &cw_image_kernels_avx2},
    {CW_CPU_AVXVNNI, &cw_image_kernels_avxvnni}, {CW_CPU_AVX512VNNI, &cw_image_kernels_avx512vnni},
#endif
};

const CwImageKernels *
cw_image_kernels_at(gsize index)
{
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++)
        if (cw_cpu_has(tables[i].level) && index-- == 0)
            return tables[i].kernels;
    return NULL;
}

const CwImageKernels *
cw_image_kernels(void)
{
    const CwImageKernels *best = NULL;
    for (gsize i = 0; cw_image_kernels_at(i); i++)
        best = cw_image_kernels_at(i);
    return best;
}
