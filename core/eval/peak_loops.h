/* Loops of one instruction over registers alone: what the processor could do if nothing ever had to
 * be loaded, stored or waited for. */
#pragma once

#include <string.h>

/* Instructions of a round. */
#define CW_PEAK_STEPS 24

/* Sums that do not wait for each other: more than the latency times the units that run it, where
 * there are registers (12 held vdpbf16ps of a Zen 5 at 0.92 of its rate). A file for AVX-512
 * says 24 itself. */
#if defined(__aarch64__)
#define CW_PEAK_CHAINS   24
#define CW_PEAK_REGISTER "w"
#else
#ifndef CW_PEAK_CHAINS
#define CW_PEAK_CHAINS 12
#endif
#define CW_PEAK_REGISTER "v"
#endif

#define CW_PEAK_INIT(unused, i) sums[(i) % CW_PEAK_CHAINS] = a;
#define CW_PEAK_STEP(instruction, i)                                     \
    __asm__ volatile(instruction                                         \
                     : "+" CW_PEAK_REGISTER(sums[(i) % CW_PEAK_CHAINS]), \
                       "=&" CW_PEAK_REGISTER(product)                    \
                     : CW_PEAK_REGISTER(a), CW_PEAK_REGISTER(b));

/* Version 14 cannot agree with itself on these. */
/* clang-format off */
#define CW_PEAK_4(DO, x, i) DO(x, i) DO(x, (i) + 1) DO(x, (i) + 2) DO(x, (i) + 3)
#define CW_PEAK_8(DO, x, i) CW_PEAK_4(DO, x, i) CW_PEAK_4(DO, x, (i) + 4)
#define CW_PEAK_REPEAT(DO, x) CW_PEAK_8(DO, x, 0) CW_PEAK_8(DO, x, 8) CW_PEAK_8(DO, x, 16)
/* clang-format on */

/* Defines void name(unsigned n_rounds): n_rounds times CW_PEAK_STEPS times the instruction, written
 * as assembly so that no compiler finds a shorter way: %0 is the sum, %1 a free register, %2 and %3
 * are the operands. The bytes 0x3f are 0.75 as f32 and as bf16, and 63 as int8. */
#define CW_PEAK_LOOP(name, Vector, instruction)       \
    void name(unsigned n_rounds)                      \
    {                                                 \
        Vector a, b, product, sums[CW_PEAK_CHAINS];   \
        memset(&a, 0x3f, sizeof a);                   \
        b = a;                                        \
        CW_PEAK_REPEAT(CW_PEAK_INIT, 0)               \
        for (unsigned i = 0; i < n_rounds; i++) {     \
            CW_PEAK_REPEAT(CW_PEAK_STEP, instruction) \
        }                                             \
    }

/* Multiply-adds in f32 with what every machine of the architecture has. */
void cw_peak_f32_scalar(unsigned n_rounds);
void cw_peak_f32_avx2(unsigned n_rounds);
void cw_peak_f32_avx512(unsigned n_rounds);

/* Pairs of bf16 into f32. */
void cw_peak_bf16_avx512bf16(unsigned n_rounds);

/* Pairs of 16-bit numbers into 32 bits, summed by a second instruction. */
void cw_peak_int16_avx2(unsigned n_rounds);

/* Four bytes into 32 bits. */
void cw_peak_int8_avxvnni(unsigned n_rounds);
void cw_peak_int8_avx512vnni(unsigned n_rounds);
void cw_peak_int8_neondot(unsigned n_rounds);
