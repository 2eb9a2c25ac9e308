#include "base/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

static const char *const names[CW_CPU_N_LEVELS] = {"scalar",     "avx2",       "avxvnni",
                                                   "avx512vnni", "avx512bf16", "neondot"};

/* What may run, as one GOnce result: a bit per level. */
#define LEVEL_BIT(level) (1u << (level))

#if defined(__x86_64__)
/* Leaf 7, subleaf 1, EAX bit 4; clang 14 has no name for it in __builtin_cpu_supports(). */
static gboolean
detect_avx_vnni(void)
{
    unsigned int eax, ebx, ecx, edx;
    return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) && (eax & (1u << 4));
}

static guint
detect(void)
{
    guint found = LEVEL_BIT(CW_CPU_SCALAR);
    __builtin_cpu_init(); /* asks the operating system too whether it keeps the registers */
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return found;
    found |= LEVEL_BIT(CW_CPU_AVX2);
    if (detect_avx_vnni())
        found |= LEVEL_BIT(CW_CPU_AVXVNNI);
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl") ||
        !__builtin_cpu_supports("avx512vnni"))
        return found;
    found |= LEVEL_BIT(CW_CPU_AVX512VNNI);
    if (__builtin_cpu_supports("avx512bf16"))
        found |= LEVEL_BIT(CW_CPU_AVX512BF16);
    return found;
}
#elif defined(__aarch64__)
static guint
detect(void)
{
    const gboolean dot = (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
    return LEVEL_BIT(CW_CPU_SCALAR) | (dot ? LEVEL_BIT(CW_CPU_NEONDOT) : 0);
}
#else
static guint
detect(void)
{
    return LEVEL_BIT(CW_CPU_SCALAR);
}
#endif

static gpointer
choose(gpointer unused)
{
    const char *wanted = g_getenv("CLIPWATCH_CPU");
    guint found = detect();
    for (guint i = 0; wanted && i < CW_CPU_N_LEVELS; i++)
        if (g_str_equal(wanted, names[i]))
            found &= LEVEL_BIT(i + 1) - 1;
    return GUINT_TO_POINTER(found);
}

static guint
usable(void)
{
    static GOnce once = G_ONCE_INIT;
    return GPOINTER_TO_UINT(g_once(&once, choose, NULL));
}

gboolean
cw_cpu_has(CwCpuLevel level)
{
    return (usable() & LEVEL_BIT(level)) != 0;
}

CwCpuLevel
cw_cpu_level(void)
{
    CwCpuLevel level = CW_CPU_SCALAR;
    for (guint i = 0; i < CW_CPU_N_LEVELS; i++)
        if (cw_cpu_has((CwCpuLevel)i))
            level = (CwCpuLevel)i;
    return level;
}

const char *
cw_cpu_level_to_string(CwCpuLevel level)
{
    return names[level];
}
