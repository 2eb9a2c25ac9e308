/* The intrinsics of the kernels: the compiler's own, or SIMDe's portable ones, with which the tests
 * build every kernel for any machine (CW_SIMDE). Include first: SIMDe is to use no instruction set
 * that the compiler was not told of. */
#pragma once

#if defined(CW_SIMDE)
#define SIMDE_ENABLE_NATIVE_ALIASES
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wundef"
#include <simde/arm/neon.h>
#include <simde/x86/avx2.h>
#include <simde/x86/avx512.h>
#include <simde/x86/f16c.h>
#include <simde/x86/fma.h>
#pragma GCC diagnostic pop
#elif defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
