#include "kernels/tiles.h"

#include "base/cpu.h"
#include "kernels/tiles_tables.h"

#define MAX_TABLES 4

/* For each type by level, slowest first. */
static const struct {
    CwCpuLevel level;
    const CwTileKernels *kernels;
} tables[CW_PRODUCT_N_TYPES][MAX_TABLES] = {
    [CW_PRODUCT_F32] =
        {
            {CW_CPU_SCALAR, &cw_tile_kernels_f32_scalar},
#if defined(__x86_64__)
            {CW_CPU_AVX2, &cw_tile_kernels_f32_avx2},
            {CW_CPU_AVX512VNNI, &cw_tile_kernels_f32_avx512vnni},
#elif defined(__aarch64__)
            {CW_CPU_NEONDOT, &cw_tile_kernels_f32_neondot},
#endif
        },
    [CW_PRODUCT_BF16] =
        {
            {CW_CPU_SCALAR, &cw_tile_kernels_bf16_scalar},
#if defined(__x86_64__)
            {CW_CPU_AVX2, &cw_tile_kernels_bf16_avx2},
            {CW_CPU_AVX512VNNI, &cw_tile_kernels_bf16_avx512vnni},
            {CW_CPU_AVX512BF16, &cw_tile_kernels_bf16_avx512bf16},
#elif defined(__aarch64__)
            {CW_CPU_NEONDOT, &cw_tile_kernels_bf16_neondot},
#endif
        },
    [CW_PRODUCT_INT8] =
        {
            {CW_CPU_SCALAR, &cw_tile_kernels_int8_scalar},
#if defined(__x86_64__)
            {CW_CPU_AVX2, &cw_tile_kernels_int8_avx2},
            {CW_CPU_AVXVNNI, &cw_tile_kernels_int8_avxvnni},
            {CW_CPU_AVX512VNNI, &cw_tile_kernels_int8_avx512vnni},
#elif defined(__aarch64__)
            {CW_CPU_NEONDOT, &cw_tile_kernels_int8_neondot},
#endif
        },
};

const CwTileKernels *
cw_tile_kernels_at(CwProductType type, size_t index)
{
    for (size_t i = 0; i < MAX_TABLES && tables[type][i].kernels; i++)
        if (cw_cpu_has(tables[type][i].level) && index-- == 0)
            return tables[type][i].kernels;
    return NULL;
}

const CwTileKernels *
cw_tile_kernels(CwProductType type)
{
    const CwTileKernels *best = tables[type][0].kernels;
    for (size_t i = 1; i < MAX_TABLES && tables[type][i].kernels; i++)
        if (cw_cpu_has(tables[type][i].level))
            best = tables[type][i].kernels;
    return best;
}
