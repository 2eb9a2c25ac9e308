/* The level is read once in a process, so each case looks in a process of its own. */
#include "base/cpu.h"

static void
expect_level(const char *wanted, CwCpuLevel expected)
{
    if (g_test_subprocess()) {
        g_unsetenv("CLIPWATCH_CPU");
        if (wanted)
            g_setenv("CLIPWATCH_CPU", wanted, TRUE);
        /* The compilers' own list does not know AVX-VNNI. */
        if (expected == CW_CPU_AVX2 && cw_cpu_has(CW_CPU_AVXVNNI))
            expected = CW_CPU_AVXVNNI;
        g_assert_cmpint(cw_cpu_level(), ==, expected);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
}

static CwCpuLevel
machine_level(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni"))
        return __builtin_cpu_supports("avx512bf16") ? CW_CPU_AVX512BF16 : CW_CPU_AVX512VNNI;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? CW_CPU_AVX2
                                                                           : CW_CPU_SCALAR;
#else
    return CW_CPU_SCALAR;
#endif
}

static void
test_machine(void)
{
    expect_level(NULL, machine_level());
}

static void
test_lower_level(void)
{
    expect_level("scalar", CW_CPU_SCALAR);
}

static void
test_no_level_is_added(void)
{
    expect_level("avx512bf16", machine_level());
}

static void
test_unknown_name(void)
{
    expect_level("avx1024", machine_level());
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/cpu/the level is the machine's", test_machine);
    g_test_add_func("/base/cpu/the variable takes levels away", test_lower_level);
    g_test_add_func("/base/cpu/the variable adds no level", test_no_level_is_added);
    g_test_add_func("/base/cpu/a name that is no level changes nothing", test_unknown_name);
    return g_test_run();
}
