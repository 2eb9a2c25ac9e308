/* Loops of one instruction over registers alone: what the processor could do if nothing ever had to
 * be loaded, stored or waited for. */
#pragma once

#include <string.h>

/* Sums that do not wait for each other: the longest latency (5) times the units (2), and no more
 * than 16 registers hold beside the operands. */
#define CW_PEAK_CHAINS 12

#if defined(__aarch64__)
#define CW_PEAK_REGISTER "w"
#else
#define CW_PEAK_REGISTER "v"
#endif

#define CW_PEAK_STEP(instruction, sum)                                           \
    __asm__ volatile(instruction                                                 \
                     : "+" CW_PEAK_REGISTER(sum), "=&" CW_PEAK_REGISTER(product) \
                     : CW_PEAK_REGISTER(a), CW_PEAK_REGISTER(b))

/* Defines void name(unsigned n_rounds): n_rounds times CW_PEAK_CHAINS times the instruction,
 * written as assembly so that no compiler finds a shorter way: %0 is the sum, %1 a free register,
 * %2 and %3 are the operands. The bytes 0x3f are 0.75 as f32 and as bf16, and 63 as int8. */
#define CW_PEAK_LOOP(name, Vector, instruction)                                 \
    void name(unsigned n_rounds)                                                \
    {                                                                           \
        Vector a, b, product, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11; \
        memset(&a, 0x3f, sizeof a);                                             \
        b = s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = s8 = s9 = s10 = s11 = a;    \
        for (unsigned i = 0; i < n_rounds; i++) {                               \
            CW_PEAK_STEP(instruction, s0);                                      \
            CW_PEAK_STEP(instruction, s1);                                      \
            CW_PEAK_STEP(instruction, s2);                                      \
            CW_PEAK_STEP(instruction, s3);                                      \
            CW_PEAK_STEP(instruction, s4);                                      \
            CW_PEAK_STEP(instruction, s5);                                      \
            CW_PEAK_STEP(instruction, s6);                                      \
            CW_PEAK_STEP(instruction, s7);                                      \
            CW_PEAK_STEP(instruction, s8);                                      \
            CW_PEAK_STEP(instruction, s9);                                      \
            CW_PEAK_STEP(instruction, s10);                                     \
            CW_PEAK_STEP(instruction, s11);                                     \
        }                                                                       \
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
