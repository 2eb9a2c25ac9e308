#include "base/cpu.h"

static const char *const names[] = {"scalar", "avx2", "avx512"};

static CwCpuLevel
detect_level(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return CW_CPU_SCALAR;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return CW_CPU_AVX512;
    return CW_CPU_AVX2;
#else
    return CW_CPU_SCALAR;
#endif
}

static gpointer
choose_level(gpointer unused)
{
    const char *wanted = g_getenv("CLIPWATCH_CPU");
    CwCpuLevel level = detect_level();
    for (guint i = 0; wanted && i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(wanted, names[i]))
            level = MIN(level, (CwCpuLevel)i);
    return GUINT_TO_POINTER(level);
}

CwCpuLevel
cw_cpu_level(void)
{
    static GOnce once = G_ONCE_INIT;
    return GPOINTER_TO_UINT(g_once(&once, choose_level, NULL));
}

const char *
cw_cpu_level_to_string(CwCpuLevel level)
{
    return names[level];
}
