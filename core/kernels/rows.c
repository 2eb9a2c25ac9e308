#include "kernels/rows.h"

#include "base/cpu.h"
#include "kernels/rows_tables.h"

/* By level, lowest first. */
static const CwRowKernels *const tables[] = {
    &cw_row_kernels_scalar,
#if defined(__x86_64__)
    &cw_row_kernels_avx2,
    &cw_row_kernels_avx512,
#endif
};

const CwRowKernels *const *
cw_row_kernels_all(size_t *n)
{
    *n = MIN((size_t)cw_cpu_level() + 1, G_N_ELEMENTS(tables));
    return tables;
}

const CwRowKernels *
cw_row_kernels(void)
{
    size_t n;
    const CwRowKernels *const *all = cw_row_kernels_all(&n);
    return all[n - 1];
}
